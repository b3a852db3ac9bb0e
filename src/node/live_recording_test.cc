#include "node/live_recording.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <future>
#include <thread>

#include "io/fault_env.h"
#include "io/memory_env.h"
#include "node/local_import_host.h"

namespace ew::node {
namespace {

using State = srs::MediaPort::State;
using testing::Contains;
using testing::Field;
using testing::SizeIs;

// A bound UDP socket of the loopback interface.
struct Port {
  Port() : socket(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    at = *Endpoint::parse("127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
  }
  void send(const Port& to, ByteView bytes) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(to.at.port);
    ASSERT_EQ(::sendto(socket.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&address),
                       sizeof address),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string port() const { return std::to_string(at.port); }

  Descriptor socket;
  Endpoint at;
};

class LiveRecordingTest : public testing::Test {
 protected:
  explicit LiveRecordingTest(LiveLimits limits = {}) : limits_(limits) {
    config::Config config = config::defaults();
    config.data_directory = "/data";
    config.keys_directory = "/keys";
    config.database = "sqlite::memory:";
    data_ = DataDirectory::open(faults_, clock_, config).value();
    host_ = std::make_unique<LocalImportHost>(*data_);
    EXPECT_TRUE(host_->begin().ok());
    live_ = std::make_unique<LiveRecording>(LiveRecording::Surroundings{*host_, log_, figures_, "", limits_});
    live_->start();
  }

  void order(bool record) {
    live_->set_orders({host_->current_kek().value(), record, record ? "for the test" : "not for the test"});
    settle();
  }

  // One message of the call between peer_ and us; `durable` says when the journal has it.
  std::future<void> say(const std::string& first_line, const std::string& method, bool from_peer,
                        const Port* media = nullptr) {
    std::string body;
    if (media)
      body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio " +
             media->port() + " RTP/AVP 0\r\n";
    const bool answers = first_line.starts_with("SIP/2.0");
    const std::string text =
        first_line + "\r\nVia: SIP/2.0/UDP 127.0.0.1:" + peer_.port() +
        ";branch=z9hG4bK1\r\nFrom: <sip:101@127.0.0.1>;tag=a\r\nTo: <sip:102@127.0.0.1>" +
        (answers || method != "INVITE" ? ";tag=b" : "") + "\r\nCall-ID: one\r\nCSeq: 1 " + method +
        "\r\nContact: <sip:101@127.0.0.1>\r\n" + (body.empty() ? "" : "Content-Type: application/sdp\r\n") +
        "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    Datagram datagram;
    datagram.at = clock_.wall();
    datagram.source = from_peer ? peer_.at : us_.at;
    datagram.destination = from_peer ? us_.at : peer_.at;
    datagram.payload = as_bytes(text);
    auto promise = std::make_shared<std::promise<void>>();
    live_->on_signalling({1, "sbc"}, datagram, [promise] { promise->set_value(); });
    return promise->get_future();
  }
  static bool is_soon(std::future<void>& future) {
    return future.wait_for(std::chrono::seconds(30)) == std::future_status::ready;
  }

  void begin_call() {
    auto invite = say("INVITE sip:102@127.0.0.1 SIP/2.0", "INVITE", true, &media_);
    rule(State::kOpen);
    auto answer = say("SIP/2.0 200 OK", "INVITE", false, &media_port_);
    ASSERT_TRUE(is_soon(invite));
    ASSERT_TRUE(is_soon(answer));
  }
  void end_call() {
    auto bye = say("BYE sip:102@127.0.0.1 SIP/2.0", "BYE", true);
    ASSERT_TRUE(is_soon(bye));
  }
  void rule(State state) {
    srs::MediaPort port;
    port.local = port.advertised = media_port_.at;
    port.socket = media_port_.socket.get();
    port.session = 1;
    port.state = state;
    port.source = Endpoint{media_.at.ip, 0};
    live_->on_media_port(port);
  }
  void send_rtp(const Port& from, int count) {
    for (int i = 0; i < count; ++i) {
      Bytes packet = {0x80, 0};
      ByteWriter writer(packet);
      writer.u16be(sequence_);
      writer.u32be(uint32_t{160} * sequence_++);
      writer.u32be(from.at.port);
      packet.resize(12 + 160, 0x55);
      from.send(media_port_, packet);
    }
    settle();
  }
  // All that was sent so far has been read: whoever is answered now waited behind it.
  void settle() {
    for (int round = 0; round < 3; ++round) live_->calls();
  }

  // Of the only call, when all is home.
  db::CallRows stored() {
    live_->stop();
    auto page = data_->calls().list({}, std::nullopt, 10).value();
    EXPECT_THAT(page.calls, SizeIs(1));
    return *data_->calls().find("default", page.calls.at(0).call_id).value();
  }

  SystemClock clock_;
  Log log_{clock_, {.level = LogLevel::kError}};
  metrics::Registry figures_;
  io::MemoryEnv disk_;
  io::FaultEnv faults_{disk_};
  LiveLimits limits_;
  std::unique_ptr<DataDirectory> data_;
  std::unique_ptr<LocalImportHost> host_;
  std::unique_ptr<LiveRecording> live_;
  Port peer_, us_, media_, media_port_, stranger_;
  uint16_t sequence_ = 1;
};

TEST_F(LiveRecordingTest, RecordsASessionFromItsFirstPacketOn) {
  order(true);
  begin_call();
  send_rtp(media_, 50);
  LiveCalls running = live_->calls();
  ASSERT_THAT(running.calls, SizeIs(1));
  EXPECT_EQ(running.total, 1u);
  EXPECT_EQ(running.calls[0].caller_number, "101");
  EXPECT_EQ(running.calls[0].recording_state, RecordingState::kRecorded);
  EXPECT_TRUE(running.calls[0].media_part.has_value());
  ASSERT_THAT(running.calls[0].streams, SizeIs(1));
  EXPECT_EQ(running.calls[0].streams[0].packets, 50u);
  end_call();
  EXPECT_THAT(live_->calls().calls, SizeIs(0));
  db::CallRows rows = stored();
  ASSERT_THAT(rows.call.streams, SizeIs(1));
  EXPECT_EQ(rows.call.streams[0].packets, 50u);
  EXPECT_EQ(rows.call.streams[0].lost, 0u);
  EXPECT_EQ(rows.call.end_reason, "bye");
  EXPECT_EQ(rows.recordings.at(0).state, RecordingState::kRecorded);
  EXPECT_EQ(rows.recordings.at(0).recording_id, running.calls[0].recording_id);
}

TEST_F(LiveRecordingTest, WaitsForOrders) {
  auto invite = say("INVITE sip:102@127.0.0.1 SIP/2.0", "INVITE", true, &media_);
  EXPECT_EQ(invite.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
  order(true);
  EXPECT_TRUE(is_soon(invite));
}

TEST_F(LiveRecordingTest, NothingIsPromisedThatTheDiskHasNot) {
  order(true);
  begin_call();
  faults_.set_policy(io::fail_kind(io::Operation::kSync, 0, io::Disorder::kEio, io::Persistence::kForEver));
  auto info = say("INFO sip:102@127.0.0.1 SIP/2.0", "INFO", true);
  EXPECT_EQ(info.wait_for(std::chrono::milliseconds(500)), std::future_status::timeout);
  faults_.set_policy({});
  EXPECT_TRUE(is_soon(info));
}

class SmallJournal : public LiveRecordingTest {
 protected:
  SmallJournal() : LiveRecordingTest({.journal_bytes = 4'096}) {}
};

TEST_F(SmallJournal, WhatIsGivenUpWhileTheDiskIsAwayWasLostInTheRecorder) {
  order(true);
  begin_call();
  send_rtp(media_, 20);
  faults_.set_policy(io::fail_kind(io::Operation::kSync, 0, io::Disorder::kEio, io::Persistence::kForEver));
  send_rtp(media_, 60);
  std::this_thread::sleep_for(std::chrono::milliseconds(800));  // till its frame waits for the disk
  send_rtp(media_, 30);
  sequence_ = static_cast<uint16_t>(sequence_ + 5);  // and these never came
  faults_.set_policy({});
  auto info = say("INFO sip:102@127.0.0.1 SIP/2.0", "INFO", true);
  ASSERT_TRUE(is_soon(info));
  send_rtp(media_, 20);
  end_call();
  db::CallRows rows = stored();
  ASSERT_THAT(rows.call.streams, SizeIs(1));
  const MediaStream& stream = rows.call.streams[0];
  EXPECT_EQ(std::tuple(stream.packets, stream.lost), std::tuple(100u, 35u));
  EXPECT_EQ(std::tuple(stream.lost_in_recorder, stream.lost_at_capture), std::tuple(30u, 0u));
  ASSERT_THAT(stream.losses, SizeIs(1));
  EXPECT_EQ(stream.losses[0].before, 5u);
  const auto evidence = evidence_of(rows.recordings.at(0));
  ASSERT_TRUE(evidence.has_value());
  EXPECT_NEAR(evidence->score(), 100.0 / 135, 1e-9);
}

TEST_F(LiveRecordingTest, NothingOfAPauseOrOfAStrangerIsStored) {
  order(true);
  begin_call();
  send_rtp(media_, 10);
  send_rtp(stranger_, 100);
  rule(State::kPaused);
  send_rtp(media_, 10);
  rule(State::kOpen);
  send_rtp(media_, 10);
  rule(State::kClosed);
  send_rtp(media_, 10);
  end_call();
  db::CallRows rows = stored();
  ASSERT_THAT(rows.call.streams, SizeIs(1));
  EXPECT_EQ(rows.call.streams[0].ssrc, media_.at.port);
  EXPECT_EQ(rows.call.streams[0].packets, 20u);
  EXPECT_EQ(rows.recordings.at(0).media_bytes, 20u * 172);
}

TEST_F(LiveRecordingTest, WhatIsSwitchedOffIsLoggedAlone) {
  order(false);
  begin_call();
  send_rtp(media_, 10);
  EXPECT_EQ(live_->calls().calls.at(0).recording_state, RecordingState::kNotByPolicy);
  order(true);
  send_rtp(media_, 10);
  order(false);
  send_rtp(media_, 10);
  end_call();
  db::CallRows rows = stored();
  EXPECT_EQ(rows.recordings.at(0).state, RecordingState::kRecordedPartial);
  EXPECT_EQ(rows.recordings.at(0).media_bytes, 10u * 172);
  EXPECT_THAT(rows.call.events, Contains(Field(&CallEvent::kind, "rec_start")));
  EXPECT_THAT(rows.call.events, Contains(Field(&CallEvent::kind, "rec_stop")));
}

TEST_F(LiveRecordingTest, StoppedInOrderItEndsRunningCalls) {
  order(true);
  begin_call();
  send_rtp(media_, 10);
  db::CallRows rows = stored();
  EXPECT_EQ(rows.call.end_reason, "recorder_stopped");
  EXPECT_EQ(rows.call.streams.at(0).packets, 10u);
}

}  // namespace
}  // namespace ew::node
