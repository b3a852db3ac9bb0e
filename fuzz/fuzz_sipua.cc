// The user agent between hostile bytes and what it sends: messages found in a stream whatever its pieces, and
// answers that are messages themselves, to nobody but the sender, no larger than they may be.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "sipua/stream_buffer.h"
#include "sipua/user_agent.h"

using namespace ew;
using namespace ew::sipua;

namespace {

struct Taken : StreamBuffer::Taker {
  bool on_message(ByteView message) override {
    messages.emplace_back(as_text(message));
    return true;
  }
  void on_ping() override { ++pings; }
  std::vector<std::string> messages;
  size_t pings = 0;
};

void split(ByteView stream) {
  Taken whole, pieces;
  StreamBuffer one, many;
  auto verdict = one.add(stream, whole);
  StreamBuffer::Verdict last = StreamBuffer::Verdict::kGood;
  size_t piece = 1 + (stream.empty() ? 0 : stream[0] % 64);
  for (size_t at = 0; at < stream.size() && last == StreamBuffer::Verdict::kGood; at += piece)
    last = many.add(stream.subspan(at, std::min(piece, stream.size() - at)), pieces);
  // What is no SIP may be found out later where it comes in pieces, but it gives no other messages.
  size_t common = std::min(whole.messages.size(), pieces.messages.size());
  for (size_t i = 0; i < common; ++i) EW_CHECK(whole.messages[i] == pieces.messages[i]);
  if (verdict == StreamBuffer::Verdict::kGood && last == verdict) EW_CHECK(whole.messages == pieces.messages);
}

constexpr uint16_t kPort = 5060;
const Endpoint kOwn{IpAddress::v4(Bytes{192, 0, 2, 99}), kPort};
const Endpoint kPeer{IpAddress::v4(Bytes{192, 0, 2, 1}), kPort};

struct CheckingWire : Wire {
  bool send(const Flow& flow, ByteView message) override {
    EW_CHECK(flow.remote.ip == kPeer.ip);
    sip::Message parsed;
    sip::ParseError error = sip::parse(message, parsed, sip::kMaxMessageTcp);
    // Sent back to one whose CSeq or another header was broken, the header still is.
    EW_CHECK(error == sip::ParseError::kNone || error == sip::ParseError::kCSeq ||
             error == sip::ParseError::kDuplicateHeader);
    EW_CHECK(parsed.value("Injected").empty());
    bytes += message.size();
    return true;
  }
  void close(uint64_t) override {}
  void keep(uint64_t) override {}
  size_t bytes = 0;
};

struct User : DialogUser {
  void on_request(const Received&, const std::shared_ptr<ServerTransaction>& transaction) override {
    transaction->respond(200);
  }
  void on_cancel(const Received&) override {}
  void on_ack(const Received&) override {}
  bool is_ended_without_ack(bool) override { return true; }
  void on_response(const Received&) override {}
  void on_no_response(sip::Method) override {}
  void on_refresh_due() override {}
  void on_sending(const Flow&, std::string_view) override {}
  void on_end(End) override {}
};

struct Acceptor : Application {
  bool is_known(const Flow&) override { return is_open; }
  void on_request(const Received& request, const std::shared_ptr<ServerTransaction>& transaction) override {
    if (request.message.method == sip::Method::kInvite)
      transaction->accept(request, std::make_shared<User>())->set_session_timer({90, false});
    transaction->respond(200, {{{"Subject", std::string(request.message.value("Subject"))}}, {}, {}, {}});
  }
  void on_refused(const Received&, int, std::string_view) override {}
  bool is_open = true;
};

void answer(ByteView bytes, bool is_open) {
  FakeClock clock{WallTime{kNsPerSec}};
  CheckingWire wire;
  Acceptor application;
  application.is_open = is_open;
  UserAgent agent({}, clock, wire, application);
  Flow flow{Transport::kUdp, kOwn, kPeer, 0, nullptr};
  agent.on_message(flow, clock.wall(), bytes);
  if (!is_open) {
    EW_CHECK(wire.bytes <= bytes.size() + bytes.size() / 5);
    EW_CHECK(agent.transactions() == 0 && agent.dialogs() == 0);
  }
  for (int second = 0; second < 200; ++second) {
    clock.advance(kNsPerSec);
    agent.on_tick();
  }
  // Without an ACK nothing is left, and little was sent to one who may not be there.
  EW_CHECK(agent.dialogs() == 0 && agent.transactions() == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView bytes(data, size);
  split(bytes);
  answer(bytes, true);
  answer(bytes, false);
  return 0;
}
