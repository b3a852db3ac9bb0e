// What one received packet costs its reader: out of a packet ring, or out of UDP sockets. Another process
// sends RTP-sized datagrams to many ports of the loopback interface at a steady rate; the reader's processor
// time is measured, of user and kernel together, and what was lost.
//
// usage: receive_path_bench ring|sockets PORTS PACKETS_PER_SECOND SECONDS      (ring: as root)
#include <arpa/inet.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/time.h"
#include "capture/ring_source.h"
#include "capture/socket_source.h"

namespace {

using namespace ew;

constexpr uint16_t kFirstPort = 20'000;
constexpr size_t kRtpBytes = 172;

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Descriptor bound(uint16_t port) {
  Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
  sockaddr_in address = loopback(port);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return socket;
  std::perror("bind");
  std::exit(1);
}

// Every millisecond a share, one packet for each port in turn, as calls bring them.
[[noreturn]] void send(uint16_t ports, uint64_t per_second, int64_t seconds) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  SystemClock clock;
  Descriptor from(::socket(AF_INET, SOCK_DGRAM, 0));
  const Bytes packet(kRtpBytes, 0x80);
  const int64_t began = clock.monotonic_ns();
  uint64_t sent = 0;
  for (int64_t passed = 0; passed < seconds * kNsPerSec; passed = clock.monotonic_ns() - began) {
    const auto due =
        static_cast<uint64_t>(static_cast<double>(passed) * 1e-9 * static_cast<double>(per_second));
    for (; sent < due; ++sent) {
      const sockaddr_in to = loopback(static_cast<uint16_t>(kFirstPort + sent % ports));
      ::sendto(from.get(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to),
               sizeof to);
    }
    ::poll(nullptr, 0, 1);
  }
  std::printf("sent       %lu\n", static_cast<unsigned long>(sent));
  std::fflush(stdout);
  ::_exit(0);
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Counting : capture::DatagramSink {
  void on_datagram(const Datagram& datagram) override { bytes += datagram.payload.size(); }
  uint64_t bytes = 0;
};

void read(capture::Source& source, int descriptor, int64_t seconds) {
  SystemClock clock;
  Counting sink;
  const int64_t until = clock.monotonic_ns() + (seconds + 1) * kNsPerSec;
  const double before = cpu_seconds();
  while (clock.monotonic_ns() < until) {
    pollfd waited{descriptor, POLLIN, 0};
    ::poll(&waited, 1, 20);
    if (!source.run(sink, 2'048).ok()) break;
  }
  const double used = cpu_seconds() - before;
  const uint64_t taken = source.counters().datagrams;
  std::printf("received   %lu\nused       %.3f s\nper packet %.3f us\n", static_cast<unsigned long>(taken),
              used, taken == 0 ? 0 : used * 1e6 / static_cast<double>(taken));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s ring|sockets PORTS PACKETS_PER_SECOND SECONDS\n", argv[0]);
    return 2;
  }
  const bool is_ring = std::string(argv[1]) == "ring";
  const auto ports = static_cast<uint16_t>(std::atoi(argv[2]));
  const auto rate = static_cast<uint64_t>(std::atoll(argv[3]));
  const int64_t seconds = std::atoll(argv[4]);
  // The ports are open in either case, or the kernel would answer each packet.
  std::vector<Descriptor> ports_open;
  std::unique_ptr<capture::RingSource> ring;
  auto sockets = std::move(capture::SocketSource::create(0)).value();
  if (is_ring) {
    for (uint16_t i = 0; i < ports; ++i) ports_open.push_back(bound(static_cast<uint16_t>(kFirstPort + i)));
    auto socket = capture::open_packet_socket("lo", {});
    if (!socket.ok()) {
      std::fprintf(stderr, "%s\n", socket.error().message().c_str());
      return 1;
    }
    ring = std::move(capture::RingSource::open(std::move(*socket), 0)).value();
  }
  for (uint16_t i = 0; !is_ring && i < ports; ++i) {
    const Endpoint local = *Endpoint::parse("127.0.0.1:" + std::to_string(kFirstPort + i));
    ports_open.push_back(bound(static_cast<uint16_t>(kFirstPort + i)));
    if (!sockets->add(ports_open.back().get(), local).ok()) return 1;
  }
  const pid_t sender = ::fork();
  if (sender == 0) send(ports, rate, seconds);
  if (ring)
    read(*ring, ring->descriptor(), seconds);
  else
    read(*sockets, sockets->descriptor(), seconds);
  if (ring) ring->count_drops();
  const capture::SourceCounters& counters = ring ? ring->counters() : sockets->counters();
  std::printf("dropped    %lu\n", static_cast<unsigned long>(counters.dropped));
  ::waitpid(sender, nullptr, 0);
  return 0;
}
