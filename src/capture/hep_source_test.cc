#include "capture/hep_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "hep/writer.h"
#include "net/socket_address.h"

namespace ew::capture {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kInvite = "INVITE sip:4200@pbx SIP/2.0\r\nCall-ID: a\r\n\r\n";
constexpr uint32_t kFirst = 100;

Endpoint at(const char* text) { return *Endpoint::parse(text); }

struct Kept : HepSink {
  struct Sip {
    WallTime at;
    uint32_t number;
    std::string source, destination, text;
    Transport transport;
  };
  struct Report {
    HepReport::Kind kind;
    std::string call_id, text;
  };
  void on_datagram(const Datagram& datagram) override {
    sip.push_back({datagram.at, datagram.ref.capture, datagram.source.text(), datagram.destination.text(),
                   std::string(as_text(datagram.payload)), datagram.transport});
  }
  void on_report(const HepReport& report) override {
    reports.push_back({report.kind, std::string(report.call_id), std::string(report.text)});
  }
  std::vector<Sip> sip;
  std::vector<Report> reports;
};

class HepSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    clock_.set(WallTime{1'700'000'000 * kNsPerSec});
    open({});
  }

  void open(HepSource::Settings settings) {
    auto source = HepSource::create(std::move(settings), clock_, kFirst);
    ASSERT_TRUE(source.ok());
    source_ = std::move(*source);
    udp_ = listen(SOCK_DGRAM, Transport::kUdp);
    tcp_ = listen(SOCK_STREAM, Transport::kTcp);
  }

  Endpoint listen(int type, Transport transport) {
    Descriptor socket(::socket(AF_INET, type | SOCK_NONBLOCK, 0));
    sockaddr_storage address;
    socklen_t size = to_sockaddr(at("127.0.0.1:0"), address);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    if (type == SOCK_STREAM) EXPECT_EQ(::listen(socket.get(), 16), 0);
    EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    Endpoint bound = from_sockaddr(address);
    EXPECT_TRUE(source_->add(std::move(socket), bound, transport).ok());
    return bound;
  }

  static Descriptor connect(int type, const Endpoint& to) {
    Descriptor socket(::socket(AF_INET, type, 0));
    sockaddr_storage address;
    const socklen_t size = to_sockaddr(to, address);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    return socket;
  }
  static void send(const Descriptor& socket, ByteView bytes) {
    EXPECT_EQ(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void send(const hep::Packet& packet) { send(connect(SOCK_DGRAM, udp_), bytes_of(packet)); }

  hep::Packet packet(std::string_view payload = kInvite,
                     hep::PayloadType type = hep::PayloadType::kSip) const {
    hep::Packet packet;
    packet.ip_protocol = 17;
    packet.source = at("192.0.2.1:5060");
    packet.destination = at("192.0.2.2:5070");
    packet.at = clock_.wall() + -kNsPerSec;
    packet.payload_type = type;
    packet.agent_id = 7;
    packet.payload = as_bytes(payload);
    return packet;
  }
  static Bytes bytes_of(const hep::Packet& packet) {
    Bytes bytes;
    EXPECT_TRUE(hep::write(packet, bytes));
    return bytes;
  }

  // Until nothing more waits.
  Kept& run() {
    pollfd waits{source_->descriptor(), POLLIN, 0};
    while (::poll(&waits, 1, 50) > 0) EXPECT_TRUE(source_->run(kept_, 1000).ok());
    return kept_;
  }
  bool is_closed(const Descriptor& socket) {
    run();
    pollfd waits{socket.get(), POLLIN, 0};
    uint8_t byte;
    return ::poll(&waits, 1, 50) > 0 && ::recv(socket.get(), &byte, 1, MSG_DONTWAIT) <= 0;
  }

  FakeClock clock_;
  std::unique_ptr<HepSource> source_;
  Endpoint udp_, tcp_;
  Kept kept_;
};

TEST_F(HepSourceTest, SipComesAsIfCapturedWhereTheAgentStands) {
  hep::Packet tls = packet();
  tls.ip_protocol = 22;
  send(packet());
  send(tls);
  Kept& kept = run();
  ASSERT_THAT(kept.sip, SizeIs(2));
  EXPECT_EQ(kept.sip[0].text, kInvite);
  EXPECT_EQ(kept.sip[0].source, "192.0.2.1:5060");
  EXPECT_EQ(kept.sip[0].destination, "192.0.2.2:5070");
  EXPECT_EQ(kept.sip[0].transport, Transport::kUdp);
  EXPECT_EQ(kept.sip[0].at, clock_.wall() + -kNsPerSec);
  EXPECT_EQ(kept.sip[1].transport, Transport::kTls);
  EXPECT_EQ(source_->name_of(kept.sip[0].number), "hep 127.0.0.1 (7)");
  EXPECT_EQ(source_->counters().datagrams, 2u);
}

TEST_F(HepSourceTest, PiecesOfAStreamMakePackets) {
  Bytes bytes = bytes_of(packet());
  const Bytes second = bytes_of(packet("BYE sip:4200@pbx SIP/2.0\r\n\r\n"));
  bytes.insert(bytes.end(), second.begin(), second.end());
  const Descriptor agent = connect(SOCK_STREAM, tcp_);
  for (size_t from = 0; from < bytes.size(); from += 50) {
    send(agent, ByteView(bytes).subspan(from, std::min<size_t>(50, bytes.size() - from)));
    run();
  }
  ASSERT_THAT(kept_.sip, SizeIs(2));
  EXPECT_EQ(kept_.sip[0].text, kInvite);
  EXPECT_EQ(source_->connections(), 1u);
  EXPECT_FALSE(is_closed(agent));
}

TEST_F(HepSourceTest, ATimeIsBelievedIfItMayBeTrue) {
  for (int64_t seconds : {3'600, -3'600, -9}) {
    hep::Packet wrong = packet();
    wrong.at = clock_.wall() + seconds * kNsPerSec;
    send(wrong);
  }
  Kept& kept = run();
  ASSERT_THAT(kept.sip, SizeIs(3));
  EXPECT_EQ(kept.sip[0].at, clock_.wall());
  EXPECT_EQ(kept.sip[1].at, clock_.wall());
  EXPECT_EQ(kept.sip[2].at, clock_.wall() + -9 * kNsPerSec);
}

TEST_F(HepSourceTest, ReportsNameTheirCall) {
  hep::Packet rtcp = packet("{\"ssrc\":1}", hep::PayloadType::kRtcpJson),
              log = packet("hello", hep::PayloadType::kLog);
  send(rtcp);  // of no call that could be found
  rtcp.correlation_id = log.correlation_id = "call-1";
  send(rtcp);
  send(log);
  Kept& kept = run();
  ASSERT_THAT(kept.reports, SizeIs(2));
  EXPECT_EQ(kept.reports[0].kind, HepReport::Kind::kRtcp);
  EXPECT_EQ(kept.reports[0].call_id, "call-1");
  EXPECT_EQ(kept.reports[1].text, "hello");
  EXPECT_THAT(kept.sip, IsEmpty());
}

TEST_F(HepSourceTest, OnlyWithTheKey) {
  open({"secret", {}});
  hep::Packet good = packet(), wrong = packet();
  good.key = "secret";
  wrong.key = "Secret";
  send(packet());
  send(wrong);
  EXPECT_THAT(run().sip, IsEmpty());
  EXPECT_EQ(source_->agents()[0].refused, 2u);
  EXPECT_THAT(source_->agents()[0].trouble, HasSubstr("key"));
  send(good);
  EXPECT_THAT(run().sip, SizeIs(1));

  const Descriptor foreign = connect(SOCK_STREAM, tcp_), agent = connect(SOCK_STREAM, tcp_);
  send(foreign, bytes_of(wrong));
  send(agent, bytes_of(good));
  EXPECT_TRUE(is_closed(foreign));
  EXPECT_FALSE(is_closed(agent));
  EXPECT_THAT(kept_.sip, SizeIs(2));
}

TEST_F(HepSourceTest, OnlyFromTheNetworks) {
  open({"", {*Network::parse("192.0.2.0/24")}});
  send(packet());
  const Descriptor agent = connect(SOCK_STREAM, tcp_);
  EXPECT_TRUE(is_closed(agent));
  EXPECT_THAT(kept_.sip, IsEmpty());
  EXPECT_EQ(source_->agents()[0].refused, 2u);
}

TEST_F(HepSourceTest, WhatCannotBeReadIsCounted) {
  Bytes cut = bytes_of(packet());
  cut.pop_back();
  send(connect(SOCK_DGRAM, udp_), cut);
  const Descriptor agent = connect(SOCK_STREAM, tcp_);
  send(agent, as_bytes("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(is_closed(agent));
  EXPECT_EQ(source_->counters().malformed, 2u);
  EXPECT_EQ(source_->agents()[0].malformed, 2u);
}

TEST_F(HepSourceTest, WhoSaysNothingGoodMakesRoom) {
  open({"secret", {}});
  const Descriptor silent = connect(SOCK_STREAM, tcp_), agent = connect(SOCK_STREAM, tcp_),
                   unreadable = connect(SOCK_STREAM, tcp_);
  hep::Packet good = packet();
  good.key = "secret";
  send(agent, bytes_of(good));
  send(agent, as_bytes(std::string_view("HEP3\0\6", 6)));  // no reason to turn away who is known
  send(unreadable, as_bytes(std::string_view("HEP3\0\6", 6)));
  run();
  EXPECT_EQ(source_->connections(), 3u);
  clock_.advance(HepSource::kFirstPacketNs + kNsPerSec);
  EXPECT_TRUE(source_->run(kept_, 1).ok());
  EXPECT_EQ(source_->connections(), 1u);
}

TEST_F(HepSourceTest, AgentsAndConnectionsAreBounded) {
  for (uint32_t id = 1; id <= HepSource::kMaxAgents + 20; ++id) {
    hep::Packet one = packet();
    one.agent_id = id;
    send(one);
    if (id % 50 == 0) run();
  }
  EXPECT_THAT(run().sip, SizeIs(HepSource::kMaxAgents + 20));
  EXPECT_THAT(source_->agents(), SizeIs(HepSource::kMaxAgents + 1));
  std::vector<Descriptor> connections;
  for (size_t i = 0; i < HepSource::kMaxConnections + 5; ++i) {
    connections.push_back(connect(SOCK_STREAM, tcp_));
    if (i % 16 == 0) run();
  }
  run();
  EXPECT_EQ(source_->connections(), HepSource::kMaxConnections);
  EXPECT_THAT(source_->agents()[0].trouble, HasSubstr("256 connections"));
}

}  // namespace
}  // namespace ew::capture
