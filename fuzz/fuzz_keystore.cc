// The key store's files as anybody may have left them: opening, checking and reading must not go wrong, and
// what is repaired must be clean. The input is mirror a, and, behind the marker, mirror b; without one both
// are the same.
#include <algorithm>

#include "io/memory_env.h"
#include "vault/keys.h"

namespace {

void write(ew::io::Env& env, const char* path, ew::ByteView bytes) {
  EW_CHECK(env.make_directories("/keys").ok() && ew::io::write_file(env, path, bytes).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ew::ByteView input(data, size);
  const std::string_view marker = "MIRROR-B";
  const auto split = std::search(input.begin(), input.end(), marker.begin(), marker.end());
  const size_t first = static_cast<size_t>(split - input.begin());
  const ew::ByteView a = input.first(first);
  const ew::ByteView b = first == size ? a : input.subspan(first + marker.size());

  ew::io::MemoryEnv env;
  write(env, "/keys/keys-a.ewk", a);
  write(env, "/keys/keys-b.ewk", b);
  auto store = ew::vault::make_file_key_store(env, "/keys");
  if (!store.ok()) return 0;
  uint64_t count = 0;
  const bool all_read = (*store)
                            ->for_each([&](const ew::vault::SealedKey&) {
                              ++count;
                              return ew::Status();
                            })
                            .ok();
  EW_CHECK(!all_read || count == (*store)->count().value());
  EW_CHECK((*store)->check().ok());
  ew::vault::SealedKey key;
  key.part.bytes.fill(0xfe);
  const bool is_new = (*store)->put(key).ok();
  EW_CHECK(!is_new || ((*store)->sync().ok() && (*store)->get(key.part, 0).ok()));
  EW_CHECK((*store)->repair().ok());
  return 0;
}
