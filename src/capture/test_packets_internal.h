// What the tests of this module share: packets made by hand and a sink that keeps what it was given.
#pragma once

#include <string>
#include <vector>

#include "capture/source.h"
#include "pcap/dissect.h"
#include "pcap/frame_builder.h"
#include "pcap/writer.h"

namespace ew::capture::testing_internal {

struct Kept {
  WallTime at;
  PacketRef ref;
  Endpoint source, destination;
  Transport transport;
  std::string payload;
  bool operator==(const Kept&) const = default;
};

class KeepingSink : public DatagramSink {
 public:
  void on_datagram(const Datagram& datagram) override {
    kept.push_back({datagram.at, datagram.ref, datagram.source, datagram.destination, datagram.transport,
                    std::string(as_text(datagram.payload))});
  }
  std::vector<std::string> payloads() const {
    std::vector<std::string> all;
    for (const Kept& one : kept) all.push_back(one.payload);
    return all;
  }
  std::vector<Kept> kept;
};

inline Endpoint endpoint(int host, uint16_t port) {
  const uint8_t four[] = {10, 0, static_cast<uint8_t>(host >> 8), static_cast<uint8_t>(host)};
  return {IpAddress::v4(four), port};
}

inline Bytes udp_frame(std::string_view payload, int host = 1) {
  Bytes frame;
  pcap::build_udp_frame({endpoint(host, 5060), endpoint(2, 5060)}, as_bytes(payload), frame);
  return frame;
}

// One SIP message; `number` and the body make it unlike others.
inline std::string sip_message(int number, size_t body) {
  std::string content(body, static_cast<char>('a' + number % 26));
  return "MESSAGE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/TCP a.example.org;branch=z9hG4bK" +
         std::to_string(number) +
         "\r\nFrom: <sip:alice@example.org>;tag=1\r\nTo: <sip:bob@example.org>\r\nCall-ID: " +
         std::to_string(number) + "\r\nCSeq: 1 MESSAGE\r\nContent-Length: " + std::to_string(body) +
         "\r\n\r\n" + content;
}

}  // namespace ew::capture::testing_internal
