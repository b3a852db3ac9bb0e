// A node's audit log as anybody may have left it. The first byte says which file the input is: the
// checkpoint, the pending entries, the entries of a tile or the hashes of one. The others are those of a
// sound log of 20 entries.
#include "evidence/audit_log.h"

#include <algorithm>

#include "io/memory_env.h"

namespace {

constexpr const char* kOrigin = "earwitness/fuzz";

const ew::crypto::SigningKey& key() {
  static const ew::crypto::SigningKey key = ew::crypto::ed25519_from_seed(ew::Bytes(32, 1)).value();
  return key;
}

const ew::io::MemoryEnv& sound_log() {
  static const auto env = [] {
    auto made = std::make_unique<ew::io::MemoryEnv>();
    ew::FakeClock clock;
    auto log = ew::evidence::AuditLog::open(*made, "/audit", key(), clock, {.origin = kOrigin}).value();
    for (int i = 0; i < 20; ++i) {
      ew::evidence::Event event{.kind = "part.stored", .actor = "recorder", .result = "ok"};
      event.recording.bytes[0] = static_cast<uint8_t>(i % 3 + 1);
      EW_CHECK(log->append(event).ok());
    }
    log.reset();
    return made;
  }();
  return *env;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ew::ByteView input(data + 1, size - 1);
  (void)ew::evidence::open_checkpoint(ew::as_text(input), kOrigin, key().public_key);

  auto env = sound_log().crash_kill();
  const char* const paths[] = {"/audit/checkpoint", "/audit/pending", "/audit/tile/entries/000.p/20",
                               "/audit/tile/0/000.p/20"};
  const std::string path = paths[data[0] % std::size(paths)];
  const ew::Bytes sound = ew::io::read_file(*env, path, 1'000'000).value();
  const bool is_sound = std::equal(input.begin(), input.end(), sound.begin(), sound.end());
  EW_CHECK(ew::io::write_file(*env, path, input).ok());
  auto result = ew::evidence::check(*env, "/audit", key().public_key);
  EW_CHECK(result.ok());
  // Behind a sound pending header anything may be a torn end; everywhere else a change is found.
  EW_CHECK(!is_sound || result->findings.empty());
  EW_CHECK(is_sound || path == "/audit/pending" || !result->findings.empty());
  ew::FakeClock clock;
  auto log = ew::evidence::AuditLog::open(*env, "/audit", key(), clock, {.origin = kOrigin});
  if (log.ok())
    EW_CHECK((*log)->size() >= 20 && (*log)->record({.kind = "k", .actor = "a", .result = "ok"}).ok());
  return 0;
}
