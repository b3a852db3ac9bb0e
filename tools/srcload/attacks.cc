#include "srcload/attacks.h"

#include <sys/socket.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>

#include "base/time.h"
#include "srcload/channel.h"
#include "srcload/media.h"
#include "srcload/mutation.h"
#include "srcload/payload.h"

namespace srcload {
namespace {

constexpr size_t kMaxDatagram = 65'000;
constexpr uint64_t kPerConnection = 50;
constexpr uint32_t kForeignSsrc = 0xbadf00d1;

// Calls act(number) `count` times, `rate` a second; what was late is caught up with. After each group,
// `after`. Seconds that it took.
double paced(uint64_t count, double rate, const std::function<void(uint64_t)>& act,
             const std::function<void()>& after) {
  const ew::SystemClock clock;
  const int64_t began = clock.monotonic_ns();
  auto passed = [&] { return static_cast<double>(clock.monotonic_ns() - began) / 1e9; };
  for (uint64_t done = 0; done < count;) {
    const uint64_t due = std::min(count, static_cast<uint64_t>(passed() * rate) + 1);
    for (; done < due; ++done) act(done);
    after();
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  return passed();
}

std::string flood_message(uint64_t number, const ew::Endpoint& from, const ew::Endpoint& to) {
  static constexpr const char* kMethods[] = {"OPTIONS", "INVITE", "REGISTER"};
  const std::string id = std::to_string(number), ip = from.text();
  if (number % 4 == 3) {
    callgen::Random random(number);
    std::string garbage;
    for (uint64_t i = random.below(1'200); i > 0; --i) garbage += static_cast<char>(random.next());
    return garbage;
  }
  const std::string method = kMethods[number % 4];
  const std::string body = method != "INVITE"
                               ? ""
                               : "v=0\r\no=- 1 1 IN IP4 " + from.ip.text() + "\r\ns=-\r\nc=IN IP4 " +
                                     from.ip.text() + "\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0 8\r\n";
  return method + " sip:anyone@" + to.text() + " SIP/2.0\r\nVia: SIP/2.0/UDP " + ip +
         ";rport;branch=z9hG4bKf" + id + "\r\nMax-Forwards: 70\r\nFrom: <sip:flood@" + ip + ">;tag=" + id +
         "\r\nTo: <sip:anyone@" + to.text() + ">\r\nCall-ID: flood-" + id + "\r\nCSeq: 1 " + method +
         "\r\nContact: <sip:flood@" + ip + ">\r\n" +
         (body.empty() ? "" : "Content-Type: application/sdp\r\n") +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

ew::Status spray(const SprayOptions& options) {
  auto socket = TRY(MediaSocket::open(options.from_port));
  const uint32_t ports = uint32_t{options.last} - options.first + 1;
  const uint32_t source = address_number(options.from);
  const auto count = static_cast<uint64_t>(options.rate * options.seconds);
  auto send = [&](uint64_t number) {
    const ew::Endpoint to{options.to, static_cast<uint16_t>(options.first + number % ports)};
    uint8_t* packet = socket.add(source, socket_address(to), kRtpHeader + kPayloadSize);
    const auto index = static_cast<uint32_t>(number / ports);
    write_rtp_header(packet, false, static_cast<uint16_t>(index), index * 160, kForeignSsrc);
    std::memset(packet + kRtpHeader, 0x2a, kPayloadSize);  // loud, in A-law
  };
  const double took = paced(count, options.rate, send, [&] { socket.flush(); });
  std::printf("{\"packets\": %lu, \"not_sent\": %lu, \"seconds\": %.1f}\n",
              static_cast<unsigned long>(socket.sent()), static_cast<unsigned long>(socket.refused()), took);
  return {};
}

ew::Status mutate(const MutateOptions& options) {
  const auto seeds = TRY(mutation_seeds(options.samples));
  std::unique_ptr<Channel> channel;
  uint64_t on_this = 0, answers = 0, connections = 0, bytes = 0;
  ew::Status trouble;
  auto read = [&] {
    if (channel && !channel->receive([&](std::string_view) { ++answers; })) channel.reset();
  };
  auto send = [&](uint64_t number) {
    if (!channel || (channel->is_reliable() && on_this == kPerConnection)) {
      auto opened = Channel::open(options.transport, {options.from, 0}, options.to);
      if (!opened.ok()) {
        trouble = std::move(opened).error();
        return;
      }
      channel = std::move(*opened);
      on_this = 0;
      ++connections;
    }
    std::string text = mutated(seeds, options.seed, options.first + number);
    if (!channel->is_reliable() && text.size() > kMaxDatagram) text.resize(kMaxDatagram);
    channel->send(text);
    bytes += text.size();
    ++on_this;
    read();
  };
  const double took = paced(options.messages, options.rate, send, read);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  read();
  TRY(std::move(trouble));
  std::printf(
      "{\"messages\": %lu, \"seeds\": %zu, \"bytes\": %lu, \"answers\": %lu, \"connections\": %lu, "
      "\"seconds\": %.1f}\n",
      static_cast<unsigned long>(options.messages), seeds.size(), static_cast<unsigned long>(bytes),
      static_cast<unsigned long>(answers), static_cast<unsigned long>(connections), took);
  return {};
}

ew::Status flood(const FloodOptions& options) {
  auto channel = TRY(Channel::open(ew::Transport::kUdp, {options.from, 0}, options.to));
  const auto count = static_cast<uint64_t>(options.rate * options.seconds);
  uint64_t answers = 0;
  auto send = [&](uint64_t number) { channel->send(flood_message(number, channel->local(), options.to)); };
  const double took =
      paced(count, options.rate, send, [&] { channel->receive([&](std::string_view) { ++answers; }); });
  std::printf("{\"messages\": %lu, \"answers\": %lu, \"not_sent\": %lu, \"seconds\": %.1f}\n",
              static_cast<unsigned long>(count), static_cast<unsigned long>(answers),
              static_cast<unsigned long>(channel->unsent()), took);
  return {};
}

}  // namespace srcload
