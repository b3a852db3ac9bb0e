#include "srcload/message.h"

#include "base/text.h"

namespace srcload {
namespace {

// Takes the first line, without its end.
std::string_view take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::string_view take_word(std::string_view& text) {
  const size_t end = text.find(' ');
  std::string_view word = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return word;
}

bool is_named(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' && ew::starts_with_ignore_case(line, name);
}

}  // namespace

std::string_view header(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    std::string_view line = take_line(head);
    if (is_named(line, name)) return ew::trim(line.substr(name.size() + 1));
  }
  return {};
}

std::string_view to_tag(std::string_view head) {
  std::string_view to = header(head, "To");
  const size_t at = to.find(";tag=");
  if (at == to.npos) return {};
  to.remove_prefix(at + 5);
  return to.substr(0, to.find_first_of("; >"));
}

std::optional<Message> read_message(std::string_view text) {
  const size_t end = text.find("\r\n\r\n");
  if (end == text.npos) return std::nullopt;
  Message message;
  message.head = text.substr(0, end + 2);
  message.body = text.substr(end + 4);
  std::string_view rest = message.head, first = take_line(rest);
  std::string_view word = take_word(first);
  if (word == "SIP/2.0")
    message.status = static_cast<int>(ew::parse_number(take_word(first), 699).value_or(0));
  std::string_view cseq = header(message.head, "CSeq");
  message.cseq = static_cast<uint32_t>(ew::parse_number(take_word(cseq), UINT32_MAX).value_or(0));
  message.method = ew::trim(cseq);
  message.call_id = header(message.head, "Call-ID");
  if (message.call_id.empty() || message.method.empty()) return std::nullopt;
  return message;
}

std::string response_to(const Message& request, int status, std::string_view reason) {
  std::string text = "SIP/2.0 " + std::to_string(status) + " " + std::string(reason) + "\r\n";
  for (std::string_view rest = request.head; !rest.empty();) {
    std::string_view line = take_line(rest);
    for (std::string_view name : {"Via", "From", "To", "Call-ID", "CSeq"})
      if (is_named(line, name)) text += std::string(line) + "\r\n";
  }
  return text + "Content-Length: 0\r\n\r\n";
}

std::vector<Line> read_answer(std::string_view sdp) {
  std::vector<Line> lines;
  ew::IpAddress session_address;
  while (!sdp.empty()) {
    std::string_view line = take_line(sdp);
    if (line.starts_with("m=")) {
      take_word(line);
      const auto port = ew::parse_number(take_word(line), 65'535);
      lines.push_back({{session_address, static_cast<uint16_t>(port.value_or(0))}, "sendrecv"});
    } else if (line.starts_with("c=")) {
      const auto address = ew::IpAddress::parse(line.substr(line.rfind(' ') + 1));
      (lines.empty() ? session_address : lines.back().media.ip) = address.value_or(ew::IpAddress());
    } else if (!lines.empty()) {
      for (std::string_view direction : {"recvonly", "inactive", "sendonly", "sendrecv"})
        if (line.substr(0, 2) == "a=" && line.substr(2) == direction) lines.back().direction = direction;
    }
  }
  return lines;
}

}  // namespace srcload
