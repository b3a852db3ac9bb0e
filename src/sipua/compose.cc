#include "sipua/compose.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/crypto.h"

namespace ew::sipua {
namespace {

constexpr uint16_t kDefaultPort = 5060;

bool breaks_line(char c) { return c == '\r' || c == '\n' || c == '\0'; }

struct HostPort {
  std::string_view host;
  uint16_t port = 0;  // 0 if absent
};

HostPort split_sent_by(std::string_view sent_by) {
  size_t colon = sent_by.rfind(':');
  bool in_brackets = sent_by.rfind(']') != sent_by.npos && sent_by.rfind(']') > colon;
  if (colon == sent_by.npos || in_brackets) return {sent_by, 0};
  return {trim(sent_by.substr(0, colon)),
          static_cast<uint16_t>(parse_number(trim(sent_by.substr(colon + 1)), UINT16_MAX).value_or(0))};
}

// The position behind the parameter that begins at `from` (its semicolon), quotes taken into account.
size_t parameter_end(std::string_view text, size_t from) {
  bool quoted = false;
  for (size_t i = from + 1; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ';' && !quoted) {
      return i;
    }
  }
  return text.size();
}

// The top Via as the response has it. What the sender wrote of `received` is not believed.
std::string marked_via(std::string_view via, const Flow& flow) {
  std::string text = line_safe(via);
  size_t semicolon = std::min(text.find(';'), text.size());
  std::string result = text.substr(0, semicolon);
  bool wants_port = false;
  for (size_t at = semicolon; at < text.size();) {
    size_t end = parameter_end(text, at);
    std::string_view one = std::string_view(text).substr(at, end - at);
    std::string_view name = trim(one.substr(1, one.find('=') == one.npos ? one.npos : one.find('=') - 1));
    bool is_port = equals_ignore_case(name, "rport");
    wants_port |= is_port;
    if (!is_port && !equals_ignore_case(name, "received")) result += one;
    at = end;
  }
  std::string_view head = trim(std::string_view(text).substr(0, semicolon));
  size_t space = head.find_last_of(" \t");
  std::string_view host = split_sent_by(space == head.npos ? head : head.substr(space + 1)).host;
  auto ip = IpAddress::parse(host);
  if (wants_port || !ip || *ip != flow.remote.ip) result += ";received=" + flow.remote.ip.text();
  if (wants_port) result += ";rport=" + std::to_string(flow.remote.port);
  return result;
}

}  // namespace

std::string line_safe(std::string_view value) {
  std::string text = sip::unfolded(value);
  std::replace_if(text.begin(), text.end(), breaks_line, ' ');
  return std::string(trim(text));
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string uri_safe(std::string_view uri) {
  for (char c : uri)
    if (static_cast<uint8_t>(c) <= ' ' || c == '<' || c == '>' || c == '"' || c == 0x7f) return {};
  return std::string(uri);
}

Composer Composer::request(std::string_view method, std::string_view uri) {
  Composer composer;
  composer.text_.reserve(1024);
  composer.text_.append(method).append(" ").append(uri).append(" SIP/2.0\r\n");
  return composer;
}

Composer Composer::response(int status) {
  Composer composer;
  composer.text_.reserve(1024);
  composer.text_.append("SIP/2.0 ").append(std::to_string(status)).append(" ");
  composer.text_.append(reason_of(status)).append("\r\n");
  return composer;
}

Composer& Composer::header(std::string_view name, std::string_view value) {
  text_.append(name).append(": ").append(line_safe(value)).append("\r\n");
  return *this;
}

Composer& Composer::headers(const Headers& headers) {
  for (const auto& [name, value] : headers) header(name, value);
  return *this;
}

Composer& Composer::lines(std::string_view lines) {
  text_.append(lines);
  return *this;
}

std::string Composer::finish(const Content& content) {
  headers(content.headers);
  if (!content.type.empty()) header("Content-Type", content.type);
  if (!content.disposition.empty()) header("Content-Disposition", content.disposition);
  text_.append("Content-Length: ").append(std::to_string(content.body.size())).append("\r\n\r\n");
  text_.append(content.body);
  return std::move(text_);
}

std::string echoed(const sip::Message& request, const Flow& flow, std::string_view to_tag) {
  std::string lines;
  auto add = [&lines](std::string_view name, std::string_view value) {
    lines.append(name).append(": ").append(value).append("\r\n");
  };
  bool top = true;
  for (std::string_view via : request.values(sip::Header::kVia)) {
    add("Via", top ? marked_via(via, flow) : line_safe(via));
    top = false;
  }
  add("From", line_safe(request.value(sip::Header::kFrom)));
  std::string to = line_safe(request.value(sip::Header::kTo));
  if (!to_tag.empty() && request.to_tag().empty()) to.append(";tag=").append(to_tag);
  add("To", to);
  add("Call-ID", line_safe(request.call_id()));
  add("CSeq", line_safe(request.value(sip::Header::kCSeq)));
  return lines;
}

Flow response_flow(const sip::Message& request, const Flow& flow) {
  Flow back = flow;
  auto via = request.top_via();
  if (flow.is_reliable() || !via) return back;
  // An empty rport is told apart from none by looking for the word: sip::Via has no room for the difference.
  std::string_view top = request.values(sip::Header::kVia).front();
  bool wants_port = sip::parameter(top.substr(std::min(top.find(';'), top.size())), "rport").has_value();
  if (wants_port) return back;
  uint16_t port = split_sent_by(via->sent_by).port;
  back.remote.port = port != 0 ? port : kDefaultPort;
  return back;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 100:
      return "Trying";
    case 180:
      return "Ringing";
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 413:
      return "Request Entity Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Unsupported URI Scheme";
    case 420:
      return "Bad Extension";
    case 421:
      return "Extension Required";
    case 422:
      return "Session Interval Too Small";
    case 481:
      return "Call/Transaction Does Not Exist";
    case 482:
      return "Loop Detected";
    case 487:
      return "Request Terminated";
    case 488:
      return "Not Acceptable Here";
    case 489:
      return "Bad Event";
    case 491:
      return "Request Pending";
    case 500:
      return "Server Internal Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "Version Not Supported";
    default:
      return "Refused";
  }
}

std::string random_token(size_t bytes) {
  Bytes random(bytes);
  crypto::random_bytes(random);
  return to_hex(random);
}

}  // namespace ew::sipua
