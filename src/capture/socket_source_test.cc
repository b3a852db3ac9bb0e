#include "capture/socket_source.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "capture/test_packets_internal.h"

namespace ew::capture {
namespace {

using testing_internal::KeepingSink;

struct Bound {
  Descriptor socket;
  Endpoint local;
};

Bound bind_udp(int family = AF_INET) {
  Bound bound{Descriptor(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0)), {}};
  sockaddr_storage address{};
  address.ss_family = static_cast<sa_family_t>(family);
  socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  if (family == AF_INET)
    reinterpret_cast<sockaddr_in&>(address).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else
    reinterpret_cast<sockaddr_in6&>(address).sin6_addr = in6addr_loopback;
  EXPECT_EQ(::bind(bound.socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ::getsockname(bound.socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  const uint16_t port = ntohs(family == AF_INET ? reinterpret_cast<sockaddr_in&>(address).sin_port
                                                : reinterpret_cast<sockaddr_in6&>(address).sin6_port);
  bound.local = *Endpoint::parse((family == AF_INET ? "127.0.0.1:" : "[::1]:") + std::to_string(port));
  return bound;
}

void send(const Bound& from, const Bound& to, std::string_view payload) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(to.socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  ASSERT_EQ(::sendto(from.socket.get(), payload.data(), payload.size(), 0,
                     reinterpret_cast<sockaddr*>(&address), size),
            static_cast<ssize_t>(payload.size()));
}

TEST(SocketSource, DeliversWithAddressesAndTime) {
  auto source = std::move(SocketSource::create(3)).value();
  for (int family : {AF_INET, AF_INET6}) {
    Bound mine = bind_udp(family), peer = bind_udp(family);
    ASSERT_TRUE(source->add(mine.socket.get(), mine.local).ok());
    KeepingSink sink;
    for (int i = 0; i < 70; ++i) send(peer, mine, "datagram " + std::to_string(i));
    ASSERT_TRUE(source->run(sink, 50).ok());
    EXPECT_EQ(sink.kept.size(), 50u);
    ASSERT_TRUE(source->run(sink, 50).ok());
    ASSERT_EQ(sink.kept.size(), 70u);
    for (int i = 0; i < 70; ++i) {
      EXPECT_EQ(sink.kept[i].payload, "datagram " + std::to_string(i));
      EXPECT_EQ(sink.kept[i].source, peer.local);
      EXPECT_EQ(sink.kept[i].destination, mine.local);
      EXPECT_EQ(sink.kept[i].ref.capture, 3u);
      if (i > 0) {
        EXPECT_GE(sink.kept[i].at, sink.kept[i - 1].at);
        EXPECT_EQ(sink.kept[i].ref.packet, sink.kept[i - 1].ref.packet + 1);
      }
    }
    EXPECT_GT(sink.kept[0].at.ns, 1'700'000'000 * kNsPerSec);
    source->remove(mine.local);
  }
  EXPECT_EQ(source->counters().datagrams, 140u);
  EXPECT_EQ(source->counters().dropped, 0u);
}

TEST(SocketSource, ReadsNoMoreFromASocketThatIsRemoved) {
  auto source = std::move(SocketSource::create(0)).value();
  Bound mine = bind_udp(), peer = bind_udp();
  const Endpoint local = mine.local;
  send(peer, mine, "before");
  ASSERT_TRUE(source->add(mine.socket.get(), local).ok());
  KeepingSink sink;
  ASSERT_TRUE(source->run(sink, 10).ok());
  source->remove(local);
  EXPECT_EQ(source->size(), 0u);
  send(peer, mine, "after");  // the socket is still open here
  ASSERT_TRUE(source->run(sink, 10).ok());
  EXPECT_EQ(sink.payloads(), std::vector<std::string>{"before"});
}

TEST(SocketSource, CutsAndCountsWhatIsTooLong) {
  auto source = std::move(SocketSource::create(0)).value();
  Bound mine = bind_udp(), peer = bind_udp();
  ASSERT_TRUE(source->add(mine.socket.get(), mine.local).ok());
  send(peer, mine, std::string(5'000, 'x'));
  send(peer, mine, "");
  KeepingSink sink;
  ASSERT_TRUE(source->run(sink, 10).ok());
  ASSERT_EQ(sink.kept.size(), 2u);
  EXPECT_EQ(sink.kept[0].payload.size(), SocketSource::kMaxDatagram);
  EXPECT_EQ(sink.kept[1].payload, "");
  EXPECT_EQ(source->counters().cut_short, 1u);
}

TEST(SocketSource, CountsWhatTheKernelDropped) {
  auto source = std::move(SocketSource::create(0)).value();
  Bound mine = bind_udp(), peer = bind_udp();
  const int small = 4'096;
  ::setsockopt(mine.socket.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  ASSERT_TRUE(source->add(mine.socket.get(), mine.local).ok());
  for (int i = 0; i < 200; ++i) send(peer, mine, std::string(1'000, 'x'));
  KeepingSink sink;
  ASSERT_TRUE(source->run(sink, 1'000).ok());
  ASSERT_LT(sink.kept.size(), 200u);
  // The kernel tells it with the next datagram that it has a place for.
  send(peer, mine, "tells");
  ASSERT_TRUE(source->run(sink, 1'000).ok());
  EXPECT_EQ(sink.kept.size() + source->counters().dropped, 201u);
}

}  // namespace
}  // namespace ew::capture
