#include "callgen/dialog.h"

#include <algorithm>
#include <map>

namespace callgen {
namespace {

constexpr const char* kAllow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY";

std::string upper_transport(const std::string& transport) { return transport == "tcp" ? "TCP" : "UDP"; }

// RFC 3261 section 7.3.3.
std::string compact_name(const std::string& name) {
  static const std::map<std::string, std::string> kForms = {
      {"Via", "v"},          {"From", "f"},           {"To", "t"},        {"Call-ID", "i"},  {"Contact", "m"},
      {"Content-Type", "c"}, {"Content-Length", "l"}, {"Supported", "k"}, {"Refer-To", "r"}, {"Event", "o"}};
  auto found = kForms.find(name);
  return found == kForms.end() ? name : found->second;
}

}  // namespace

std::string reason_of(int code) {
  static const std::map<int, std::string> kReasons = {{100, "Trying"},
                                                      {180, "Ringing"},
                                                      {181, "Call Is Being Forwarded"},
                                                      {183, "Session Progress"},
                                                      {200, "OK"},
                                                      {202, "Accepted"},
                                                      {302, "Moved Temporarily"},
                                                      {401, "Unauthorized"},
                                                      {403, "Forbidden"},
                                                      {404, "Not Found"},
                                                      {407, "Proxy Authentication Required"},
                                                      {408, "Request Timeout"},
                                                      {480, "Temporarily Unavailable"},
                                                      {486, "Busy Here"},
                                                      {487, "Request Terminated"},
                                                      {488, "Not Acceptable Here"},
                                                      {500, "Server Internal Error"},
                                                      {503, "Service Unavailable"},
                                                      {600, "Busy Everywhere"},
                                                      {603, "Decline"}};
  auto found = kReasons.find(code);
  return found == kReasons.end() ? "Failure" : found->second;
}

Dialog::Dialog(Wire& wire, Random random, DialogOptions options, std::vector<const Node*> path)
    : wire_(wire), random_(random), options_(std::move(options)), path_(std::move(path)) {
  tags_[0] = options_.caller_tag;
  tags_[1] = random_.hex(12);
  for (size_t side = 0; side < 2; ++side) {
    const Node& end = side == 0 ? *path_.front() : *path_.back();
    const std::string& user =
        end.user.empty() ? (side == 0 ? options_.caller : options_.callee).user : end.user;
    contacts_[side] =
        "sip:" + user + "@" + end.sip.text() + (options_.transport == "tcp" ? ";transport=tcp" : "");
    cseqs_[side] = static_cast<uint32_t>(random_.between(1, 60000));
  }
}

size_t Dialog::node_index(Side from, size_t position) const {
  return from == Side::kCaller ? position : path_.size() - 1 - position;
}

Transaction Dialog::begin(Side from, const std::string& method) {
  Transaction transaction;
  transaction.from = from;
  transaction.method = method;
  transaction.cseq = ++cseqs_[static_cast<int>(from)];
  for (size_t hop = 0; hop < hops(); ++hop) transaction.branches.push_back("z9hG4bK" + random_.hex(16));
  transaction.in_dialog = true;
  return transaction;
}

std::string Dialog::request_uri(const Transaction& transaction, size_t hop) const {
  if (transaction.in_dialog) return contact(other(transaction.from));
  if (hop + 1 == hops() && hops() > 1) return contact(Side::kCallee);
  return transaction.target_uri.empty() ? options_.dialled_uri : transaction.target_uri;
}

std::string Dialog::via(const Transaction& transaction, size_t position, bool received) const {
  const Node& sender = node(transaction.from, position);
  std::string text = "SIP/2.0/" + upper_transport(options_.transport) + " " + sender.sip.text();
  if (position == 0 && received) text += ";received=" + sender.sip.address.text();
  text += ";branch=" + transaction.branches[position];
  if (position == 0) text += received ? ";rport=" + std::to_string(sender.sip.port) : ";rport";
  return text;
}

std::string Dialog::party(Side side, bool with_tag) const {
  const Identity& who = side == Side::kCaller ? options_.caller : options_.callee;
  std::string text = who.name.empty() ? "" : "\"" + who.name + "\" ";
  text += "<sip:" + who.user + "@" + who.domain + ">";
  return with_tag ? text + ";tag=" + tag(side) : text;
}

Headers Dialog::common(const Transaction& transaction, size_t hop, bool response, bool with_to_tag) const {
  Headers headers;
  for (size_t position = hop + 1; position-- > 0;)
    headers.emplace_back("Via", via(transaction, position, response || hop > 0));
  headers.emplace_back("From", party(transaction.from, true));
  headers.emplace_back("To", party(other(transaction.from), with_to_tag));
  headers.emplace_back("Call-ID", options_.call_id);
  headers.emplace_back("CSeq", std::to_string(transaction.cseq) + " " + transaction.method);
  return headers;
}

void Dialog::send(int64_t at, const Node& source, const Node& destination, const std::string& label,
                  const std::string& start, const Headers& headers, const std::string& body) const {
  std::string text = start + "\r\n";
  auto put = [&](const std::string& name, const std::string& value) {
    text += options_.compact ? compact_name(name) : name;
    text += options_.folded && value.find(';') != std::string::npos ? " :\t" : ": ";
    std::string folded = value;
    size_t parameter = value.find(";");
    if (options_.folded && parameter != std::string::npos && name != "Contact" &&
        value.find('>') == std::string::npos)
      folded.insert(parameter, "\r\n ");
    else if (options_.folded && value.find(">;") != std::string::npos)
      folded.insert(value.find(">;") + 1, "\r\n\t");
    text += folded + "\r\n";
  };
  for (const auto& [name, value] : headers) put(name, value);
  put("Content-Length", std::to_string(body.size()));
  wire_.message(at, source.sip, destination.sip, options_.transport, label, text + "\r\n" + body);
}

int64_t Dialog::request(const Transaction& transaction, int64_t at, const Content& content, size_t first_hop,
                        size_t end_hop) {
  bool forms_dialog = !transaction.in_dialog && transaction.method == "INVITE";
  for (size_t hop = first_hop; hop < std::min(end_hop, hops()); ++hop) {
    Headers headers = common(transaction, hop, false, transaction.in_dialog);
    headers.insert(headers.begin() + static_cast<long>(hop) + 1, {"Max-Forwards", std::to_string(70 - hop)});
    for (size_t position = hop; forms_dialog && position > 0; --position)
      if (node(transaction.from, position).record_route)
        headers.emplace_back("Record-Route",
                             "<sip:" + node(transaction.from, position).sip.address.in_uri() + ";lr>");
    for (size_t position = hop + 1; transaction.in_dialog && position < hops(); ++position)
      if (node(transaction.from, position).record_route)
        headers.emplace_back("Route",
                             "<sip:" + node(transaction.from, position).sip.address.in_uri() + ";lr>");
    if (transaction.method != "BYE" && transaction.method != "ACK")
      headers.emplace_back("Contact", "<" + contact(transaction.from) + ">");
    headers.insert(headers.end(), content.headers.begin(), content.headers.end());
    headers.emplace_back("User-Agent", node(transaction.from, 0).agent);
    if (transaction.method == "INVITE") {
      headers.emplace_back("Allow", kAllow);
      headers.emplace_back("Supported", "replaces, timer");
    }
    std::string body = content.body ? content.body(node_index(transaction.from, hop)) : "";
    if (!body.empty()) headers.emplace_back("Content-Type", content.type);
    send(at, node(transaction.from, hop), node(transaction.from, hop + 1), transaction.method,
         transaction.method + " " + request_uri(transaction, hop) + " SIP/2.0", headers, body);
    at += hop_delay();
    // Every element on the way says that it is at work.
    if (transaction.method == "INVITE" && hop + 1 < hops())
      send(at - 100 * ew::kNsPerUs, node(transaction.from, hop + 1), node(transaction.from, hop), "100",
           "SIP/2.0 100 Trying", common(transaction, hop, true, transaction.in_dialog), "");
  }
  return at;
}

int64_t Dialog::respond(const Transaction& transaction, int64_t at, int code, const std::string& reason,
                        const Content& content, size_t first_hop, size_t last_hop) {
  bool forms_dialog = !transaction.in_dialog && transaction.method == "INVITE" && code > 100 && code < 300;
  size_t from_hop = std::min(first_hop, hops() - 1);
  const Node& responder = node(transaction.from, from_hop + 1);
  for (size_t hop = from_hop + 1; hop-- > last_hop;) {
    Headers headers = common(transaction, hop, true, code != 100);
    for (size_t position = hops() - 1; forms_dialog && position > 0; --position)
      if (node(transaction.from, position).record_route)
        headers.emplace_back("Record-Route",
                             "<sip:" + node(transaction.from, position).sip.address.in_uri() + ";lr>");
    if (forms_dialog || (transaction.method == "INVITE" && code < 300 && code > 100))
      headers.emplace_back("Contact", "<" + contact(other(transaction.from)) + ">");
    headers.insert(headers.end(), content.headers.begin(), content.headers.end());
    headers.emplace_back("Server", responder.agent);
    if (transaction.method == "INVITE" && code == 200) headers.emplace_back("Allow", kAllow);
    std::string body = content.body ? content.body(node_index(transaction.from, hop + 1)) : "";
    if (!body.empty()) headers.emplace_back("Content-Type", content.type);
    std::string label = transaction.method == "INVITE" ? std::to_string(code) : "";
    send(at, node(transaction.from, hop + 1), node(transaction.from, hop), label,
         "SIP/2.0 " + std::to_string(code) + " " + reason, headers, body);
    at += hop_delay();
  }
  return at;
}

void Dialog::acknowledge_failure(const Transaction& transaction, int64_t at, size_t hop) {
  Headers headers;
  headers.emplace_back("Via", via(transaction, hop, false));
  headers.emplace_back("Max-Forwards", "70");
  headers.emplace_back("From", party(transaction.from, true));
  headers.emplace_back("To", party(other(transaction.from), true));
  headers.emplace_back("Call-ID", options_.call_id);
  headers.emplace_back("CSeq", std::to_string(transaction.cseq) + " ACK");
  send(at, node(transaction.from, hop), node(transaction.from, hop + 1), "ACK",
       "ACK " + request_uri(transaction, hop) + " SIP/2.0", headers, "");
}

int64_t Dialog::acknowledge(const Transaction& invite, int64_t at, const Content& content) {
  Transaction ack = begin(invite.from, "ACK");
  cseqs_[static_cast<int>(invite.from)] = invite.cseq;
  ack.cseq = invite.cseq;
  return request(ack, at, content);
}

int64_t Dialog::fail(const Transaction& invite, int64_t at, int code, const std::string& reason,
                     const Headers& headers, size_t first_hop, size_t last_hop) {
  for (size_t hop = std::min(first_hop, hops() - 1) + 1; hop-- > last_hop;) {
    at = respond(invite, at, code, reason, {"", nullptr, headers}, hop, hop);
    acknowledge_failure(invite, at, hop);
    at += 100 * ew::kNsPerUs;
  }
  return at;
}

int64_t Dialog::cancel(const Transaction& invite, int64_t at, size_t first_hop) {
  for (size_t hop = first_hop; hop < hops(); ++hop) {
    Headers headers;
    headers.emplace_back("Via", via(invite, hop, false));
    headers.emplace_back("Max-Forwards", "70");
    headers.emplace_back("From", party(invite.from, true));
    headers.emplace_back("To", party(other(invite.from), false));
    headers.emplace_back("Call-ID", options_.call_id);
    headers.emplace_back("CSeq", std::to_string(invite.cseq) + " CANCEL");
    const Node &source = node(invite.from, hop), &destination = node(invite.from, hop + 1);
    send(at, source, destination, "CANCEL", "CANCEL " + request_uri(invite, hop) + " SIP/2.0", headers, "");
    at += hop_delay();
    headers.erase(headers.begin() + 1);
    headers[0].second = via(invite, hop, true);
    headers[2].second = party(other(invite.from), true);
    headers.emplace_back("Server", destination.agent);
    send(at - 100 * ew::kNsPerUs, destination, source, "", "SIP/2.0 200 OK", headers, "");
  }
  return fail(invite, at, 487, reason_of(487), {}, SIZE_MAX, first_hop);
}

}  // namespace callgen
