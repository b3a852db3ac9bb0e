// For tests: a wire that keeps what is sent, and a peer's messages as text.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>

#include "base/text.h"
#include "sipua/user_agent.h"

namespace ew::sipua {

// A message with what it borrows from.
struct Kept {
  explicit Kept(std::string bytes, Flow to = {}) : text(std::move(bytes)), flow(std::move(to)) {
    error = sip::parse(as_bytes(text), message, sip::kMaxMessageTcp);
  }
  Kept(const Kept&) = delete;
  std::string text;
  Flow flow;
  sip::Message message;
  sip::ParseError error;
};

struct FakeWire : Wire {
  bool send(const Flow& flow, ByteView message) override {
    if (is_broken) return false;
    sent.emplace_back(std::string(as_text(message)), flow);
    EXPECT_EQ(sent.back().error, sip::ParseError::kNone) << sent.back().text;
    return true;
  }
  void close(uint64_t connection) override { closed.push_back(connection); }
  void keep(uint64_t connection) override { kept.push_back(connection); }

  // Takes the oldest message off.
  std::unique_ptr<Kept> next() {
    if (sent.empty()) return nullptr;
    auto one = std::make_unique<Kept>(sent.front().text, sent.front().flow);
    sent.pop_front();
    return one;
  }
  // The statuses and methods of all that was sent since the last time: "100 200 BYE".
  std::string take_all() {
    std::string all;
    while (auto one = next())
      all += (all.empty() ? "" : " ") + (one->message.is_request ? std::string(one->message.method_name)
                                                                 : std::to_string(one->message.status));
    return all;
  }

  std::deque<Kept> sent;
  std::vector<uint64_t> closed, kept;
  bool is_broken = false;
};

inline Endpoint at(const char* text) { return Endpoint::parse(text).value(); }

inline Flow udp_flow(const char* remote = "192.0.2.1:5060") {
  return {Transport::kUdp, at("192.0.2.99:5060"), at(remote), 0, nullptr};
}
inline Flow tcp_flow(uint64_t connection = 7) {
  return {Transport::kTcp, at("192.0.2.99:5060"), at("192.0.2.1:40000"), connection, nullptr};
}

// A request as a peer writes it. Everything can be changed before text() is asked for.
struct PeerRequest {
  std::string method = "INVITE";
  uint32_t cseq = 1;
  std::string call_id = "call-1", from_tag = "peer", to_tag, branch = "z9hG4bK-1";
  std::string via = "SIP/2.0/UDP 192.0.2.1:5060";
  std::string uri = "sip:srs@192.0.2.99";
  std::vector<std::string> headers = {"Contact: <sip:src@192.0.2.1:5060>;+sip.src"};
  std::string type, body;

  std::string text() const {
    std::string text = method + " " + uri + " SIP/2.0\r\nVia: " + via + ";branch=" + branch +
                       "\r\nMax-Forwards: 70\r\n" + "From: <sip:src@192.0.2.1>;tag=" + from_tag +
                       "\r\nTo: <sip:srs@192.0.2.99>" + (to_tag.empty() ? "" : ";tag=" + to_tag) +
                       "\r\nCall-ID: " + call_id + "\r\nCSeq: " + std::to_string(cseq) + " " + method +
                       "\r\n";
    for (const std::string& header : headers) text += header + "\r\n";
    if (!type.empty()) text += "Content-Type: " + type + "\r\n";
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
};

// A peer's response to a request of ours.
inline std::string response_to(const sip::Message& request, int status, const std::string& headers = "",
                               const std::string& body = "") {
  std::string text = "SIP/2.0 " + std::to_string(status) + " Whatever\r\n";
  for (sip::Header header :
       {sip::Header::kVia, sip::Header::kFrom, sip::Header::kTo, sip::Header::kCallId, sip::Header::kCSeq}) {
    const char* names[] = {"Via", "From", "To", "Call-ID", "CSeq"};
    text += std::string(names[static_cast<int>(header) - static_cast<int>(sip::Header::kVia)]) + ": " +
            std::string(request.value(header)) + "\r\n";
  }
  return text + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace ew::sipua
