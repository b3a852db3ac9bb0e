#include "node/playback.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "io/memory_env.h"
#include "node/exporter.h"
#include "node/importer.h"
#include "node/verifier.h"

namespace ew::node {
namespace {

config::Config in_memory() {
  config::Config config = config::defaults();
  config.data_directory = "/data";
  config.keys_directory = "/keys";
  config.database = "sqlite::memory:";
  return config;
}

class FreshWorkers : public WorkerSource {
 public:
  Result<std::shared_ptr<media::Worker>> connect() override {
    ++connected;
    last = std::shared_ptr<media::Worker>(TRY(media::Worker::start({EW_MEDIA_WORKER})));
    return last;
  }
  // As by kill -9.
  void kill() {
    if (!last->alive()) return;
    auto deadly = last->open_decoder({"misbehave", 8000});
    ASSERT_TRUE(deadly.ok());
    media::EncodedPacket crash{as_bytes("crash")};
    ASSERT_FALSE(last->decode(*deadly, {&crash, 1}).ok());
  }

  int connected = 0;
  std::shared_ptr<media::Worker> last;
};

class PlaybackTest : public testing::Test {
 protected:
  // A data directory with this capture and nothing else.
  void import(const std::string& capture) {
    data_.reset();
    disk_ = std::make_unique<io::MemoryEnv>();
    data_ = DataDirectory::open(*disk_, clock_, in_memory()).value();
    auto imported = import_captures(*data_, {EW_SOURCE_DIR "/" + capture}, {});
    ASSERT_TRUE(imported.ok()) << imported.error().message();
    auto page = data_->calls().list({}, std::nullopt, 100);
    ASSERT_TRUE(page.ok());
    uint64_t most = 0;
    for (const CallRecord& call : page->calls) {
      auto rows = data_->calls().find("default", call.call_id);
      ASSERT_TRUE(rows.ok() && *rows);
      for (const RecordingRecord& recording : (*rows)->recordings) {
        if (recording.media_bytes <= most) continue;
        most = recording.media_bytes;
        call_ = **rows;
      }
    }
    recording_ = best_recording(call_).value();
  }

  std::unique_ptr<Playback> open() {
    auto opened = Playback::open(*data_, call_, recording_, "call.played", "test", workers_);
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    return opened.ok() ? std::move(*opened) : nullptr;
  }

  Bytes exported() {
    Bytes file;
    ExportOptions options;
    options.recording = recording_;
    options.worker_command = {EW_MEDIA_WORKER};
    auto report = export_call(*data_, call_, options, [&](ByteView bytes) -> Status {
      file.insert(file.end(), bytes.begin(), bytes.end());
      return {};
    });
    EXPECT_TRUE(report.ok()) << report.error().message();
    return file;
  }

  std::vector<std::string> derived() {
    std::vector<std::string> names;
    EXPECT_TRUE(data_->vault()
                    .for_each("default/derived/",
                              [&](const vault::ObjectInfo& object) -> Status {
                                names.push_back(object.name);
                                return {};
                              })
                    .ok());
    return names;
  }

  void expect_slices(Playback& playback, const Bytes& whole, unsigned seed, int reads) {
    ASSERT_EQ(playback.wav_size(), whole.size());
    std::mt19937 random(seed);
    uint64_t offset = 0;
    for (int i = 0; i < reads; ++i) {
      if (i % 3 == 0) offset = random() % whole.size();  // else it goes on
      Bytes piece(1 + random() % 50'000);
      auto got = playback.read(offset, piece);
      ASSERT_TRUE(got.ok()) << got.error().message();
      ASSERT_EQ(*got, std::min<uint64_t>(piece.size(), whole.size() - offset));
      ASSERT_TRUE(std::equal(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*got),
                             whole.begin() + static_cast<std::ptrdiff_t>(offset)))
          << "at " << offset;
      offset += *got;
    }
  }

  void expect_verified() {
    auto report = verify(*data_, {});
    ASSERT_TRUE(report.ok()) << report.error().message();
    for (const std::string& finding : report->findings) ADD_FAILURE() << finding;
  }

  SystemClock clock_;
  std::unique_ptr<io::MemoryEnv> disk_;
  std::unique_ptr<DataDirectory> data_;
  FreshWorkers workers_;
  db::CallRows call_;
  RecordingId recording_;
};

TEST_F(PlaybackTest, EveryByteIsTheExportedFiles) {
  for (const char* capture : {"tests/captures/hold.pcap", "tests/captures/codec_change.pcap",
                              "tests/captures/ssrc_change.pcap", "tests/captures/loss.pcap"}) {
    SCOPED_TRACE(capture);
    import(capture);
    Bytes whole = exported();
    auto playback = open();
    ASSERT_TRUE(playback);
    EXPECT_EQ(playback->channels(), (std::vector<std::string>{"caller", "callee"}));
    expect_slices(*playback, whole, 1, 40);
  }
}

TEST_F(PlaybackTest, TheIndexIsMadeOnceAndIsNoEvidence) {
  import("tests/captures/hold.pcap");
  auto before = data_->audit().size();
  auto rows = data_->calls().dump_call("default", call_.call.call_id).value();
  ASSERT_TRUE(open());
  EXPECT_GT(data_->audit().size(), before);
  auto names = derived();
  EXPECT_EQ(names.size(),
            static_cast<size_t>(std::count_if(call_.parts.begin(), call_.parts.end(),
                                              [](auto& part) { return part.kind == "media"; })));
  Bytes made = data_->objects().get(names.front()).value();
  EXPECT_EQ(workers_.connected, 1);
  ASSERT_TRUE(open());
  EXPECT_EQ(workers_.connected, 1);
  EXPECT_EQ(data_->objects().get(names.front()).value(), made);

  expect_verified();
  ASSERT_TRUE(data_->indexer().rebuild({}).ok());
  EXPECT_EQ(data_->calls().dump_call("default", call_.call.call_id).value(), rows);
}

TEST_F(PlaybackTest, AnIndexThatWasPreparedServesTheFirstListener) {
  import("tests/captures/hold.pcap");
  auto acts = data_->audit().size();
  ASSERT_TRUE(prepare_playback(*data_, call_, recording_, workers_).ok());
  EXPECT_EQ(data_->audit().size(), acts);
  EXPECT_EQ(workers_.connected, 1);
  ASSERT_TRUE(open());
  EXPECT_EQ(workers_.connected, 1);
}

// Damage, another version, an index of other parts: each is replaced by a good one.
TEST_F(PlaybackTest, AnIndexOfNoUseIsMadeAgain) {
  import("tests/captures/hold.pcap");
  Bytes whole = exported();
  ASSERT_TRUE(open());
  std::string name = derived().front();
  Bytes good = data_->objects().get(name).value();
  for (size_t at : {size_t{20}, size_t{300}, good.size() / 2, good.size() - 5}) {
    SCOPED_TRACE(at);
    Bytes bad = data_->objects().get(name).value();
    bad[at] ^= 1;
    ASSERT_TRUE(data_->objects().remove(name).ok());
    ASSERT_TRUE(data_->objects().put({{name, {bad}}}).ok());
    auto playback = open();
    ASSERT_TRUE(playback);
    expect_slices(*playback, whole, static_cast<unsigned>(at), 10);
    EXPECT_TRUE(playback->peaks(0, 10, 100).ok());
    EXPECT_NE(data_->objects().get(name).value(), bad);
    expect_verified();
  }
}

TEST_F(PlaybackTest, ErasingTheMediaKeyErasesTheIndex) {
  import("tests/captures/hold.pcap");
  ASSERT_TRUE(open());
  vault::StoredPart stored = data_->vault().describe(derived().front()).value();
  EXPECT_TRUE(data_->vault().open_key(stored.header).ok());
  ASSERT_TRUE(data_->keys().destroy(stored.header.part, stored.header.generation).ok());
  EXPECT_FALSE(data_->vault().open_key(stored.header).ok());
}

TEST_F(PlaybackTest, ACallThatGoesOnIsPlayedAndNothingIsStored) {
  import("tests/captures/hold.pcap");
  Bytes whole = exported();
  call_.call.ended = false;
  auto playback = open();
  ASSERT_TRUE(playback);
  EXPECT_TRUE(derived().empty());
  expect_slices(*playback, whole, 3, 20);
}

TEST_F(PlaybackTest, AnotherWorkerGoesOnWhereOneDied) {
  import("tests/captures/hold.pcap");
  Bytes whole = exported();
  auto playback = open();
  ASSERT_TRUE(playback);
  Bytes heard(whole.size());
  for (size_t at = 0; at < heard.size();) {
    auto got = playback->read(at, ByteSpan(heard).subspan(at, std::min<size_t>(20'000, heard.size() - at)));
    ASSERT_TRUE(got.ok()) << got.error().message();
    at += *got;
    workers_.kill();
  }
  EXPECT_EQ(heard, whole);
  EXPECT_GT(workers_.connected, 3);
}

TEST_F(PlaybackTest, PicturesAreReducedToThePointsThatAreWanted) {
  import("tests/captures/loss.pcap");
  auto playback = open();
  ASSERT_TRUE(playback);
  double length = static_cast<double>(playback->samples()) / playback->sample_rate();
  auto fine = playback->peaks(0, length, Playback::kMaxPoints);
  auto coarse = playback->peaks(0, length, 7);
  ASSERT_TRUE(fine.ok() && coarse.ok());
  EXPECT_EQ(fine->points, (playback->samples() + 79) / 80);
  EXPECT_EQ(coarse->points, 7u);
  for (size_t i = 0; i < 4; ++i) {
    auto extreme = [&](const Peaks& peaks) {
      int value = 0;
      for (size_t at = i; at < peaks.values.size(); at += 4)
        value = i % 2 == 0 ? std::min<int>(value, peaks.values[at]) : std::max<int>(value, peaks.values[at]);
      return value;
    };
    EXPECT_EQ(extreme(*fine), extreme(*coarse));
    EXPECT_NE(extreme(*fine), 0);
  }
  auto quality = playback->quality(0, length + 1, 3);
  ASSERT_TRUE(quality.ok());
  uint64_t lost = 0, expected = 0, packets = 0;
  for (const StreamQuality& stream : quality->streams) {
    EXPECT_EQ(stream.points.size(), 3u);
    for (const QualityPoint& point : stream.points) lost += point.lost, expected += point.expected;
  }
  for (const MediaStream& stream : call_.recordings.front().streams) packets += stream.packets;
  EXPECT_GT(lost, 0u);
  EXPECT_EQ(expected - lost, packets);
  EXPECT_FALSE(playback->peaks(3, 2, 10).ok());
  EXPECT_FALSE(playback->peaks(0, 1, 0).ok());
  EXPECT_FALSE(playback->quality(0, 1, Playback::kMaxPoints + 1).ok());
}

TEST_F(PlaybackTest, TheRecordingWithMostMediaIsTheBest) {
  db::CallRows call;
  EXPECT_FALSE(best_recording(call));
  call.recordings.resize(3);
  EXPECT_FALSE(best_recording(call));
  call.recordings[1].media_bytes = 10;
  call.recordings[1].recording_id.bytes[0] = 7;
  EXPECT_EQ(best_recording(call), call.recordings[1].recording_id);
}

}  // namespace
}  // namespace ew::node
