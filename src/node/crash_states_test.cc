// Power loss at random moments of an import: the disk is reopened as any legal order of its writes may have
// left it. Everything acknowledged must be there, all of it must verify, and a repeat must complete it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "base/text.h"
#include "io/fault_env.h"
#include "io/memory_env.h"
#include "node/importer.h"
#include "node/verifier.h"

namespace ew::node {
namespace {

using Acknowledged = std::map<std::string, uint64_t>;  // by part: number of frames

// Rows live in the database's own files, which MemoryEnv knows nothing of: they are made again at each open.
config::Config in_memory() {
  config::Config config = config::defaults();
  config.data_directory = "/data";
  config.keys_directory = "/keys";
  config.database = "sqlite::memory:";
  return config;
}

// What the import said up to now. Read before the disk's state is taken, so it is never ahead of it.
Acknowledged read_ack_log(const std::string& path) {
  Acknowledged acknowledged;
  std::ifstream file(path);
  std::string part;
  for (uint64_t frame = 0, at = 0; file >> part >> frame >> at;)
    acknowledged[part] = std::max(acknowledged[part], frame + 1);
  return acknowledged;
}

std::vector<std::string> public_calls(DataDirectory& data) {
  std::vector<std::string> calls;
  auto page = data.calls().list({}, std::nullopt, 1000);
  EXPECT_TRUE(page.ok());
  if (!page.ok()) return calls;
  for (size_t i = 0; i < page->calls.size(); ++i)
    calls.push_back(call_json(page->calls[i], page->recordings[i], true));
  return calls;
}

struct CrashState {
  std::unique_ptr<io::MemoryEnv> disk;
  Acknowledged acknowledged;
};

class CrashStates : public testing::Test {
 protected:
  CrashStates() : ack_log_(testing::TempDir() + "/acknowledged-" + std::to_string(::getpid())) {}
  ~CrashStates() override { ::unlink(ack_log_.c_str()); }

  Status import(io::Env& env, const std::string& ack_log = "") {
    auto data = TRY(DataDirectory::open(env, clock_, in_memory()));
    ImportOptions options;
    options.journal_file_size = 256 * 1024;  // so that files are changed and released on the way
    options.ack_log_path = ack_log;
    TRY(import_captures(*data, captures_, options));
    expected_ = public_calls(*data);
    return data->close();
  }

  // One import, and the disk as a power loss before some of its calls could have left it.
  std::vector<CrashState> crash_at_random(uint64_t seed, size_t one_in) {
    io::MemoryEnv disk;
    std::vector<CrashState> states;
    std::mt19937_64 random(seed);
    std::mutex mutex;  // the policy is asked on several threads
    ::unlink(ack_log_.c_str());
    io::FaultEnv watched(disk, [&](const io::Call&) -> std::optional<io::Fault> {
      std::lock_guard lock(mutex);
      if (random() % one_in != 0) return std::nullopt;
      Acknowledged acknowledged = read_ack_log(ack_log_);
      states.push_back({disk.crash_state(random()), std::move(acknowledged)});
      return std::nullopt;
    });
    Status imported = import(watched, ack_log_);
    EXPECT_TRUE(imported.ok()) << imported.error().message();
    return states;
  }

  void check(CrashState& state, bool repeats) {
    auto opened = DataDirectory::open(*state.disk, clock_, in_memory());
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    DataDirectory& data = **opened;
    for (const std::string& damage : data.journal_damage()) ADD_FAILURE() << damage;
    Acknowledged stored;
    Status described = data.vault().for_each("", [&](const vault::ObjectInfo& object) -> Status {
      vault::StoredPart part = TRY(data.vault().describe(object.name));
      stored[part.header.part.text()] = part.footer.frames.size();
      return {};
    });
    ASSERT_TRUE(described.ok()) << described.error().message();
    for (const auto& [part, frames] : state.acknowledged) {
      EXPECT_GE(stored[part], frames) << part;
      frames_ += frames;
    }
    verify_clean(data);
    if (!repeats) return;
    auto imported = import_captures(data, captures_, {});
    ASSERT_TRUE(imported.ok()) << imported.error().message();
    EXPECT_EQ(public_calls(data), expected_);
    verify_clean(data);
  }

  void verify_clean(DataDirectory& data) {
    auto report = verify(data, {});
    ASSERT_TRUE(report.ok()) << report.error().message();
    for (const std::string& finding : report->findings) ADD_FAILURE() << finding;
  }

  SystemClock clock_;
  const std::vector<std::string> captures_ = {EW_SOURCE_DIR "/tests/captures/blindxfer.pcap",
                                              EW_SOURCE_DIR "/tests/captures/hold.pcap"};
  const std::string ack_log_;
  std::vector<std::string> expected_;
  uint64_t frames_ = 0;  // acknowledged ones that were looked for
};

TEST_F(CrashStates, NothingAcknowledgedIsLost) {
  size_t checked = 0;
  const size_t wanted = std::getenv("EW_LONG") ? 3'000 : 100;
  for (uint64_t seed = 0; checked < wanted; ++seed) {
    for (CrashState& state : crash_at_random(seed, 8)) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", state " + std::to_string(checked));
      check(state, checked % 8 == 0);
      if (HasFatalFailure()) return;
      ++checked;
    }
  }
  EXPECT_GT(frames_, 0u);
}

// The disk fails for ever at some call, and then the power goes too.
TEST_F(CrashStates, NorAfterErrors) {
  io::MemoryEnv whole;
  ASSERT_TRUE(import(whole).ok());
  const std::vector<std::string> expected = expected_;
  std::mt19937_64 random(1);
  for (int i = 0; i < 24; ++i) {
    uint64_t call = random() % 250;
    SCOPED_TRACE("call " + std::to_string(call));
    io::MemoryEnv disk;
    ::unlink(ack_log_.c_str());
    io::FaultEnv faulty(disk, io::fail_call(call, io::Disorder::kEio, io::Persistence::kOnce));
    (void)import(faulty, ack_log_);  // may fail or not; what it acknowledged counts
    CrashState state{disk.crash_state(random()), read_ack_log(ack_log_)};
    expected_ = expected;
    check(state, true);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(frames_, 0u);
}

// Somebody stops an import during calls, and it is repeated beside the recorder that did the first: nothing
// is stored twice.
TEST_F(CrashStates, NorIsAStoppedImportStoredTwice) {
  const std::vector<std::string> sample = {EW_SOURCE_DIR "/sample/sample.pcapng"};
  std::vector<std::string> whole_calls;
  for (int stops : {0, 1, 2}) {
    SCOPED_TRACE("stopped " + std::to_string(stops) + " times");
    io::MemoryEnv disk;
    auto opened = DataDirectory::open(disk, clock_, in_memory());
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    for (int i = 0; i < stops; ++i) {
      ImportOptions stopped;
      stopped.progress = [&](uint64_t packets, uint64_t, uint64_t) { return packets < 2'000u * (i + 1); };
      EXPECT_EQ(import_captures(**opened, sample, stopped).error().code(), ErrorCode::kBusy);
    }
    auto imported = import_captures(**opened, sample, {});
    ASSERT_TRUE(imported.ok()) << imported.error().message();
    // What the journals still have comes home when they are opened again.
    ASSERT_TRUE((*opened)->close().ok());
    opened->reset();
    opened = DataDirectory::open(disk, clock_, in_memory());
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    DataDirectory& data = **opened;
    std::vector<std::string> calls = public_calls(data);
    if (stops == 0) whole_calls = calls;
    EXPECT_EQ(calls, whole_calls);
    std::set<std::tuple<RecordingId, part::Kind, uint32_t>> numbers;
    size_t interrupted = 0;
    Status described = data.vault().for_each("", [&](const vault::ObjectInfo& object) -> Status {
      const vault::StoredPart stored = TRY(data.vault().describe(object.name));
      const part::Header& header = stored.header;
      EXPECT_TRUE(numbers.insert({header.recording, header.kind, header.number}).second) << object.name;
      interrupted += stored.footer.end == part::End::kCrash;
      return {};
    });
    EXPECT_TRUE(described.ok());
    EXPECT_EQ(interrupted > 0, stops > 0);
    verify_clean(data);
  }
}

}  // namespace
}  // namespace ew::node
