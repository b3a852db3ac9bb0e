#include "media/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <numbers>

#include "media/testing/g711.h"

namespace ew::media {
namespace {

using testing::HasSubstr;

std::unique_ptr<Worker> start(int64_t timeout_ns = Worker::kTimeoutNs) {
  auto worker = Worker::start({EW_MEDIA_WORKER}, timeout_ns);
  EXPECT_TRUE(worker.ok()) << worker.error().message();
  return worker.ok() ? std::move(worker).value() : nullptr;
}

Bytes all_bytes() {
  Bytes bytes(256);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i);
  return bytes;
}

Result<Pcm> ask(Worker& worker, std::string_view deed) {
  DecoderId decoder = TRY(worker.open_decoder({"misbehave", 8000}));
  EncodedPacket packet{as_bytes(deed)};
  return worker.decode(decoder, {&packet, 1});
}

int16_t answer_to(std::string_view deed) {
  auto worker = start();
  auto pcm = ask(*worker, deed);
  EXPECT_TRUE(pcm.ok()) << pcm.error().message();
  return pcm.ok() && pcm->samples.size() == 1 ? pcm->samples[0] : int16_t{-1};
}

TEST(Worker, DecodesBothLawsAsTheFormulaSays) {
  auto worker = start();
  Bytes bytes = all_bytes();
  EncodedPacket packet{bytes};
  auto a = worker->open_decoder({"pcma", 8000});
  auto mu = worker->open_decoder({"PCMU", 8000});
  ASSERT_TRUE(a.ok() && mu.ok());
  auto a_pcm = worker->decode(*a, {&packet, 1});
  auto mu_pcm = worker->decode(*mu, {&packet, 1});
  ASSERT_TRUE(a_pcm.ok() && mu_pcm.ok());
  ASSERT_EQ(a_pcm->samples.size(), 256u);
  ASSERT_EQ(mu_pcm->samples.size(), 256u);
  for (size_t i = 0; i < 256; ++i) {
    EXPECT_EQ(a_pcm->samples[i], a_law(bytes[i])) << i;
    EXPECT_EQ(mu_pcm->samples[i], mu_law(bytes[i])) << i;
  }
}

TEST(Worker, AnswersABatchPacketByPacket) {
  auto worker = start();
  Bytes bytes = all_bytes();
  std::vector<EncodedPacket> packets = {
      {ByteView(bytes).first(160)}, {{}}, {ByteView(bytes).subspan(160, 40)}};
  auto decoder = worker->open_decoder({"PCMA", 8000});
  auto pcm = worker->decode(*decoder, packets);
  ASSERT_TRUE(pcm.ok());
  EXPECT_EQ(pcm->counts, (std::vector<uint32_t>{160, 0, 40}));
  EXPECT_EQ(pcm->samples[160], a_law(160));
}

TEST(Worker, KeepsTheStateOfEachG722Stream) {
  auto worker = start();
  Bytes bytes(3200);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 37 ^ i >> 3);
  auto whole = worker->open_decoder({"G722", 8000});
  EncodedPacket one{bytes};
  auto expected = worker->decode(*whole, {&one, 1});
  ASSERT_TRUE(expected.ok());
  ASSERT_EQ(expected->samples.size(), 6400u);

  auto first = worker->open_decoder({"G722", 8000});
  auto second = worker->open_decoder({"G722", 8000});
  std::vector<int16_t> got_first, got_second;
  for (size_t at = 0; at < bytes.size(); at += 160) {
    EncodedPacket packet{ByteView(bytes).subspan(at, 160)};
    auto a = worker->decode(*first, {&packet, 1});
    auto b = worker->decode(*second, {&packet, 1});
    ASSERT_TRUE(a.ok() && b.ok());
    got_first.insert(got_first.end(), a->samples.begin(), a->samples.end());
    got_second.insert(got_second.end(), b->samples.begin(), b->samples.end());
  }
  EXPECT_EQ(got_first, expected->samples);
  EXPECT_EQ(got_second, expected->samples);
}

// A 1 kHz tone in mu-law comes out at twice the rate as the same tone, neither shifted nor longer.
TEST(Worker, ResamplesInPlace) {
  auto worker = start();
  auto tone = [](double n, double rate) { return 8000 * std::sin(2 * std::numbers::pi * 1000 * n / rate); };
  Bytes payload(1600);
  for (size_t i = 0; i < payload.size(); ++i)
    payload[i] = mu_law_code(static_cast<int16_t>(tone(double(i), 8000)));
  auto decoder = worker->open_decoder({"PCMU", 8000, 1, "", 16000});
  ASSERT_TRUE(decoder.ok());
  std::vector<EncodedPacket> packets;
  for (size_t at = 0; at < payload.size(); at += 160) packets.push_back({ByteView(payload).subspan(at, 160)});
  packets.back().ends_run = true;
  for (int run = 0; run < 2; ++run) {
    auto pcm = worker->decode(*decoder, packets);
    ASSERT_TRUE(pcm.ok());
    ASSERT_EQ(pcm->samples.size(), 3200u);
    for (size_t i = 100; i < 3100; ++i) ASSERT_NEAR(pcm->samples[i], tone(double(i), 16000), 600) << i;
  }
}

TEST(Worker, NamesTheCodecItCannotDecode) {
  auto worker = start();
  auto decoder = worker->open_decoder({"opus", 48000, 2});
  ASSERT_FALSE(decoder.ok());
  EXPECT_EQ(decoder.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(decoder.error().message(), HasSubstr("opus"));
  EXPECT_TRUE(worker->alive());
  EXPECT_TRUE(worker->open_decoder({"PCMA", 8000}).ok());
}

TEST(Worker, RefusesADecoderThatIsClosed) {
  auto worker = start();
  auto decoder = worker->open_decoder({"PCMA", 8000});
  ASSERT_TRUE(worker->close_decoder(*decoder).ok());
  auto pcm = worker->decode(*decoder, {});
  ASSERT_FALSE(pcm.ok());
  EXPECT_EQ(pcm.error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(worker->alive());
}

TEST(Worker, SurvivesACrash) {
  auto worker = start();
  auto pcm = ask(*worker, "crash");
  ASSERT_FALSE(pcm.ok());
  EXPECT_THAT(pcm.error().message(), HasSubstr("crashed"));
  EXPECT_FALSE(worker->alive());
  EXPECT_FALSE(worker->open_decoder({"PCMA", 8000}).ok());
  ASSERT_TRUE(worker->restart().ok());
  EXPECT_TRUE(worker->open_decoder({"PCMA", 8000}).ok());
}

TEST(Worker, EndsAHang) {
  for (const char* deed : {"hang", "spin"}) {
    auto worker = start(2'000'000'000);
    auto pcm = ask(*worker, deed);
    ASSERT_FALSE(pcm.ok());
    EXPECT_THAT(pcm.error().message(), HasSubstr("no answer in time"));
    EXPECT_FALSE(worker->alive());
  }
}

TEST(Worker, RefusesRepliesThatBreakTheProtocol) {
  auto beyond = start();
  auto pcm = ask(*beyond, "breach");
  ASSERT_FALSE(pcm.ok());
  EXPECT_THAT(pcm.error().message(), HasSubstr("beyond all bounds"));
  EXPECT_FALSE(beyond->alive());
  auto shorter = start();
  pcm = ask(*shorter, "short");
  ASSERT_FALSE(pcm.ok());
  EXPECT_THAT(pcm.error().message(), HasSubstr("wrong length"));
  EXPECT_FALSE(shorter->alive());
}

TEST(Worker, SaysThatItCannotStart) {
  auto worker = Worker::start({"/nonexistent/earwitness"});
  ASSERT_FALSE(worker.ok());
  EXPECT_THAT(worker.error().message(), HasSubstr("/nonexistent/earwitness"));
  EXPECT_FALSE(Worker::start({"/bin/true"}).ok());
}

TEST(Sandbox, HasNoFilesNoNetworkNoOtherProcess) {
  EXPECT_EQ(answer_to("files"), EPERM);
  EXPECT_EQ(answer_to("create"), EPERM);
  EXPECT_EQ(answer_to("network"), EPERM);
  EXPECT_EQ(answer_to("code"), EPERM);
  EXPECT_EQ(answer_to("signal"), EPERM);
  EXPECT_EQ(answer_to("descriptors"), 4);  // /dev/null twice, standard error, the socket
}

TEST(Sandbox, KillsWhatStartsAProcess) {
  auto worker = start();
  auto pcm = ask(*worker, "exec");
  ASSERT_FALSE(pcm.ok());
  EXPECT_THAT(pcm.error().message(), HasSubstr("signal 31"));  // SIGSYS
}

#ifndef EW_SANITIZED
TEST(Sandbox, BoundsMemory) { EXPECT_EQ(answer_to("memory"), 0); }
#endif

}  // namespace
}  // namespace ew::media
