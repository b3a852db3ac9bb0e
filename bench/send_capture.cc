// Sends the frames of a capture on an interface at the pace at which they were captured, as a mirror port
// would: up to 64 with one system call, out of the mapped file.
//
// usage: send_capture FILE INTERFACE [SPEED]       (as root; classic pcap or pcapng of Ethernet)
//
// Prints a line of JSON: frames sent, seconds, those that left more than 20 ms late and by how much at most,
// processor time. Frames that the device does not take at once are tried again, so all are sent.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/descriptor.h"
#include "base/time.h"
#include "capture/file_cursor.h"
#include "net/socket_option.h"

namespace {

using namespace ew;

constexpr size_t kAtOnce = 64;
constexpr int64_t kLateNs = 20 * kNsPerMs;

int fail(const std::string& what) {
  std::fprintf(stderr, "send_capture: %s\n", what.c_str());
  return 1;
}

Descriptor open_device(const char* name) {
  Descriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(::if_nametoindex(name));
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) socket.reset();
  // Straight to the device: no queue that drops.
  if (socket) (void)set_socket_option(socket.get(), SOL_PACKET, PACKET_QDISC_BYPASS, int{1});
  return socket;
}

// Frames that wait to be sent with one system call.
class Batch {
 public:
  explicit Batch(int socket) : socket_(socket) {}

  void add(ByteView frame) {
    pieces_[size_] = {const_cast<uint8_t*>(frame.data()), frame.size()};
    messages_[size_] = {};
    messages_[size_].msg_hdr.msg_iov = &pieces_[size_];
    messages_[size_].msg_hdr.msg_iovlen = 1;
    if (++size_ == kAtOnce) send();
  }
  void send() {
    for (size_t sent = 0; sent < size_;) {
      const int count = ::sendmmsg(socket_, &messages_[sent], static_cast<unsigned>(size_ - sent), 0);
      if (count > 0) sent += static_cast<size_t>(count);
    }
    size_ = 0;
  }

 private:
  const int socket_;
  size_t size_ = 0;
  std::array<iovec, kAtOnce> pieces_;
  std::array<mmsghdr, kAtOnce> messages_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return fail("FILE INTERFACE [SPEED]");
  const double speed = argc > 3 ? std::atof(argv[3]) : 1.0;
  auto bytes = capture::FileBytes::map(argv[1]);
  if (!bytes.ok()) return fail(bytes.error().message());
  auto file = capture::FileCursor::open(argv[1], std::move(*bytes));
  if (!file.ok()) return fail(file.error().message());
  const Descriptor device = open_device(argv[2]);
  if (!device) return fail(std::string(argv[2]) + ": cannot be sent on");

  SystemClock clock;
  Batch batch(device.get());
  uint64_t frames = 0, late = 0;
  int64_t late_most = 0, first = 0, began = 0, now = 0;
  for (; !file->ended(); file->next()) {
    const pcap::Record& packet = file->record();
    if (frames == 0) {
      first = packet.at.ns;
      began = now = clock.monotonic_ns();
    }
    const int64_t due = began + static_cast<int64_t>(static_cast<double>(packet.at.ns - first) / speed);
    if (due > now) {
      batch.send();
      now = clock.monotonic_ns();
      if (due > now) std::this_thread::sleep_for(std::chrono::nanoseconds(due - now));
      now = clock.monotonic_ns();
    }
    if (now - due > kLateNs) ++late;
    late_most = std::max(late_most, now - due);
    batch.add(packet.bytes);
    ++frames;
  }
  batch.send();
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  std::printf(
      "{\"frames\": %llu, \"seconds\": %.3f, \"late\": %llu, \"late_ms_max\": %.1f, \"cpu_s\": %.2f}\n",
      static_cast<unsigned long long>(frames), static_cast<double>(clock.monotonic_ns() - began) * 1e-9,
      static_cast<unsigned long long>(late), static_cast<double>(late_most) * 1e-6,
      static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
          static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6);
}
