#include "node/pasted_text.h"

#include <algorithm>

#include "base/text.h"
#include "sip/message.h"

namespace ew::node {
namespace {

constexpr std::string_view kEnd = "\r\n";
// Around a body that came alone: an INVITE with which nothing is wrong.
constexpr std::string_view kEnvelope =
    "INVITE sip:srs@192.0.2.1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKexample\r\n"
    "From: <sip:src@192.0.2.10>;tag=example\r\n"
    "To: <sip:srs@192.0.2.1>\r\n"
    "Call-ID: example@192.0.2.10\r\n"
    "CSeq: 1 INVITE\r\n"
    "Max-Forwards: 70\r\n"
    "Require: siprec\r\n"
    "Contact: <sip:src@192.0.2.10:5060>;+sip.src\r\n";

// Without its line end.
std::string_view take_line(std::string_view& text) {
  size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_start(std::string_view line) {
  return (line.starts_with("SIP/2.0 ") || line.ends_with(" SIP/2.0")) && sip::looks_like_sip(as_bytes(line));
}

bool is_rule(std::string_view line) { return line.starts_with("====="); }

bool is_length(std::string_view line) {
  std::string_view name = trim(line.substr(0, std::min(line.find(':'), line.size())));
  return equals_ignore_case(name, "Content-Length") || equals_ignore_case(name, "l");
}

// Head and body with CRLF, without the empty lines that followed in the text.
std::string finished(std::string head, std::string body) {
  while (body.ends_with("\r\n\r\n")) body.resize(body.size() - kEnd.size());
  if (body == kEnd) body.clear();
  return std::move(head) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string wrapped(std::string_view text) {
  std::string head(kEnvelope), body;
  std::string_view first = trim(text.substr(0, text.find('\n')));
  if (first.starts_with("--")) {
    head += "Content-Type: multipart/mixed;boundary=\"" + std::string(first.substr(2)) + "\"\r\n";
  } else if (first.starts_with("<")) {
    head += "Content-Type: application/rs-metadata+xml\r\nContent-Disposition: recording-session\r\n";
  } else {
    head += "Content-Type: application/sdp\r\n";
  }
  while (!text.empty()) body += std::string(take_line(text)) + std::string(kEnd);
  return finished(std::move(head), std::move(body));
}

}  // namespace

PastedText messages_in(std::string_view text) {
  PastedText result;
  std::string head, body;
  bool is_open = false, in_body = false;
  auto close = [&] {
    if (!std::exchange(is_open, false)) return;
    if (result.messages.size() < PastedText::kMaxMessages)
      result.messages.push_back(finished(std::exchange(head, {}), std::exchange(body, {})));
    else
      result.cut = true;
  };
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = take_line(rest);
    if (is_start(line) || is_rule(line)) {
      close();
      head.clear();
      body.clear();
      is_open = is_start(line);
      in_body = false;
      if (is_open) head = std::string(line) + std::string(kEnd);
    } else if (is_open && in_body) {
      body += std::string(line) + std::string(kEnd);
    } else if (is_open && line.empty()) {
      in_body = true;
    } else if (is_open && !is_length(line)) {
      head += std::string(line) + std::string(kEnd);
    }
  }
  close();
  if (!result.messages.empty()) return result;
  std::string_view alone = trim(text);
  for (std::string_view begin : {"--", "v=0", "m=", "<"})
    if (alone.starts_with(begin)) result.is_body_only = true;
  if (result.is_body_only) result.messages.push_back(wrapped(alone));
  return result;
}

}  // namespace ew::node
