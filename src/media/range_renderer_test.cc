#include "media/range_renderer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <utility>

#include "media/index_builder.h"
#include "media/testing/recording.h"

namespace ew::media {
namespace {

constexpr int64_t kPacketNs = 20 * kNsPerMs;

Worker& worker() {
  static std::unique_ptr<Worker> one = Worker::start({EW_MEDIA_WORKER}).value();
  return *one;
}

// A recording cut into parts of a few seconds and frames of a few records, as a vault would hold it, and its
// index as it would lie beside it.
class StoredRecording : public RecordSource, public IndexStore {
 public:
  StoredRecording(FakeRecording& recording, int64_t part_ns, size_t frame_records) {
    EXPECT_TRUE(recording
                    .for_each([&](const part::Record& record) {
                      bool is_due = times_.empty() || record.at - times_.back().first_at >= part_ns;
                      if (is_due) {
                        times_.push_back({record.at, record.at});
                        counts_.push_back(0);
                      }
                      times_.back().last_at = record.at;
                      size_t number = counts_.back()++;
                      if (number % frame_records == 0)
                        frames_[{times_.size() - 1, number / frame_records}] = entries_.size();
                      Entry entry{record, Bytes(record.body.begin(), record.body.end())};
                      entry.record.place = {static_cast<uint32_t>(times_.size() - 1),
                                            static_cast<uint32_t>(number / frame_records),
                                            static_cast<uint32_t>(number % frame_records)};
                      entries_.push_back(std::move(entry));
                    })
                    .ok());
    Status built = build_index(*this, times_, worker(), [this](IndexPart&& part) {
      keep(part);
      return Status();
    });
    EXPECT_TRUE(built.ok()) << built.error().message();
    EXPECT_EQ(heads_.size(), times_.size());
  }

  Status for_each(const std::function<void(const part::Record&)>& each) override {
    for (const Entry& entry : entries_) give(entry, each);
    return {};
  }

  const RenderPlan& plan() const override { return heads_.front().plan; }
  size_t parts() const override { return heads_.size(); }
  std::pair<int64_t, int64_t> extent(size_t part) const override {
    return {heads_[part].begin, heads_[part].end};
  }
  Result<std::shared_ptr<const PacketIndex>> packets(size_t part) override {
    return std::make_shared<const PacketIndex>(TRY(decode_packet_index(heads_[part], packets_[part])));
  }
  Status read(size_t part, uint32_t first, uint32_t last,
              const std::function<void(const part::Record&)>& each) override {
    for (size_t i = frames_.at({part, first}); i < entries_.size(); ++i, ++read_) {
      const part::RecordPlace& place = entries_[i].record.place;
      if (place.part != part || place.frame > last) break;
      give(entries_[i], each);
    }
    return {};
  }

  Picture picture(size_t part) const {
    auto picture = decode_picture(heads_[part], pictures_[part]);
    EXPECT_TRUE(picture.ok()) << picture.error().message();
    return picture.ok() ? *picture : Picture();
  }
  const IndexHead& head(size_t part) const { return heads_[part]; }
  size_t entries() const { return entries_.size(); }
  size_t take_read() { return std::exchange(read_, 0); }

 private:
  struct Entry {
    part::Record record;
    Bytes body;
  };
  static void give(const Entry& entry, const std::function<void(const part::Record&)>& each) {
    part::Record record = entry.record;
    record.body = entry.body;
    each(record);
  }
  // What is kept went through the format.
  void keep(const IndexPart& part) {
    auto head = decode_index_head(encode(part.head));
    ASSERT_TRUE(head.ok()) << head.error().message();
    auto packets = decode_packet_index(*head, encode(part.packets));
    ASSERT_TRUE(packets.ok()) << packets.error().message();
    EXPECT_EQ(packets->packets, part.packets.packets);
    EXPECT_EQ(packets->streams, part.packets.streams);
    heads_.push_back(*head);
    packets_.push_back(encode(part.packets));
    pictures_.push_back(encode(part.picture));
  }

  std::vector<Entry> entries_;
  std::vector<PartTimes> times_;
  std::vector<size_t> counts_;                          // records of each part
  std::map<std::pair<size_t, size_t>, size_t> frames_;  // of a part: its first entry
  std::vector<IndexHead> heads_;
  std::vector<Bytes> packets_, pictures_;
  size_t read_ = 0;  // records
};

std::vector<int16_t> samples_of(ByteView bytes) {
  std::vector<int16_t> samples;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2)
    samples.push_back(static_cast<int16_t>(bytes[i] | bytes[i + 1] << 8));
  return samples;
}

std::vector<int16_t> whole(StoredRecording& recording) {
  Bytes file;
  Status status = render_wav(recording, recording.plan(), worker(), [&](ByteView bytes) -> Status {
    file.insert(file.end(), bytes.begin(), bytes.end());
    return {};
  });
  EXPECT_TRUE(status.ok()) << status.error().message();
  return samples_of(ByteView(file).subspan(recording.plan().channels.size() > 2 ? 68 : 44));
}

std::vector<int16_t> range(StoredRecording& recording, uint64_t first, uint64_t count) {
  IndexedRecording indexed(recording);
  Bytes bytes;
  Status status = render_range(indexed, worker(), first, count, [&](ByteView piece) -> Status {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return {};
  });
  EXPECT_TRUE(status.ok()) << status.error().message();
  return samples_of(bytes);
}

// The greatest difference of any sample between random ranges and the whole.
int worst_difference(StoredRecording& recording, std::mt19937& random, int ranges) {
  std::vector<int16_t> expected = whole(recording);
  size_t channels = recording.plan().channels.size();
  uint64_t samples = recording.plan().samples;
  EXPECT_EQ(expected.size(), samples * channels);
  int worst = 0;
  for (int i = 0; i < ranges; ++i) {
    uint64_t first = random() % samples;
    uint64_t count = 1 + random() % (i % 3 == 0 ? samples : 4000);
    auto got = range(recording, first, count);
    size_t size = std::min(count, samples - first) * channels;
    EXPECT_EQ(got.size(), size);
    if (got.size() != size) return INT16_MAX;
    for (size_t k = 0; k < size; ++k)
      worst = std::max(worst, std::abs(got[k] - expected[first * channels + k]));
  }
  return worst;
}

// A party's speech as a network brings it: lost, late, doubled packets, silence that is not sent, a hold, a
// sender that numbers anew and one that changes its codec.
struct Speaker {
  uint32_t stream = 1;
  std::vector<uint8_t> payload_types;  // taken in turns
  int packets = 1500;
  int64_t begin_ns = 0;
};

void speak(FakeRecording& recording, const Speaker& speaker, std::mt19937& random) {
  uint32_t timestamp = random();
  auto sequence = static_cast<uint16_t>(random());
  int64_t at = speaker.begin_ns;
  for (int i = 0; i < speaker.packets; ++i, ++sequence, timestamp += 160, at += kPacketNs) {
    if (random() % 200 == 0) {  // silence that was not sent
      uint32_t packets = random() % 20;
      timestamp += 160 * packets;
      at += packets * kPacketNs;
    }
    if (random() % 500 == 0) {  // hold: the timestamp stands still or jumps
      at += kNsPerSec * static_cast<int64_t>(1 + random() % 4);
      if (random() % 2) timestamp += random();
    }
    if (random() % 700 == 0) sequence = static_cast<uint16_t>(random()), timestamp = random();
    if (random() % 25 == 0) continue;  // lost
    Bytes payload(random() % 50 == 0 ? 80 : 160);
    // A loud swept tone: noise would hide differences of state.
    for (size_t k = 0; k < payload.size(); ++k)
      payload[k] =
          static_cast<uint8_t>(random() % 4 ? 0x40 + (k * 7 + static_cast<size_t>(i)) % 64 : random());
    int64_t delay = random() % 10 == 0 ? static_cast<int64_t>(random() % 200) * kNsPerMs : 0;
    uint8_t type = speaker.payload_types[static_cast<size_t>(i / 300) % speaker.payload_types.size()];
    recording.rtp({at + delay, speaker.stream, type, sequence, timestamp, payload});
    if (random() % 30 == 0)
      recording.rtp({at + delay + 30 * kNsPerMs, speaker.stream, type, sequence, timestamp, payload});
  }
}

const std::string kG711 = std::string(kPcma) + "," + kPcmu;

TEST(RangeRenderer, RandomRangesOfG711AreSlicesOfTheWholeToTheSample) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    FakeRecording recording;
    recording.stream(1, "caller", kG711);
    recording.stream(2, "callee", kG711);
    recording.stream(3, "callee", kG711);  // another SSRC
    if (seed % 3 == 0) recording.stream(4, "party3", kG711);
    speak(recording, {1, {8, 0}, 1500, 0}, random);
    speak(recording, {2, {0}, 700, 1'234'567'890}, random);
    speak(recording, {3, {8}, 700, 13 * kNsPerSec}, random);
    if (seed % 3 == 0) speak(recording, {4, {8, 0, 8}, 900, 5 * kNsPerSec}, random);
    StoredRecording stored(recording, (3 + seed) * kNsPerSec, 10 + seed);
    EXPECT_EQ(worst_difference(stored, random, 25), 0);
  }
}

TEST(RangeRenderer, G722ForgetsWhereItBegan) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    FakeRecording recording;
    recording.stream(1, "caller", std::string(kG722) + "," + kPcma);
    recording.stream(2, "callee", kG722);
    speak(recording, {1, {9, 8, 9}, 1500, 0}, random);
    speak(recording, {2, {9}, 1500, 7'000'000}, random);
    StoredRecording stored(recording, 7 * kNsPerSec, 25);
    EXPECT_EQ(worst_difference(stored, random, 25), 0);
  }
}

TEST(RangeRenderer, ResampledSpeechIsThatOfTheWhole) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    FakeRecording recording;
    recording.stream(1, "caller", kG711);
    recording.stream(2, "callee", kG722);
    speak(recording, {1, {8, 0}, 1500, 0}, random);
    recording.rtp({kNsPerSec, 2, 9, 1, 1, Bytes(160, 0xff)});
    StoredRecording stored(recording, 9 * kNsPerSec, 25);
    ASSERT_EQ(stored.plan().sample_rate, 16000u);
    EXPECT_EQ(worst_difference(stored, random, 25), 0);
  }
}

TEST(RangeRenderer, ReadsOnlyWhatItNeeds) {
  std::mt19937 random(1);
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  for (uint32_t i = 0; i < 30'000; ++i)
    recording.rtp({i * kPacketNs, 1, 8, uint16_t(i), i * 160, Bytes(160, uint8_t(i))});
  StoredRecording stored(recording, 60 * kNsPerSec, 20);
  stored.take_read();
  range(stored, 8000 * 300, 800);
  // Pre-roll and step are three seconds: 150 packets, and what shares a frame with the first and the last.
  EXPECT_LE(stored.take_read(), 190u);
}

TEST(RangeRenderer, BeyondTheEndIsNothing) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  recording.rtp({0, 1, 8, 0, 0, Bytes(160, 1)});
  StoredRecording stored(recording, kNsPerSec, 20);
  EXPECT_TRUE(range(stored, 160, 10).empty());
  EXPECT_TRUE(range(stored, UINT64_MAX, UINT64_MAX).empty());
  EXPECT_EQ(range(stored, 159, UINT64_MAX).size(), 2u);
}

TEST(IndexBuilder, PeaksAreThoseOfTheSamples) {
  std::mt19937 random(4);
  FakeRecording recording;
  recording.stream(1, "caller", kG711);
  recording.stream(2, "callee", kG711);
  speak(recording, {1, {8, 0}, 1500, 0}, random);
  speak(recording, {2, {8}, 1500, 3'333'333'333}, random);
  StoredRecording stored(recording, 8 * kNsPerSec, 20);
  auto samples = whole(stored);
  ASSERT_GT(stored.parts(), 3u);
  uint64_t slot = 0;
  for (size_t part = 0; part < stored.parts(); ++part) {
    Picture picture = stored.picture(part);
    EXPECT_EQ(stored.head(part).first_slot, slot);
    ASSERT_EQ(picture.peaks.size(), stored.head(part).slots * 4);
    for (size_t i = 0; i < stored.head(part).slots; ++i, ++slot) {
      for (size_t channel = 0; channel < 2; ++channel) {
        int least = INT16_MAX, greatest = INT16_MIN;
        for (size_t k = slot * 80; k < std::min<size_t>(slot * 80 + 80, stored.plan().samples); ++k) {
          least = std::min<int>(least, samples[k * 2 + channel]);
          greatest = std::max<int>(greatest, samples[k * 2 + channel]);
        }
        ASSERT_EQ(picture.peaks[i * 4 + channel * 2], least >> 8) << slot;
        ASSERT_EQ(picture.peaks[i * 4 + channel * 2 + 1], std::min((greatest + 255) >> 8, 127)) << slot;
      }
    }
  }
  EXPECT_EQ(slot, (stored.plan().samples + 79) / 80);
}

TEST(IndexBuilder, CountsWhatWasLostInEachSecond) {
  FakeRecording recording;
  recording.stream(7, "caller", kPcma);
  for (uint32_t i = 0; i < 500; ++i)
    if (i / 50 != 3 || i % 5 != 0)  // a fifth of the fourth second is lost
      recording.rtp({i * kPacketNs, 7, 8, uint16_t(i), i * 160, Bytes(160, 1)});
  StoredRecording stored(recording, 4 * kNsPerSec, 20);
  std::vector<QualitySecond> seconds;
  for (size_t part = 0; part < stored.parts(); ++part) {
    Picture picture = stored.picture(part);
    seconds.insert(seconds.end(), picture.quality.begin(), picture.quality.end());
  }
  ASSERT_EQ(seconds.size(), 10u);
  for (uint32_t i = 0; i < 10; ++i) {
    EXPECT_EQ(seconds[i].second, i);
    EXPECT_EQ(seconds[i].stream, 7u);
    EXPECT_EQ(seconds[i].lost, i == 3 ? 10u : 0u) << i;
    EXPECT_EQ(seconds[i].expected, 50u) << i;
    EXPECT_EQ(seconds[i].jitter, 0u);
  }
}

// Whatever is changed in an index, its reader says so or reads something within the bounds.
TEST(PlaybackIndex, DamageIsFoundOrHarmless) {
  std::mt19937 random(5);
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  speak(recording, {1, {8}, 400, 0}, random);
  StoredRecording stored(recording, 5 * kNsPerSec, 20);
  IndexHead head = stored.head(0);
  Bytes good = encode(**stored.packets(0));
  size_t refused = 0;
  for (int i = 0; i < 2000; ++i) {
    Bytes bad = good;
    bad[random() % bad.size()] ^= static_cast<uint8_t>(1 + random() % 255);
    if (random() % 4 == 0) bad.resize(random() % bad.size());
    auto decoded = decode_packet_index(head, bad);
    if (!decoded.ok()) ++refused;
    if (!decoded.ok()) continue;
    for (const IndexedPacket& packet : decoded->packets) {
      ASSERT_GE(packet.position, head.begin);
      ASSERT_LE(packet.end(), head.end);
      ASSERT_LT(packet.stream, decoded->streams.size());
    }
  }
  EXPECT_GT(refused, 500u);
  Bytes other_version = encode(head);
  other_version[6] = '2';
  EXPECT_EQ(decode_index_head(other_version).error().code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace ew::media
