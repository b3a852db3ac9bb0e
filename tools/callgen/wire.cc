#include "callgen/wire.h"

#include <algorithm>

#include "base/time.h"

namespace callgen {

using ew::kNsPerMs;
using ew::kNsPerUs;

Wire::Wire(const Scenario& scenario, Random random)
    : scenario_(scenario), random_(random), to_retransmit_(scenario.retransmit) {}

void Wire::datagram(int64_t at_ns, const Host& source, const Host& destination, uint8_t dscp,
                    ew::Bytes payload) {
  packets_.push_back({at_ns, source, destination, dscp, std::move(payload), false, {}});
}

void Wire::message(int64_t at_ns, const Host& source, const Host& destination, const std::string& transport,
                   const std::string& label, const std::string& text) {
  if (transport == "tcp") {
    auto key = std::minmax(source.address, destination.address);
    auto [found, added] = connections_.try_emplace({key.first, key.second});
    Connection& connection = found->second;
    if (added) {
      uint16_t port = static_cast<uint16_t>(random_.between(32768, 60999));
      connection = {{source.address, port}, destination, {}};
    }
    connection.spoken.push_back({at_ns, source.address == connection.client.address, text});
    return;
  }
  uint8_t dscp = scenario_.frames.dscp_signalling;
  ew::Bytes bytes(text.begin(), text.end());
  datagram(at_ns, source, destination, dscp, bytes);
  auto again = std::find(to_retransmit_.begin(), to_retransmit_.end(), label);
  if (again == to_retransmit_.end()) return;
  to_retransmit_.erase(again);
  datagram(at_ns + 500 * kNsPerMs, source, destination, dscp, bytes);  // T1 of RFC 3261
}

void Wire::segment(int64_t at_ns, const Connection& connection, bool by_client, uint8_t flags,
                   uint32_t (&next)[2], std::string_view bytes) {
  Packet packet;
  packet.at_ns = at_ns;
  packet.source = by_client ? connection.client : connection.server;
  packet.destination = by_client ? connection.server : connection.client;
  packet.is_tcp = true;
  packet.payload.assign(bytes.begin(), bytes.end());
  packet.segment = {next[by_client ? 0 : 1], flags & kAck ? next[by_client ? 1 : 0] : 0, flags, {}};
  packets_.push_back(std::move(packet));
  next[by_client ? 0 : 1] += static_cast<uint32_t>(bytes.size()) + (flags & (kSyn | kFin) ? 1 : 0);
}

// Handshake, then what both sides said, cut into segments as the scenario wants.
void Wire::play(Connection& connection) {
  std::stable_sort(connection.spoken.begin(), connection.spoken.end(),
                   [](const Spoken& a, const Spoken& b) { return a.at_ns < b.at_ns; });
  uint32_t next[2] = {static_cast<uint32_t>(random_.next()), static_cast<uint32_t>(random_.next())};
  int64_t start = connection.spoken.front().at_ns - kNsPerMs;
  segment(start, connection, true, kSyn, next, "");
  segment(start + 100 * kNsPerUs, connection, false, kSyn | kAck, next, "");
  segment(start + 200 * kNsPerUs, connection, true, kAck, next, "");
  for (size_t i = 0; i < connection.spoken.size();) {
    Spoken run = connection.spoken[i++];
    // Messages close together leave in one stream of bytes, so that a segment can hold the end of one and the
    // next.
    while (scenario_.tcp.random_segments && i < connection.spoken.size() &&
           connection.spoken[i].by_client == run.by_client &&
           connection.spoken[i].at_ns - run.at_ns < 10 * kNsPerMs)
      run.text += connection.spoken[i++].text;
    int64_t at = run.at_ns;
    size_t first = packets_.size();
    for (size_t from = 0; from < run.text.size(); at += 60 * kNsPerUs) {
      size_t size = scenario_.tcp.segment;
      if (scenario_.tcp.random_segments)
        size = static_cast<size_t>(random_.between(1, static_cast<int64_t>(size)));
      segment(at, connection, run.by_client, kPsh | kAck, next,
              std::string_view(run.text).substr(from, size));
      from += size;
    }
    if (scenario_.tcp.swap)
      for (size_t p = first; p + 1 < packets_.size(); p += 2)
        std::swap(packets_[p].at_ns, packets_[p + 1].at_ns);
    for (size_t p = first, end = packets_.size(); scenario_.tcp.repeat && p < end; p += 4) {
      Packet again = packets_[p];
      again.at_ns += 3 * kNsPerMs;
      packets_.push_back(std::move(again));
    }
    segment(at, connection, !run.by_client, kAck, next, "");
  }
}

std::vector<Frame> Wire::finish() {
  for (auto& [addresses, connection] : connections_) play(connection);
  std::stable_sort(packets_.begin(), packets_.end(),
                   [](const Packet& a, const Packet& b) { return a.at_ns < b.at_ns; });
  FrameBuilder builder(scenario_.frames);
  std::vector<Frame> frames;
  for (Packet& packet : packets_) {
    packet.segment.payload = packet.payload;
    auto made = packet.is_tcp ? builder.tcp(packet.source, packet.destination, packet.segment)
                              : builder.udp(packet.source, packet.destination, packet.dscp, packet.payload);
    if (scenario_.swap_fragments) std::reverse(made.begin(), made.end());
    for (ew::Bytes& bytes : made) frames.push_back({packet.at_ns, std::move(bytes)});
  }
  return frames;
}

}  // namespace callgen
