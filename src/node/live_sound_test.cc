#include "node/live_sound.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "io/memory_env.h"
#include "node/exporter.h"
#include "node/importer.h"
#include "node/playback.h"

namespace ew::node {
namespace {

config::Config in_memory() {
  config::Config config = config::defaults();
  config.data_directory = "/data";
  config.keys_directory = "/keys";
  config.database = "sqlite::memory:";
  return config;
}

// A stored media part, given out as if it were being written: as far as `acknowledged` says.
struct Writing {
  PartId part;
  Bytes header;
  std::vector<Bytes> frames;
  uint64_t acknowledged = 0;
  bool is_current = true, is_stored = false;
};

class Replayed : public OpenRecording {
 public:
  explicit Replayed(const std::vector<Writing>& parts) : parts_(parts) {}
  Result<PartId> part() override {
    for (const Writing& each : parts_)
      if (each.is_current && each.acknowledged > 0) return each.part;
    return Error(ErrorCode::kNotFound, "nothing is written");
  }
  Result<Frames> read(PartId part, uint64_t first) override {
    for (const Writing& each : parts_) {
      if (each.part != part || each.is_stored) continue;
      Frames read{each.header, each.acknowledged, each.acknowledged == each.frames.size(), {}};
      for (uint64_t i = first; i < each.acknowledged && read.frames.size() < 5; ++i)
        read.frames.push_back(each.frames[i]);
      return read;
    }
    return Error(ErrorCode::kNotFound, "no such part");
  }

 private:
  const std::vector<Writing>& parts_;
};

class LiveSoundTest : public testing::Test {
 protected:
  void import(const std::string& capture) {
    data_ = DataDirectory::open(disk_, clock_, in_memory()).value();
    auto imported = import_captures(*data_, {EW_SOURCE_DIR "/" + capture}, {});
    ASSERT_TRUE(imported.ok()) << imported.error().message();
    auto page = data_->calls().list({}, std::nullopt, 100);
    for (const CallRecord& call : page->calls) {
      auto rows = data_->calls().find("default", call.call_id);
      ASSERT_TRUE(rows.ok() && *rows);
      if (best_recording(**rows)) call_ = **rows;
    }
    recording_ = best_recording(call_).value();
    for (const db::PartRow& part : call_.parts)
      if (part.kind == "media" && part.recording_id == recording_) take_part(part.object);
    ASSERT_FALSE(parts_.empty());
  }

  void take_part(const std::string& name) {
    auto stored = data_->vault().describe(name);
    ASSERT_TRUE(stored.ok());
    auto object = data_->objects().get(name);
    ASSERT_TRUE(object.ok()) << object.error().message();
    Writing writing;
    writing.part = stored->header.part;
    writing.header.assign(object->begin(),
                          object->begin() + static_cast<std::ptrdiff_t>(stored->footer.frames[0].offset));
    for (const part::FrameEntry& frame : stored->footer.frames) {
      auto begin = object->begin() + static_cast<std::ptrdiff_t>(frame.offset);
      writing.frames.emplace_back(begin, begin + frame.length);
    }
    parts_.push_back(std::move(writing));
  }

  std::vector<int16_t> exported(size_t channel) {
    Bytes file;
    ExportOptions options;
    options.recording = recording_;
    options.worker_command = {EW_MEDIA_WORKER};
    auto report = export_call(*data_, call_, options, [&](ByteView bytes) -> Status {
      file.insert(file.end(), bytes.begin(), bytes.end());
      return {};
    });
    EXPECT_TRUE(report.ok());
    std::vector<int16_t> samples;
    for (size_t i = 44 + channel * 2; i + 1 < file.size(); i += 4)
      samples.push_back(static_cast<int16_t>(file[i] | file[i + 1] << 8));
    return samples;
  }

  LiveSound listen() {
    std::shared_ptr<media::Worker> worker = media::Worker::start({EW_MEDIA_WORKER}).value();
    return LiveSound(*data_, std::make_unique<Replayed>(parts_), worker);
  }

  SystemClock clock_;
  io::MemoryEnv disk_;
  std::unique_ptr<DataDirectory> data_;
  db::CallRows call_;
  RecordingId recording_;
  std::vector<Writing> parts_;
};

// What was heard piece by piece while it was written is what the whole rendering has.
TEST_F(LiveSoundTest, WhatIsHeardIsWhatIsStored) {
  import("tests/captures/auth407.pcap");
  LiveSound live = listen();
  EXPECT_EQ(live.advance().error().code(), ErrorCode::kNotFound);
  std::vector<int16_t> heard[2];
  int64_t position = 0;
  for (uint64_t until = 1; until <= parts_[0].frames.size(); ++until) {
    parts_[0].acknowledged = until;
    Status advanced = live.advance();
    ASSERT_TRUE(advanced.ok()) << advanced.error().message();
    auto sound = live.mixer().sound(position);
    ASSERT_EQ(sound.from, position) << "nothing is left out";
    position = live.mixer().position();
    ASSERT_EQ(sound.from + static_cast<int64_t>(sound.samples.size() / 2), position);
    for (size_t i = 0; i < sound.samples.size(); ++i) heard[i % 2].push_back(sound.samples[i]);
  }
  for (size_t channel = 0; channel < 2; ++channel) {
    auto whole = exported(channel);
    ASSERT_GT(heard[channel].size(), whole.size() / 2);
    // A second from the middle, wherever it lies there.
    auto from = heard[channel].begin() + static_cast<std::ptrdiff_t>(heard[channel].size() / 2);
    double energy = 0;
    for (auto at = from; at != from + 8000; ++at) energy += std::abs(*at);
    ASSERT_GT(energy / 8000, 50) << "somebody speaks";
    EXPECT_NE(std::search(whole.begin(), whole.end(), from, from + 8000), whole.end())
        << "channel " << channel;
  }
}

TEST_F(LiveSoundTest, WhoComesLaterHearsTheNewestSecond) {
  import("tests/captures/auth407.pcap");
  const uint64_t half = parts_[0].frames.size() / 2;
  parts_[0].acknowledged = half;
  LiveSound live = listen();
  ASSERT_TRUE(live.advance().ok());
  EXPECT_GT(live.mixer().position(), 4000);
  EXPECT_LT(live.mixer().position(), 3 * 8000);
  auto now = part::decode_frame_info(parts_[0].frames[half - 1])->last_at;
  auto levels = live.mixer().levels(now);
  ASSERT_EQ(levels.size(), 2u);
  for (const auto& level : levels) {
    ASSERT_TRUE(level.decibels) << level.participant;
    EXPECT_GT(*level.decibels, -60) << level.participant;
    EXPECT_LT(*level.decibels, 0) << level.participant;
  }
  for (const auto& level : live.mixer().levels(now + 10 * kNsPerSec))
    EXPECT_FALSE(level.decibels) << "nothing came for ten seconds";
}

TEST_F(LiveSoundTest, APartThatIsGoneIsNoError) {
  import("tests/captures/auth407.pcap");
  parts_[0].acknowledged = 4;
  LiveSound live = listen();
  ASSERT_TRUE(live.advance().ok());
  parts_[0].is_stored = true;
  parts_[0].is_current = false;
  EXPECT_EQ(live.advance().error().code(), ErrorCode::kNotFound);
  EXPECT_GT(live.mixer().position(), 0) << "what was heard stays";
}

}  // namespace
}  // namespace ew::node
