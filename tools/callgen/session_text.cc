#include "callgen/session_text.h"

#include "callgen/speaker.h"

namespace callgen {
namespace {

std::string network(const Address& address) {
  return (address.is_v6 ? "IN IP6 " : "IN IP4 ") + address.text();
}

}  // namespace

std::string SessionText::text() const {
  std::string types, attributes;
  unsigned event_clock = 8000;
  for (const std::string& name : codecs) {
    const Codec* codec = codec_named(name);
    std::string type = std::to_string(codec->payload_type);
    types += " " + type;
    attributes += "a=rtpmap:" + type + " " + codec->rtpmap + "\r\n";
    if (name == "opus") attributes += "a=fmtp:" + type + " useinbandfec=1\r\n";
    event_clock = codec->clock_rate;
  }
  std::string event = std::to_string(kEventPayloadType);
  attributes += "a=rtpmap:" + event + " telephone-event/" + std::to_string(event_clock) +
                "\r\na=fmtp:" + event + " 0-15\r\n";
  attributes += "a=ptime:20\r\n";
  if (!crypto.empty()) attributes += "a=crypto:" + crypto + "\r\n";
  static constexpr const char* kWords[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
  attributes += std::string("a=") + kWords[static_cast<int>(direction)] + "\r\n";

  std::string out = "v=0\r\no=- " + std::to_string(id) + " " + std::to_string(version) + " " +
                    network(origin) + "\r\ns=call\r\nc=" + network(media.address) + "\r\nt=0 0\r\n";
  out += "m=audio " + std::to_string(media.port) + (crypto.empty() ? " RTP/AVP" : " RTP/SAVP") + types + " " +
         event + "\r\n" + attributes;
  if (video == Video::kNone) return out;
  bool offered = video == Video::kOffered;
  out +=
      "m=video " + std::to_string(offered ? media.port + 2 : 0) + " RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";
  return offered ? out + "a=fmtp:96 profile-level-id=42801F\r\n" : out;
}

}  // namespace callgen
