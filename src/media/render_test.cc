#include "media/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "media/testing/g711.h"
#include "media/testing/recording.h"

namespace ew::media {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kPacketNs = 20 * kNsPerMs;

// One worker serves all tests, as it serves all renderings of a server.
Worker& worker() {
  static std::unique_ptr<Worker> one = Worker::start({EW_MEDIA_WORKER}).value();
  if (!one->alive()) {
    EXPECT_TRUE(one->restart().ok());
  }
  return *one;
}

struct Rendered {
  RenderPlan plan;
  Bytes file;
  size_t head = 44;
  int16_t at(uint32_t channel, size_t position) const {
    size_t offset = head + (position * plan.channels.size() + channel) * 2;
    return static_cast<int16_t>(file[offset] | file[offset + 1] << 8);
  }
  std::vector<int16_t> channel(uint32_t number) const {
    std::vector<int16_t> samples;
    for (size_t i = 0; i < plan.samples; ++i) samples.push_back(at(number, i));
    return samples;
  }
};

Rendered render(FakeRecording& recording) {
  Rendered rendered;
  auto made = plan(recording);
  EXPECT_TRUE(made.ok()) << made.error().message();
  rendered.plan = *made;
  rendered.head = made->channels.size() > 2 ? 68 : 44;
  Status status = render_wav(recording, rendered.plan, worker(), [&](ByteView bytes) -> Status {
    rendered.file.insert(rendered.file.end(), bytes.begin(), bytes.end());
    return {};
  });
  EXPECT_TRUE(status.ok()) << status.error().message();
  EXPECT_EQ(rendered.file.size(), rendered.head + made->samples * made->channels.size() * 2);
  rendered.file.resize(rendered.head + made->samples * made->channels.size() * 2);
  return rendered;
}

Bytes noise(std::mt19937& random, size_t size) {
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

// Silence of no law is zero, so a sample of zero was never decoded.
void expect_at(const std::vector<int16_t>& samples, size_t position, const Bytes& a_law_payload) {
  ASSERT_LE(position + a_law_payload.size(), samples.size());
  for (size_t i = 0; i < a_law_payload.size(); ++i)
    ASSERT_EQ(samples[position + i], a_law(a_law_payload[i])) << "at " << position << " + " << i;
}

size_t count_not_zero(const std::vector<int16_t>& samples) {
  return samples.size() - static_cast<size_t>(std::count(samples.begin(), samples.end(), 0));
}

// `count` packets of 20 ms from `at_ns` on; the payload of each is its number.
void talk(FakeRecording& recording, FakeRecording::Rtp first, int count, uint32_t step = 160) {
  for (int i = 0; i < count; ++i) {
    FakeRecording::Rtp packet = first;
    packet.at_ns += i * kPacketNs;
    packet.sequence = static_cast<uint16_t>(first.sequence + i);
    packet.timestamp = first.timestamp + static_cast<uint32_t>(i) * step;
    packet.payload.assign(160, static_cast<uint8_t>(i));
    recording.rtp(packet);
  }
}

TEST(Render, ACallWithoutMediaIsAnEmptyFile) {
  FakeRecording recording;
  auto rendered = render(recording);
  EXPECT_EQ(rendered.plan.samples, 0u);
  EXPECT_EQ(rendered.file.size(), 44u);
}

TEST(Render, LossFreeStreamIsTheDecodersOutputInOnePiece) {
  std::mt19937 random(1);
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  std::vector<int16_t> expected;
  for (uint32_t i = 0; i < 500; ++i) {
    Bytes payload = noise(random, 160);
    for (uint8_t byte : payload) expected.push_back(a_law(byte));
    int64_t jitter = static_cast<int64_t>(random() % 150) * kNsPerMs;
    // Sequence and timestamp wrap on the way.
    recording.rtp({i * kPacketNs + (i ? jitter : 0), 1, 8, static_cast<uint16_t>(65500 + i),
                   0xffffff00u + 160 * i, payload});
  }
  auto rendered = render(recording);
  EXPECT_EQ(rendered.plan.channels, (std::vector<std::string>{"caller", "callee"}));
  EXPECT_EQ(rendered.plan.sample_rate, 8000u);
  EXPECT_EQ(rendered.plan.start_at, FakeRecording::kStart);
  EXPECT_EQ(rendered.channel(0), expected);
  EXPECT_EQ(count_not_zero(rendered.channel(1)), 0u);
}

// Property: whatever is lost, doubled, delayed or silent, each packet that came lies where its timestamp
// says, once.
TEST(Render, EverySurvivingPacketLiesExactly) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    FakeRecording recording;
    recording.stream(1, "callee", kPcma);
    struct Sent {
      uint32_t ticks;
      Bytes payload;
    };
    std::vector<Sent> survivors;
    uint32_t base = random(), ticks = 0;
    auto sequence = static_cast<uint16_t>(random());
    for (int i = 0; i < 400; ++i, ++sequence) {
      size_t size = random() % 4 == 0 ? 80 : 160;
      if (random() % 20 == 0) ticks += 80 * (random() % 100);  // silence that was not sent
      if (i == 0 || random() % 10 != 0) {
        Bytes payload = noise(random, size);
        int64_t delay = i ? static_cast<int64_t>(random() % 300) * kNsPerMs : 0;
        int64_t at = int64_t{ticks} * 125'000 + delay;
        recording.rtp({at, 1, 8, sequence, base + ticks, payload});
        if (random() % 8 == 0)
          recording.rtp(
              {at + static_cast<int64_t>(random() % 800) * kNsPerMs, 1, 8, sequence, base + ticks, payload});
        survivors.push_back({ticks, payload});
      }
      ticks += static_cast<uint32_t>(size);
    }
    auto rendered = render(recording);
    auto samples = rendered.channel(1);
    size_t total = 0;
    for (const Sent& sent : survivors) {
      expect_at(samples, sent.ticks, sent.payload);
      total += sent.payload.size();
    }
    EXPECT_EQ(samples.size(), survivors.back().ticks + survivors.back().payload.size());
    EXPECT_EQ(count_not_zero(samples), total);
    EXPECT_EQ(count_not_zero(rendered.channel(0)), 0u);
  }
}

TEST(Render, TheSecondStreamBeginsWhenItCame) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  recording.stream(2, "callee", kPcma);
  talk(recording, {0, 1, 8, 10, 1000, {}}, 50);
  talk(recording, {333'437'500, 2, 8, 20, 77, {}}, 50);  // 2667.5 samples
  auto rendered = render(recording);
  auto callee = rendered.channel(1);
  EXPECT_EQ(count_not_zero({callee.begin(), callee.begin() + 2668}), 0u);
  expect_at(callee, 2668, Bytes(160, 0));
  EXPECT_EQ(rendered.plan.samples, 2668u + 50 * 160);
}

TEST(Render, FirstPacketByNumberThatComesSecondBeginsTheStream) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  recording.rtp({0, 1, 8, 2, 160, Bytes(160, 2)});
  recording.rtp({5 * kNsPerMs, 1, 8, 1, 0, Bytes(160, 1)});
  auto samples = render(recording).channel(0);
  ASSERT_EQ(samples.size(), 320u);
  expect_at(samples, 0, Bytes(160, 1));
  expect_at(samples, 160, Bytes(160, 2));
}

TEST(Render, TimestampThatStoodStillOverAHoldIsAnchoredAnew) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  talk(recording, {0, 1, 8, 0, 0, {}}, 10);
  talk(recording, {10 * kNsPerSec, 1, 8, 10, 1600, {}}, 10);
  auto samples = render(recording).channel(0);
  ASSERT_EQ(samples.size(), 80000u + 1600);
  expect_at(samples, 80000, Bytes(160, 0));
  EXPECT_EQ(count_not_zero(samples), 3200u);
}

TEST(Render, TimestampThatJumpsAheadIsAnchoredBehindWhatLiesThere) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  talk(recording, {0, 1, 8, 0, 0, {}}, 10);
  // 5 ms before the end of what is placed.
  talk(recording, {195 * kNsPerMs, 1, 8, 10, 0x80000000u, {}}, 10);
  auto samples = render(recording).channel(0);
  ASSERT_EQ(samples.size(), 3200u);
  EXPECT_EQ(count_not_zero(samples), 3200u);
}

TEST(Render, AStallOfTheNetworkMovesNothing) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  for (int i = 0; i < 200; ++i) {
    int64_t at = i * kPacketNs;
    if (i >= 50 && i < 100) at = 100 * kPacketNs + i * kNsPerMs / 10;  // one second arrives at once
    recording.rtp(
        {at, 1, 8, static_cast<uint16_t>(i), static_cast<uint32_t>(i) * 160, Bytes(160, uint8_t(i))});
  }
  auto samples = render(recording).channel(0);
  ASSERT_EQ(samples.size(), 32000u);
  for (int i = 0; i < 200; ++i) expect_at(samples, static_cast<size_t>(i) * 160, Bytes(160, uint8_t(i)));
}

TEST(Render, ARestartWithOtherNumbersGoesOnWithoutLoss) {
  for (uint16_t sequence : {uint16_t{40000}, uint16_t{10}, uint16_t{0}}) {
    SCOPED_TRACE(sequence);
    FakeRecording recording;
    recording.stream(1, "caller", kPcma);
    talk(recording, {0, 1, 8, 1000, 500'000, {}}, 100);
    talk(recording, {2 * kNsPerSec, 1, 8, sequence, 900'000'000, {}}, 100);
    auto samples = render(recording).channel(0);
    ASSERT_EQ(samples.size(), 32000u);
    EXPECT_EQ(count_not_zero(samples), 32000u);
  }
}

TEST(Render, DigitsAndComfortNoiseAreSilentAndShiftNothing) {
  FakeRecording recording;
  recording.stream(1, "caller", std::string(kPcma) + "," + kEvents);
  talk(recording, {0, 1, 8, 0, 0, {}}, 10);
  for (uint16_t i = 0; i < 5; ++i)
    recording.rtp({(200 + i * 20) * kNsPerMs, 1, 101, uint16_t(10 + i), 1600, {5, 0, 0, 0}});
  recording.rtp({300 * kNsPerMs, 1, 13, 15, 2400, {0x40}});
  talk(recording, {320 * kNsPerMs, 1, 8, 16, 2560, {}}, 10);
  auto rendered = render(recording);
  auto samples = rendered.channel(0);
  ASSERT_EQ(samples.size(), 4160u);
  expect_at(samples, 2560, Bytes(160, 0));
  EXPECT_EQ(count_not_zero(samples), 3200u);
  EXPECT_TRUE(rendered.plan.notes.empty());
}

TEST(Render, AnotherSsrcOfTheSamePartyIsPlacedByItsArrival) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  talk(recording, {0, 1, 8, 0, 0, {}}, 10);
  recording.stream(2, "caller", kPcma, kNsPerSec);
  talk(recording, {kNsPerSec, 2, 8, 9, 99, {}}, 10);
  auto rendered = render(recording);
  EXPECT_EQ(rendered.plan.channels.size(), 2u);
  auto samples = rendered.channel(0);
  ASSERT_EQ(samples.size(), 9600u);
  expect_at(samples, 8000, Bytes(160, 0));
}

TEST(Render, OverlappingStreamsOfOnePartyAreMixedWithSaturation) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  recording.stream(2, "caller", kPcma);
  recording.rtp({0, 1, 8, 0, 0, Bytes(160, 0xaa)});  // the loudest: 32256
  recording.rtp({10 * kNsPerMs, 2, 8, 0, 0, Bytes(160, 0xaa)});
  auto samples = render(recording).channel(0);
  ASSERT_EQ(a_law(0xaa), 32256);
  ASSERT_EQ(samples.size(), 240u);
  EXPECT_EQ(samples[79], 32256);
  EXPECT_EQ(samples[80], 32767);
  EXPECT_EQ(samples[160], 32256);
}

TEST(Render, CodecChangeTakesAnotherDecoder) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  talk(recording, {0, 1, 8, 0, 0, {}}, 10);
  recording.stream(1, "caller", kPcmu, 200 * kNsPerMs);  // adds
  for (uint16_t i = 10; i < 20; ++i)
    recording.rtp({i * kPacketNs, 1, 0, i, i * 160u, Bytes(160, uint8_t(i))});
  recording.rtp({20 * kPacketNs, 1, 8, 20, 3200, Bytes(160, 7)});
  auto samples = render(recording).channel(0);
  ASSERT_EQ(samples.size(), 21u * 160);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(samples[size_t(i) * 160], a_law(uint8_t(i)));
  for (int i = 10; i < 20; ++i) EXPECT_EQ(samples[size_t(i) * 160], mu_law(uint8_t(i)));
  EXPECT_EQ(samples[3200], a_law(7));
}

TEST(Render, SaysWhatItCannotDecode) {
  FakeRecording recording;
  recording.stream(1, "caller", kOpus);
  recording.stream(2, "callee", kPcma);
  recording.rtp({0, 1, 111, 0, 0, Bytes(40, 1)});
  recording.rtp({kPacketNs, 1, 111, 1, 960, Bytes(40, 1)});
  recording.rtp({kNsPerSec, 2, 8, 0, 0, Bytes(160, 1)});
  auto rendered = render(recording);
  ASSERT_EQ(rendered.plan.notes.size(), 1u);
  EXPECT_EQ(rendered.plan.notes[0].text, "opus: stored; this version cannot render it yet");
  EXPECT_EQ(rendered.plan.notes[0].participant, "caller");
  EXPECT_EQ(rendered.plan.samples, 8160u);  // time 0 is the first stored audio packet, decodable or not
}

TEST(Render, WhatIsStillEncryptedIsSilent) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma, 0, R"(,"decrypted":false)");
  recording.stream(2, "callee", kPcma, 0, R"(,"decrypted":true)");
  recording.rtp({0, 1, 8, 0, 0, Bytes(160, 1)});
  recording.rtp({0, 2, 8, 0, 0, Bytes(160, 1)});
  auto rendered = render(recording);
  EXPECT_EQ(count_not_zero(rendered.channel(0)), 0u);
  EXPECT_EQ(count_not_zero(rendered.channel(1)), 160u);
  ASSERT_EQ(rendered.plan.notes.size(), 1u);
  EXPECT_EQ(rendered.plan.notes[0].text, "SRTP whose keys are unknown: stored; cannot be rendered");
}

// The band and rate of G.722 win; G.711 is brought to it, aligned.
TEST(Render, DifferentRatesMeetAtTheHighest) {
  FakeRecording recording;
  recording.stream(1, "caller", kG722);
  recording.stream(2, "callee", kPcmu);
  talk(recording, {0, 1, 9, 0, 0, {}}, 1000);
  for (uint32_t i = 0; i < 1000; ++i) {
    if (i == 500) continue;
    recording.rtp(
        {i * kPacketNs, 2, 0, uint16_t(i), i * 160, Bytes(160, mu_law_code(i < 250 ? 8000 : -8000))});
  }
  auto rendered = render(recording);
  EXPECT_EQ(rendered.plan.sample_rate, 16000u);
  EXPECT_EQ(rendered.plan.samples, 320'000u);
  auto callee = rendered.channel(1);
  for (size_t i = 50; i < 79'900; ++i) ASSERT_NEAR(callee[i], 8000, 400) << i;
  for (size_t i = 80'100; i < 159'900; ++i) ASSERT_NEAR(callee[i], -8000, 400) << i;
  for (size_t i = 160'000; i < 160'320; ++i) ASSERT_EQ(callee[i], 0) << i;
  for (size_t i = 160'350; i < 319'950; ++i) ASSERT_NEAR(callee[i], -8000, 400) << i;
}

TEST(Render, G722IsWhatFfmpegDecodes) {
  if (std::system("command -v ffmpeg >/dev/null 2>&1") != 0) GTEST_SKIP() << "ffmpeg is absent";
  std::mt19937 random(3);
  FakeRecording recording;
  recording.stream(1, "caller", kG722);
  auto folder = std::filesystem::temp_directory_path() / ("ew_g722_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream encoded(folder / "in.g722", std::ios::binary);
  for (uint32_t i = 0; i < 300; ++i) {
    Bytes payload = noise(random, 160);
    encoded.write(reinterpret_cast<const char*>(payload.data()), 160);
    recording.rtp({i * kPacketNs, 1, 9, uint16_t(i ^ 1), (i ^ 1) * 160, payload});
  }
  encoded.close();
  // The recording has each pair swapped: put the payloads into the order of their numbers for ffmpeg.
  Bytes stored(300 * 160), ordered(300 * 160);
  std::ifstream(folder / "in.g722", std::ios::binary)
      .read(reinterpret_cast<char*>(stored.data()), std::streamsize(stored.size()));
  for (size_t i = 0; i < 300; ++i)
    std::copy_n(stored.begin() + long(i * 160), 160, ordered.begin() + long((i ^ 1) * 160));
  std::ofstream(folder / "in.g722", std::ios::binary)
      .write(reinterpret_cast<const char*>(ordered.data()), std::streamsize(ordered.size()));
  std::string command = "ffmpeg -v error -y -f g722 -i " + (folder / "in.g722").string() + " -f s16le " +
                        (folder / "out").string();
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::vector<int16_t> expected(300 * 320);
  std::ifstream(folder / "out", std::ios::binary)
      .read(reinterpret_cast<char*>(expected.data()), std::streamsize(expected.size() * 2));
  EXPECT_EQ(render(recording).channel(0), expected);
  std::filesystem::remove_all(folder);
}

TEST(Render, EightPartiesHaveEightChannels) {
  FakeRecording recording;
  std::vector<std::string> names = {"party8", "party7", "callee", "caller",
                                    "party3", "party4", "party5", "party6"};
  for (uint32_t i = 0; i < 8; ++i) {
    recording.stream(i, names[i], kPcma);
    recording.rtp({i * kPacketNs, i, 8, 0, 0, Bytes(160, uint8_t(i))});
  }
  auto rendered = render(recording);
  EXPECT_THAT(rendered.plan.channels,
              ElementsAre("caller", "callee", "party8", "party7", "party3", "party4", "party5", "party6"));
  EXPECT_EQ(rendered.at(0, 3 * 160), a_law(3));
  EXPECT_EQ(rendered.at(1, 2 * 160), a_law(2));
  EXPECT_EQ(rendered.at(2, 0), a_law(0));
  EXPECT_EQ(rendered.at(7, 7 * 160), a_law(7));
  EXPECT_EQ(rendered.at(7, 0), 0);
}

// 24 hours with a word at each end: the silence between is never held in memory.
TEST(Render, ADayOfSilenceIsWrittenInPieces) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  recording.rtp({0, 1, 8, 0, 0, Bytes(160, 1)});
  recording.rtp({24 * 3600 * kNsPerSec, 1, 8, 1, 24 * 3600 * 8000u, Bytes(160, 2)});
  auto made = plan(recording);
  ASSERT_EQ(made->samples, 24u * 3600 * 8000 + 160);
  uint64_t size = 0;
  size_t largest = 0;
  Bytes last;
  ASSERT_TRUE(render_wav(recording, *made, worker(), [&](ByteView bytes) -> Status {
                size += bytes.size();
                largest = std::max(largest, bytes.size());
                last.assign(bytes.begin(), bytes.end());
                return {};
              }).ok());
  EXPECT_EQ(size, 44 + made->samples * 4);
  EXPECT_LE(largest, 64u * 1024);
  ASSERT_GE(last.size(), 4u);
  EXPECT_EQ(static_cast<int16_t>(last[last.size() - 4] | last[last.size() - 3] << 8), a_law(2));
}

TEST(Render, TheErrorOfTheSinkEndsIt) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  talk(recording, {0, 1, 8, 0, 0, {}}, 1000);
  auto made = plan(recording);
  int calls = 0;
  Status status = render_wav(recording, *made, worker(), [&](ByteView) -> Status {
    if (++calls == 3) return Error(ErrorCode::kNoSpace, "the disk is full");
    return {};
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kNoSpace);
  EXPECT_EQ(calls, 3);
}

// The worker is killed in the middle of a rendering: the file is the same, byte for byte.
TEST(Render, ADeadWorkerIsReplacedOnce) {
  std::mt19937 random(9);
  FakeRecording recording;
  recording.stream(1, "caller", kG722);
  for (uint32_t i = 0; i < 3000; ++i)
    recording.rtp({i * kPacketNs, 1, 9, uint16_t(i), i * 160, noise(random, 160)});
  auto expected = render(recording);
  auto mortal = Worker::start({EW_MEDIA_WORKER});
  ASSERT_TRUE(mortal.ok());
  auto decoder = (*mortal)->open_decoder({"misbehave", 8000});
  EncodedPacket crash{as_bytes("crash")};
  Bytes file;
  bool killed = false;
  Status status = render_wav(recording, expected.plan, **mortal, [&](ByteView bytes) -> Status {
    file.insert(file.end(), bytes.begin(), bytes.end());
    if (file.size() > 1'000'000 && !killed) {
      killed = true;
      EXPECT_FALSE((*mortal)->decode(*decoder, {&crash, 1}).ok());
    }
    return {};
  });
  ASSERT_TRUE(status.ok()) << status.error().message();
  EXPECT_TRUE(killed);
  EXPECT_EQ(file, expected.file);

  int deaths = 0;
  status = render_wav(recording, expected.plan, **mortal, [&](ByteView) -> Status {
    auto deadly = (*mortal)->open_decoder({"misbehave", 8000});
    if (deadly.ok()) deaths += !(*mortal)->decode(*deadly, {&crash, 1}).ok();
    return {};
  });
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message(), HasSubstr("media worker"));
  EXPECT_EQ(deaths, 2);
}

TEST(Render, MoreAudioThanTimeIsBounded) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  for (uint32_t i = 0; i < 20'000; ++i)
    recording.rtp({i * kNsPerMs / 10, 1, 8, uint16_t(i), i * 160, Bytes(160, 1)});
  auto rendered = render(recording);
  EXPECT_LE(rendered.plan.samples, 13u * 8000);
  EXPECT_GT(rendered.plan.dropped, 0u);
}

}  // namespace
}  // namespace ew::media
