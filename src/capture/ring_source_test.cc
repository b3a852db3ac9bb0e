// On real sockets, in a network namespace of this test's own; without the right to make one it is skipped.
#include "capture/ring_source.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "capture/test_packets_internal.h"

namespace ew::capture {
namespace {

using testing_internal::KeepingSink;
using testing_internal::sip_message;

// A thread may have a namespace that its process has not.
template <typename Function>
void in_own_network(Function function) {
  bool was_refused = false;
  std::thread([&] {
    was_refused = ::unshare(CLONE_NEWNET) != 0;
    if (!was_refused) function();
  }).join();
  if (was_refused) GTEST_SKIP() << "only root may make a network namespace";
}

bool bring_up(const char* interface) {
  Descriptor any(::socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_UP;
  return ::ioctl(any.get(), SIOCSIFFLAGS, &request) == 0;
}

// A pair of Ethernet devices, each with an address: what one sends comes out of the other.
bool make_pair() {
  return std::system(
             "ip link add name here type veth peer name there && ip address add 10.9.0.1/24 dev here && "
             "ip link set here up && ip link set there up && ip neighbour add 10.9.0.2 lladdr "
             "02:00:00:00:00:02 dev here") == 0;
}

void send_udp(const char* to, uint16_t port, std::string_view payload) {
  Descriptor from(::socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, to, &address.sin_addr);
  ::sendto(from.get(), payload.data(), payload.size(), 0, reinterpret_cast<sockaddr*>(&address),
           sizeof address);
}

// A connection over the loopback interface, on which a message goes.
void send_tcp(uint16_t port, std::string_view message) {
  Descriptor listener(::socket(AF_INET, SOCK_STREAM, 0)), client(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::send(client.get(), message.data(), message.size(), 0), static_cast<ssize_t>(message.size()));
}

std::unique_ptr<RingSource> open_ring(const std::string& interface, const PacketSocketOptions& options = {}) {
  auto socket = open_packet_socket(interface, options);
  EXPECT_TRUE(socket.ok()) << (socket.ok() ? "" : socket.error().message());
  if (!socket.ok()) return nullptr;
  return std::move(RingSource::open(std::move(*socket), 0)).value();
}

// Until so many came, or for as long as the kernel may keep a block and more.
void read(RingSource& source, KeepingSink& sink, size_t count) {
  for (int rounds = 0; rounds < 50 && sink.kept.size() < count; ++rounds) {
    pollfd waited{source.descriptor(), POLLIN, 0};
    ::poll(&waited, 1, 10);
    ASSERT_TRUE(source.run(sink, 1'000).ok());
  }
}

TEST(RingSource, TakesMediaOfOurPortsAndNothingElse) {
  in_own_network([] {
    ASSERT_TRUE(bring_up("lo"));
    ASSERT_TRUE(make_pair());
    PacketSocketOptions options;
    options.media_only = PortRange{4'000, 4'999};
    auto source = open_ring("any", options);
    ASSERT_TRUE(source);
    for (uint16_t port : {3'999, 4'000, 4'999, 5'000}) send_udp("127.0.0.1", port, std::to_string(port));
    send_tcp(4'500, "no media");
    send_udp("10.9.0.2", 4'001, "what we send");
    // Longer than the interface takes at once.
    send_udp("127.0.0.1", 4'002, std::string(65'000, 'x') + "fragments");
    KeepingSink sink;
    read(*source, sink, 4);
    std::vector<std::string> ports;
    for (const auto& kept : sink.kept) ports.push_back(kept.destination.text());
    EXPECT_EQ(ports, (std::vector<std::string>{"127.0.0.1:4000", "127.0.0.1:4999", "127.0.0.1:4002"}));
    EXPECT_EQ(source->counters().ignored, 0u);
  });
}

TEST(RingSource, TakesUdpFromTheLoopbackInterfaceOnce) {
  in_own_network([] {
    ASSERT_TRUE(bring_up("lo"));
    auto source = open_ring("lo");
    ASSERT_TRUE(source);
    for (int i = 0; i < 100; ++i) send_udp("127.0.0.1", 4000, "packet " + std::to_string(i));
    KeepingSink sink;
    read(*source, sink, 101);
    ASSERT_EQ(sink.kept.size(), 100u);
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(sink.kept[i].payload, "packet " + std::to_string(i));
      EXPECT_EQ(sink.kept[i].destination.text(), "127.0.0.1:4000");
      EXPECT_GT(sink.kept[i].at.ns, 1'700'000'000 * kNsPerSec);
    }
    EXPECT_EQ(source->counters().datagrams, 100u);
    EXPECT_GE(source->counters().ignored, 100u);
    source->count_drops();
    EXPECT_EQ(source->counters().dropped, 0u);
  });
}

TEST(RingSource, AnyInterfaceSeesAll) {
  in_own_network([] {
    ASSERT_TRUE(bring_up("lo"));
    if (!make_pair()) GTEST_SKIP() << "no veth pair can be made here";
    auto source = open_ring("any");
    ASSERT_TRUE(source);
    send_udp("127.0.0.1", 4000, "over lo");
    send_udp("10.9.0.2", 4000, "over the pair");
    KeepingSink sink;
    read(*source, sink, 4);
    auto payloads = sink.payloads();
    EXPECT_EQ(std::count(payloads.begin(), payloads.end(), "over lo"), 1);
    // Sent by one end, received by the other: two sights of it, which the calls' logic tells apart.
    EXPECT_EQ(std::count(payloads.begin(), payloads.end(), "over the pair"), 2);
  });
}

TEST(RingSource, TakesWhatAMirrorPortBrings) {
  in_own_network([] {
    if (!make_pair()) GTEST_SKIP() << "no veth pair can be made here";
    auto source = open_ring("there");
    ASSERT_TRUE(source);
    send_udp("10.9.0.2", 4000, "for another host");
    KeepingSink sink;
    read(*source, sink, 1);
    ASSERT_EQ(sink.kept.size(), 1u);
    EXPECT_EQ(sink.kept[0].payload, "for another host");
    EXPECT_EQ(sink.kept[0].source.ip.text(), "10.9.0.1");
  });
}

TEST(RingSource, TheKernelLetsOnlySipThroughOfTcp) {
  in_own_network([] {
    ASSERT_TRUE(bring_up("lo"));
    PacketSocketOptions options;
    options.tcp_ports = {8060};
    auto source = open_ring("lo", options);
    ASSERT_TRUE(source);
    const std::string message = sip_message(1, 20);
    send_tcp(5062, message);
    send_tcp(8060, sip_message(2, 20));
    KeepingSink sink;
    read(*source, sink, 2);
    ASSERT_EQ(sink.kept.size(), 2u);
    EXPECT_EQ(sink.kept[0].payload, message);
    read(*source, sink, 3);  // how the connections ended
    const uint64_t packets = source->counters().packets;
    send_tcp(8080, std::string(100'000, 'x'));
    read(*source, sink, 3);
    EXPECT_EQ(source->counters().packets, packets);
  });
}

TEST(RingSource, CountsWhatTheKernelDrops) {
  in_own_network([] {
    ASSERT_TRUE(bring_up("lo"));
    PacketSocketOptions options;
    options.ring = {4096 * 2, 2};
    auto source = open_ring("lo", options);
    ASSERT_TRUE(source);
    for (int i = 0; i < 500; ++i) send_udp("127.0.0.1", 4000, std::string(500, 'x'));
    KeepingSink sink;
    read(*source, sink, 500);
    source->count_drops();
    EXPECT_GT(source->counters().dropped, 0u);
    // Each packet was seen twice by the kernel; each sight was read or dropped.
    EXPECT_EQ(source->counters().packets + source->counters().dropped, 1'000u);
    EXPECT_LT(sink.kept.size(), 500u);
    const uint64_t dropped = source->counters().dropped;
    source->count_drops();
    EXPECT_EQ(source->counters().dropped, dropped);
  });
}

TEST(RingSource, TheNextReaderGoesOnWhereTheLastOneWas) {
  in_own_network([] {
    ASSERT_TRUE(bring_up("lo"));
    PacketSocketOptions options;
    options.ring = {4096 * 4, 8};
    auto socket = open_packet_socket("lo", options);
    ASSERT_TRUE(socket.ok()) << socket.error().message();
    auto again = [&] {
      PacketSocket copy;
      copy.descriptor = Descriptor(::dup(socket->descriptor.get()));
      copy.interface_index = socket->interface_index;
      copy.link = socket->link;
      copy.ring = socket->ring;
      return std::move(RingSource::open(std::move(copy), 0)).value();
    };
    int sent = 0;
    size_t seen = 0;
    for (int reader = 0; reader < 20; ++reader) {
      auto source = again();
      for (int i = 0; i < 30; ++i)
        send_udp("127.0.0.1", 4000, std::to_string(sent++) + std::string(300, ' '));
      KeepingSink sink;
      read(*source, sink, 30);
      ASSERT_EQ(sink.kept.size(), 30u) << "reader " << reader;
      for (const auto& kept : sink.kept) EXPECT_EQ(std::stoul(kept.payload), seen++);
    }
    // And what came while nobody read.
    for (int i = 0; i < 30; ++i) send_udp("127.0.0.1", 4000, std::to_string(sent++) + std::string(300, ' '));
    std::this_thread::sleep_for(std::chrono::milliseconds(3 * kRingWaitMs));
    auto source = again();
    KeepingSink sink;
    read(*source, sink, 30);
    ASSERT_EQ(sink.kept.size(), 30u);
    EXPECT_EQ(std::stoul(sink.kept.front().payload), seen);
  });
}

TEST(RingSource, SaysWhatIsWrong) {
  in_own_network([] {
    auto absent = open_packet_socket("absent0", {});
    ASSERT_FALSE(absent.ok());
    EXPECT_EQ(absent.error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(absent.error().message(), "capture on absent0: no such interface: No such device");
    ASSERT_TRUE(bring_up("lo"));
    auto source = open_ring("lo");
    KeepingSink sink;
    EXPECT_TRUE(source->run(sink, 10).ok());
    ASSERT_EQ(std::system("ip link set lo down"), 0);
    EXPECT_FALSE(source->run(sink, 10).ok());
    ASSERT_TRUE(bring_up("lo"));
    send_udp("127.0.0.1", 4000, "up again");
    read(*source, sink, 1);
    EXPECT_EQ(sink.payloads(), std::vector<std::string>{"up again"});
  });
}

}  // namespace
}  // namespace ew::capture
