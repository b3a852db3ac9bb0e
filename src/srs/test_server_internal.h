// For tests: a server on loopback with a clock that the test moves, what it tells its sink, and a recording
// client.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "net/socket_address.h"
#include "sip/message.h"
#include "srs/recording_server.h"

namespace ew::srs {

// Real time; timers run on what the test adds to it.
class MovedClock : public Clock {
 public:
  WallTime wall() const override { return real_.wall(); }
  int64_t monotonic_ns() const override { return real_.monotonic_ns() + ahead_; }
  void advance(int64_t ns) { ahead_ += ns; }

 private:
  SystemClock real_;
  std::atomic<int64_t> ahead_ = 0;
};

inline std::string summary_of(std::string_view text) {
  sip::Message message;
  sip::parse(as_bytes(text), message, sip::kMaxMessageTcp);
  return message.is_request ? std::string(message.method_name) : std::to_string(message.status);
}

// What was told, in order: "INVITE", "100", "port open 20000", "200" … The journal confirms at once unless
// told otherwise.
class TestSink : public SessionSink {
 public:
  void on_signalling(const SessionName& session, const Datagram& datagram,
                     std::function<void()> durable) override {
    std::lock_guard lock(mutex_);
    events_.push_back(summary_of(as_text(datagram.payload)));
    messages_.push_back(
        {session.id, std::string(as_text(datagram.payload)), datagram.source, datagram.destination});
    if (!durable) return;
    if (holds_) {
      held_.push_back(std::move(durable));
    } else {
      durable();
    }
  }
  void on_media_port(const MediaPort& port) override {
    static constexpr const char* kStates[] = {"open", "paused", "closed"};
    std::lock_guard lock(mutex_);
    ports_[port.local] = port;
    if (!port.is_rtcp) events_.push_back(std::string("port ") + kStates[static_cast<int>(port.state)]);
  }
  void on_refusal(const Refusal& refusal) override {
    std::lock_guard lock(mutex_);
    refusals_.push_back(refusal);
  }

  struct Message {
    uint64_t session;
    std::string text;
    Endpoint source, destination;
  };
  void hold(bool holds) {
    std::vector<std::function<void()>> held;
    {
      std::lock_guard lock(mutex_);
      holds_ = holds;
      if (!holds) held.swap(held_);
    }
    for (auto& durable : held) durable();
  }
  std::string take_events() {
    std::lock_guard lock(mutex_);
    std::string all;
    for (const std::string& event : events_) all += (all.empty() ? "" : ", ") + event;
    events_.clear();
    return all;
  }
  std::map<Endpoint, MediaPort> ports() {
    std::lock_guard lock(mutex_);
    return ports_;
  }
  std::vector<Message> messages() {
    std::lock_guard lock(mutex_);
    return messages_;
  }
  std::vector<Refusal> refusals() {
    std::lock_guard lock(mutex_);
    return refusals_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> events_;
  std::vector<Message> messages_;
  std::map<Endpoint, MediaPort> ports_;
  std::vector<Refusal> refusals_;
  std::vector<std::function<void()>> held_;
  bool holds_ = false;
};

inline Endpoint loopback(uint16_t port = 0) { return {IpAddress::v4(Bytes{127, 0, 0, 1}), port}; }

// A UDP socket of a peer's.
class TestPeer {
 public:
  explicit TestPeer(const Endpoint& server, int patience_ms = 5'000) : server_(server) {
    sockaddr_storage storage;
    socklen_t size = to_sockaddr({server.ip, 0}, storage);
    fd_ = Descriptor(::socket(storage.ss_family, SOCK_DGRAM, 0));
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&storage), size), 0);
    socklen_t bound_size = sizeof storage;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &bound_size);
    own_ = from_sockaddr(storage);
    set_patience(patience_ms);
  }
  void set_patience(int ms) {
    timeval patience{ms / 1'000, ms % 1'000 * 1'000};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  const Endpoint& own() const { return own_; }
  void send(std::string_view text) { send_to(server_, as_bytes(text)); }
  void send_to(const Endpoint& to, ByteView bytes) {
    sockaddr_storage storage;
    socklen_t size = to_sockaddr(to, storage);
    ::sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&storage), size);
  }
  // Empty if nothing comes.
  std::string receive() {
    std::string text(65'536, '\0');
    ssize_t count = ::recv(fd_.get(), text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<size_t>(count) : 0);
    return text;
  }
  // The next message that is none of these.
  std::string receive_but(std::initializer_list<std::string_view> others) {
    for (;;) {
      std::string text = receive();
      std::string what = summary_of(text);
      bool is_other = false;
      for (std::string_view other : others) is_other |= what == other;
      if (text.empty() || !is_other) return text;
    }
  }

 private:
  const Endpoint server_;
  Endpoint own_;
  Descriptor fd_;
};

constexpr std::string_view kTwoLines =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 30000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 "
    "telephone-event/8000\r\na=label:1\r\na=sendonly\r\n"
    "m=audio 30002 RTP/AVP 8\r\na=label:2\r\na=sendonly\r\n";
constexpr std::string_view kMetadata =
    "<?xml version=\"1.0\"?><recording "
    "xmlns='urn:ietf:params:xml:ns:recording:1'><datamode>complete</datamode>"
    "<session session_id=\"a\"/></recording>";

// A recording client's side of one dialog.
struct TestCall {
  explicit TestCall(TestPeer& the_peer, std::string id = "call")
      : peer(the_peer),
        call_id(std::move(id)),
        contact("Contact: <sip:src@" + the_peer.own().text() + ">;+sip.src\r\n") {}

  // `headers`: each with its line end.
  std::string request(const std::string& method, std::string_view type = "", std::string_view body = "",
                      const std::string& headers = "", uint32_t with_cseq = 0,
                      const std::string& with_branch = "") {
    uint32_t number = with_cseq ? with_cseq : ++cseq;
    std::string branch =
        with_branch.empty() ? "z9hG4bK" + call_id + method + std::to_string(number) : with_branch;
    std::string text = method + " sip:srs@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP " + peer.own().text() +
                       ";branch=" + branch + ";rport\r\nMax-Forwards: 70\r\n" +
                       "From: <sip:src@127.0.0.1>;tag=" + from_tag + "\r\nTo: <sip:srs@127.0.0.1>" +
                       (to_tag.empty() ? "" : ";tag=" + to_tag) + "\r\nCall-ID: " + call_id +
                       "\r\nCSeq: " + std::to_string(number) + " " + method + "\r\n" + contact + headers;
    if (!type.empty()) text += "Content-Type: " + std::string(type) + "\r\n";
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }
  std::string invite(std::string_view sdp = kTwoLines, const std::string& headers = "",
                     std::string_view xml = kMetadata) {
    if (xml.empty()) return request("INVITE", sdp.empty() ? "" : "application/sdp", sdp, require + headers);
    std::string body = "--b\r\nContent-Type: application/sdp\r\n\r\n" + std::string(sdp) +
                       "\r\n--b\r\nContent-Type: application/rs-metadata+xml\r\nContent-Disposition: "
                       "recording-session\r\n\r\n" +
                       std::string(xml) + "\r\n--b--\r\n";
    return request("INVITE", "multipart/mixed;boundary=b", body, require + headers);
  }
  // Sends it and gives its final response, whatever of other calls comes meanwhile.
  std::string exchange(const std::string& text) {
    sip::Message sent, message;
    EXPECT_EQ(sip::parse(as_bytes(text), sent), sip::ParseError::kNone);
    peer.send(text);
    std::string response;
    do {
      response = peer.receive();
      if (response.empty()) return "";
      sip::parse(as_bytes(response), message);
    } while (message.status < 200 || message.call_id() != sent.call_id() ||
             message.cseq.number != sent.cseq.number);
    if (sent.method != sip::Method::kInvite) return response;
    cseq = sent.cseq.number;
    if (message.status == 200 && to_tag.empty()) to_tag = message.to_tag();
    // The ACK of a refusal belongs to the INVITE's transaction (RFC 3261 section 17.1.1.3).
    if (message.status >= 300)
      peer.send(request("ACK", "", "", "", sent.cseq.number, std::string(sent.top_via()->branch)));
    return response;
  }
  void ack(std::string_view sdp = "") {
    peer.send(request("ACK", sdp.empty() ? "" : "application/sdp", sdp, "", cseq));
  }
  std::string respond(const std::string& to_request, int status, std::string_view sdp = "") {
    sip::Message request;
    EXPECT_EQ(sip::parse(as_bytes(to_request), request), sip::ParseError::kNone);
    std::string text = "SIP/2.0 " + std::to_string(status) + " Whatever\r\n";
    for (auto [name, header] : {std::pair("Via", sip::Header::kVia),
                                {"From", sip::Header::kFrom},
                                {"To", sip::Header::kTo},
                                {"Call-ID", sip::Header::kCallId},
                                {"CSeq", sip::Header::kCSeq}})
      text += std::string(name) + ": " + std::string(request.value(header)) + "\r\n";
    if (!sdp.empty()) text += "Content-Type: application/sdp\r\n";
    text += "Content-Length: " + std::to_string(sdp.size()) + "\r\n\r\n" + std::string(sdp);
    peer.send(text);
    return text;
  }

  TestPeer& peer;
  std::string call_id, from_tag = "peer", to_tag;
  std::string contact, require = "Require: siprec\r\n";
  uint32_t cseq = 0;
};

class TestServer {
 public:
  explicit TestServer(Settings settings = open_settings()) {
    auto created = RecordingServer::create(std::move(settings), clock, log, registry, sink);
    EXPECT_TRUE(created.ok()) << (created.ok() ? "" : created.error().message());
    server = std::move(*created);
    udp = server->listeners()[0].bound;
    thread_ = std::thread([this] { server->run(); });
    // What it is asked before its thread runs is done here and not there.
    while (registry.text().find("earwitness_siprec_sessions 0") == std::string::npos)
      std::this_thread::yield();
  }
  ~TestServer() { stop(false); }
  void stop(bool goodbye) {
    server->stop(goodbye);
    if (thread_.joinable()) thread_.join();
  }
  // One UDP listener; whoever comes is taken.
  static Settings open_settings() {
    static std::atomic<unsigned> next = static_cast<unsigned>(::getpid());
    Settings settings;
    settings.listeners.push_back({loopback(), Transport::kUdp, -1});
    settings.accept_unknown_peers = true;
    settings.overload_ms = 60'000;  // tests run on machines that are busy
    // Test programs run side by side: each server has a range of its own, and what is taken is passed over.
    settings.media_port_first = static_cast<uint16_t>(20'000 + next.fetch_add(7) % 150 * 200);
    settings.media_port_last = static_cast<uint16_t>(settings.media_port_first + 1'999);
    return settings;
  }
  template <typename Condition>
  bool eventually(Condition condition) {
    for (int i = 0; i < 1'000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  // Not before what came so far is done with: a timer that it sets begins before the time passes, and not
  // after.
  void pass(int64_t ns) {
    (void)server->sessions();
    clock.advance(ns);
  }
  SessionView session() {
    auto all = server->sessions();
    return all.empty() ? SessionView() : all.back();
  }
  PeerView peer() { return server->peers().at(0); }

  MovedClock clock;
  Log log{clock, {LogFormat::kText, LogLevel::kError, "", 2, ""}};
  metrics::Registry registry;
  TestSink sink;
  std::unique_ptr<RecordingServer> server;
  Endpoint udp;

 private:
  std::thread thread_;
};

// The SDP in a message.
inline std::string body_of(const std::string& text) {
  size_t head = text.find("\r\n\r\n");
  return head == text.npos ? "" : text.substr(head + 4);
}

}  // namespace ew::srs
