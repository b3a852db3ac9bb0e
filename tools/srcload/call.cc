#include "srcload/call.h"

#include "base/time.h"
#include "net/socket_address.h"

namespace srcload {
namespace {

std::string destination(const sockaddr_in& address) {
  sockaddr_storage storage{};
  std::memcpy(&storage, &address, sizeof address);
  return ew::from_sockaddr(storage).text();
}

std::string hex(uint32_t value) {
  const uint8_t bytes[4] = {static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16),
                            static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
  return ew::to_hex(bytes);
}

}  // namespace

// No text in it comes from the wire, but for addresses that were parsed.
std::string Call::truth(const ew::IpAddress& media, uint16_t port, uint32_t seed) const {
  std::string text = "{\"session\": " + std::to_string(number) + ", \"seed\": " + std::to_string(seed) +
                     ", \"call_id\": \"" + dialog->call_id() + "\", \"session_id\": \"" +
                     dialog->session_id() + "\", \"caller\": \"" + dialog->caller() + "\", \"callee\": \"" +
                     dialog->callee() + "\", \"status\": " + std::to_string(status) + ", \"trouble\": \"" +
                     trouble + "\", \"answer_us\": " + std::to_string(answer_ns / 1'000) + ", \"streams\": [";
  for (uint32_t stream = 0; stream < 2 && packets > 0; ++stream) {
    text +=
        std::string(stream ? ", " : "") + "{\"label\": \"" + std::to_string(stream + 1) + "\", \"ssrc\": \"" +
        hex(ssrc[stream]) + "\", \"source\": \"" + media.text() + ":" + std::to_string(port + 2 * stream) +
        "\", \"destination\": \"" + destination(to[stream]) + "\", \"packets\": " + std::to_string(packets) +
        ", \"first_sequence\": " + std::to_string(first[stream]) +
        ", \"last_sequence\": " + std::to_string(static_cast<uint16_t>(first[stream] + packets - 1)) + "}";
  }
  text += "]";
  if (pause)
    text += ", \"pause\": {\"asked\": " + std::to_string(pause->asked) +
            ", \"begun\": " + std::to_string(pause->begun) +
            ", \"resume_asked\": " + std::to_string(pause->resume_asked) +
            ", \"over\": " + std::to_string(pause->over) + "}";
  return text + "}\n";
}

}  // namespace srcload
