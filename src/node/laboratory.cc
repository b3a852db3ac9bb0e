#include "node/laboratory.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "base/text.h"
#include "call/call.h"
#include "call/recording_session.h"
#include "call/roster.h"
#include "capture/capture_file.h"
#include "node/finding_place.h"
#include "node/pasted_text.h"
#include "sdp/session.h"
#include "siprec/client.h"
#include "siprec/recognition.h"
#include "siprec/state.h"
#include "sipua/session_timer.h"

namespace ew::node {
namespace {

constexpr uint64_t kMaxPackets = 500'000, kMaxCaptured = 128 * 1024 * 1024;
constexpr size_t kLabPacketsAtOnce = 1'000;
constexpr std::string_view kToTag = "example";

bool is_capture(ByteView bytes) {
  constexpr std::array<std::array<uint8_t, 4>, 8> kMagics = {{{0xa1, 0xb2, 0xc3, 0xd4},
                                                              {0xd4, 0xc3, 0xb2, 0xa1},
                                                              {0xa1, 0xb2, 0x3c, 0x4d},
                                                              {0x4d, 0x3c, 0xb2, 0xa1},
                                                              {0x0a, 0x0d, 0x0d, 0x0a},
                                                              {0x28, 0xb5, 0x2f, 0xfd},
                                                              {0x1f, 0x8b, 0x08, 0x00},
                                                              {0x1f, 0x8b, 0x08, 0x08}}};
  return std::any_of(kMagics.begin(), kMagics.end(), [&](const auto& magic) {
    return bytes.size() >= 4 && std::equal(magic.begin(), magic.end(), bytes.begin());
  });
}

std::string_view name_of_direction(sdp::Direction direction) {
  switch (direction) {
    case sdp::Direction::kSendRecv:
      return "sendrecv";
    case sdp::Direction::kSendOnly:
      return "sendonly";
    case sdp::Direction::kRecvOnly:
      return "recvonly";
    case sdp::Direction::kInactive:
      return "inactive";
  }
  return "";
}

// Whom the server would take it for; nothing: a stranger. Of certificates nothing is known: over TLS the
// peer's own is taken as shown.
std::optional<srs::PeerSettings> peer_of(const LabSettings& settings, const Datagram& datagram) {
  if (settings.peer) return settings.peer;
  for (const srs::PeerSettings& peer : settings.server.peers) {
    sipua::Flow flow{datagram.transport, datagram.destination, datagram.source, 0, {}};
    if (datagram.transport == Transport::kTls)
      flow.certificate_names = std::make_shared<const std::vector<std::string>>(peer.certificate_names);
    if (srs::fits(peer, flow)) return peer;
  }
  if (settings.server.accept_unknown_peers) return srs::PeerSettings{};
  return std::nullopt;
}

// What would be answered to a client's requests, one after the other.
class Answers {
 public:
  Answers(const LabSettings& settings, const sip::Message& invite, const Datagram& datagram)
      : settings_(settings),
        peer_(peer_of(settings, datagram)),
        options_(srs::agent_options(settings.server)),
        recognition_(siprec::recognise(invite)),
        client_tag_(invite.from_tag()) {}

  std::optional<LabAnswer> answer_to(const sip::Message& request, const Datagram& datagram) {
    if (!request.is_request || request.from_tag() != client_tag_) return std::nullopt;
    if (request.method == sip::Method::kAck || request.method == sip::Method::kCancel) return std::nullopt;
    sipua::Flow flow{datagram.transport, datagram.destination, datagram.source, 0, {}};
    LabAnswer answer;
    sipua::Content content;
    bool is_first = !is_open_ && request.method == sip::Method::kInvite;
    if (!peer_) {
      answer.status = 403;
      answer.code = "stranger";
      answer.why = "sent by nobody we know";
    } else if (is_first) {
      if (!peer_->digest_user.empty())
        answer.peculiarities.push_back({"asks_password", "is asked for its password first (401)", ""});
      auto verdict = srs::admit(request, recognition_, *peer_, settings_.server, datagram.transport);
      note(answer, content, std::move(verdict));
    }
    bool negotiates = request.method == sip::Method::kInvite || request.method == sip::Method::kUpdate;
    if (answer.status == 0 && negotiates) negotiate(request, datagram, answer, content);
    if (answer.status == 0) {
      answer.status = 200;
      is_open_ = true;
    }
    answer.text = sdp::redact_keys(compose(request, flow, answer.status, content));
    return answer;
  }
  const std::vector<srs::Line>& lines() const { return lines_; }

 private:
  static void note(LabAnswer& answer, sipua::Content& content, srs::Verdict verdict) {
    answer.status = verdict.status;
    answer.code = verdict.code;
    answer.why = std::move(verdict.why);
    content.headers = std::move(verdict.headers);
    for (srs::Peculiarity& each : verdict.peculiarities) answer.peculiarities.push_back(std::move(each));
    if (content.headers.empty()) content.headers = srs::explanation(answer.status, answer.why);
  }

  void negotiate(const sip::Message& request, const Datagram& datagram, LabAnswer& answer,
                 sipua::Content& content) {
    sipua::SessionTimerRules rules{settings_.server.session_expires_s,
                                   settings_.server.min_session_expires_s};
    content.headers = srs::capabilities();
    auto timer = sipua::answer_timer(request, rules).timer;
    for (auto& header : sipua::timer_headers(timer, sipua::supports_timer(request)))
      content.headers.push_back(std::move(header));
    std::string_view text = srs::find_sdp(request);
    if (text.empty() && request.method == sip::Method::kUpdate) return;
    if (text.empty()) {
      bool is_cisco = recognition_.has_cisco_participants || recognition_.is_built_in_bridge;
      if (lines_.empty()) lines_ = srs::first_offer(is_cisco ? 1 : 2, datagram.destination.ip.is_v4());
    } else {
      auto offer = sdp::parse(as_bytes(text));
      if (!offer) return note(answer, content, srs::unreadable(offer.error().message()));
      srs::Rules line_rules = srs::rules_for(*peer_, datagram.transport);
      line_rules.signalling_is_v4 = datagram.destination.ip.is_v4();
      auto agreed = srs::answer_to(*offer, text, line_rules, lines_);
      srs::Verdict verdict = srs::admit(agreed);
      offered_ = agreed;
      if (verdict.status != 0) return note(answer, content, std::move(verdict));
      for (srs::Peculiarity& each : verdict.peculiarities) answer.peculiarities.push_back(std::move(each));
      lines_ = std::move(agreed);
    }
    give_ports(datagram.destination.ip);
    content.type = "application/sdp";
    content.body = srs::write_sdp(lines_, {static_cast<uint64_t>(datagram.at.ns / kNsPerMs), ++version_,
                                           false, settings_.server.advertised_address, std::nullopt});
  }

  // Those that would be free on an idle machine.
  void give_ports(const IpAddress& own) {
    for (srs::Line& line : lines_) {
      if (!line.is_accepted || line.ports) continue;
      IpAddress ip = own.is_v4() == line.is_v4 ? own
                     : line.is_v4              ? IpAddress::v4(Bytes{192, 0, 2, 1})
                                               : *IpAddress::parse("2001:db8::1");
      line.ports = srs::PortPair{{ip, next_port_}, {ip, static_cast<uint16_t>(next_port_ + 1)}, -1, -1};
      next_port_ = next_port_ > UINT16_MAX - 4 ? settings_.server.media_port_first
                                               : static_cast<uint16_t>(next_port_ + 2);
    }
  }

  std::string compose(const sip::Message& request, const sipua::Flow& flow, int status,
                      const sipua::Content& content) const {
    sipua::Composer composer = sipua::Composer::response(status);
    composer.lines(sipua::echoed(request, flow, kToTag));
    bool creates = request.method == sip::Method::kInvite || request.method == sip::Method::kUpdate;
    if (status < 300 && creates) composer.header("Contact", sipua::contact_of(options_, flow));
    return composer.finish(content);
  }

  const LabSettings& settings_;
  const std::optional<srs::PeerSettings> peer_;
  const sipua::Options options_;
  const siprec::Recognition recognition_;
  const std::string client_tag_;
  std::vector<srs::Line> lines_;
  uint64_t version_ = 0;
  uint16_t next_port_ = settings_.server.media_port_first;
  bool is_open_ = false;

 public:
  std::vector<srs::Line> offered_;  // also what was refused as a whole
};

// One dialog that an INVITE began.
class Followed {
 public:
  Followed(const LabSettings& settings, const sip::Message& invite, const Datagram& datagram)
      : answers(settings, invite, datagram), recording_(invite, datagram) {
    siprec::Recognition recognition = siprec::recognise(invite);
    report.call_id = to_utf8(invite.call_id());
    report.is_recording_session = recognition.is_recording_session;
    report.by_rfc = recognition.by_rfc;
    report.user_agent = to_utf8(invite.value(sip::Header::kUserAgent)).substr(0, 200);
  }

  void take(const sip::Message& message, const Datagram& datagram, size_t index, LabMessage& shown) {
    report.messages.push_back(index);
    if (message.is_request && report.client.empty()) {
      siprec::Client client = siprec::client_of(message);
      report.client = std::move(client.name);
      report.sign = client.sign;
    }
    if (report.is_recording_session) {
      recording_.apply(message, datagram);
      apply_metadata(message);
      match(datagram.at);
      for (siprec::Finding& finding : recording_.take_findings()) {
        size_t line = line_of(finding, message);
        report.findings.push_back({std::move(finding), index, line});
      }
    }
    shown.answer = answers.answer_to(message, datagram);
  }

  void finish() {
    const sdp::Session* offer = recording_.session(recording_.client());
    if (!report.is_recording_session || !offer) return;
    for (size_t i = 0; i < offer->media.size(); ++i) report.lines.push_back(line(offer->media[i], i));
    for (const siprec::Communication& communication : recording_.communications()) {
      LabCall call{communication, {}};
      auto known = rosters_.find(communication.id);
      for (const siprec::Party& party : communication.parties)
        call.parties.push_back({party, known == rosters_.end() ? "" : known->second->roster->name_of(party)});
      report.calls.push_back(std::move(call));
    }
    report.metadata = state_.content();
  }

  LabSession report;
  Answers answers;

 private:
  void apply_metadata(const sip::Message& message) {
    auto body = siprec::find_metadata(message);
    if (!body || siprec::is_snapshot_request(body->text)) return;
    report.has_metadata = true;
    siprec::Findings told;  // by the session already
    state_.apply(siprec::parse_metadata(body->text), told);
  }

  // The calls of the session, as the call engine would have them.
  void match(WallTime at) {
    const auto& now = recording_.communications();
    std::erase_if(recording_.members, [&](const call::RecordingSession::Member& member) {
      return std::none_of(now.begin(), now.end(), [&](const siprec::Communication& communication) {
        return communication.id == member.id && !communication.has_ended;
      });
    });
    for (const siprec::Communication& communication : now) {
      if (rosters_.size() == siprec::kMaxObjects && !rosters_.contains(communication.id)) continue;
      auto& call = rosters_[communication.id];
      if (!call) {
        call = std::make_unique<call::Call>();
        call->roster = std::make_unique<call::Roster>();
      }
      call->roster->update(communication, at, *call);
      if (!communication.has_ended && !recording_.member(communication.id))
        recording_.members.push_back({communication.id, call.get()});
    }
    recording_.assign_lines();
  }

  LabLine line(const sdp::Media& media, size_t index) const {
    LabLine line;
    line.type = to_utf8(media.type);
    line.protocol = to_utf8(media.protocol);
    line.label = to_utf8(media.label);
    line.direction = media.port == 0 ? "off" : name_of_direction(media.direction);
    if (auto endpoint = media.receive_endpoint()) line.address = endpoint->text();
    for (const sdp::Format& format : media.formats)
      if (!format.encoding.empty())
        line.encodings += (line.encodings.empty() ? "" : ", ") + to_utf8(format.encoding);
    for (const sdp::Crypto& crypto : media.crypto) line.suites.push_back(to_utf8(crypto.suite));
    line.participant = recording_.participant_of(recording_.client(), index);
    if (index >= answers.offered_.size()) return line;
    const srs::Line& agreed = answers.offered_[index];
    line.is_accepted = agreed.is_accepted;
    line.why_not = agreed.why_not;
    line.why_not_code = agreed.why_not_code;
    return line;
  }

  call::RecordingSession recording_;
  siprec::State state_;
  std::map<std::string, std::unique_ptr<call::Call>> rosters_;  // by communication session
};

// Every message in order of time.
class Examination {
 public:
  Examination(LabReport& report, const LabSettings& settings) : report_(report), settings_(settings) {}

  void take(const Datagram& datagram, bool is_text) {
    sip::Message message;
    sip::ParseError error = sip::parse(datagram.payload, message, sip::kMaxMessageTcp);
    if (error == sip::ParseError::kNotSip) return;
    std::string key = to_utf8(message.call_id());
    auto known = followed_.find(key);
    if (known == followed_.end()) {
      bool begins = message.is_request && message.method == sip::Method::kInvite;
      // In a capture the ordinary calls beside the recording are nobody's question.
      bool is_wanted = begins && (is_text || siprec::recognise(message).is_recording_session);
      if (!is_wanted && !(is_text && error != sip::ParseError::kNone)) {
        ++report_.other_messages;
        if (!begins || !ordinary_.payload.empty()) return;
        ordinary_bytes_.assign(datagram.payload.begin(), datagram.payload.end());
        ordinary_ = datagram;
        ordinary_.payload = ordinary_bytes_;
        return;
      }
      if (followed_.size() == LabReport::kMaxSessions) {
        report_.cut = true;
        return;
      }
      order_.push_back(key);
      known = followed_.emplace(key, std::make_unique<Followed>(settings_, message, datagram)).first;
    }
    take(*known->second, message, error, datagram, is_text);
  }

  void finish() {
    // Nothing of the capture is a recording session: why not, by its first INVITE.
    if (followed_.empty() && !ordinary_.payload.empty()) {
      --report_.other_messages;
      Datagram first = std::exchange(ordinary_, {});
      take(first, true);
      if (!report_.messages.empty()) report_.messages.front().at = first.at;
    }
    for (const std::string& key : order_) {
      Followed& followed = *followed_.at(key);
      followed.finish();
      report_.sessions.push_back(std::move(followed.report));
    }
  }

 private:
  void take(Followed& followed, const sip::Message& message, sip::ParseError error, const Datagram& datagram,
            bool is_text) {
    text_bytes_ += datagram.payload.size();
    if (report_.messages.size() == LabReport::kMaxMessages || text_bytes_ > LabReport::kMaxText) {
      report_.cut = true;
      return;
    }
    LabMessage shown;
    if (!is_text) shown.at = datagram.at;
    shown.source = datagram.source;
    shown.destination = datagram.destination;
    shown.transport = datagram.transport;
    shown.is_request = message.is_request;
    std::string_view text = as_text(datagram.payload);
    if (!message.head.empty())
      text.remove_prefix(static_cast<size_t>(as_text(message.head).data() - text.data()));
    shown.text = to_utf8(sdp::redact_keys(text));
    shown.start_line = shown.text.substr(0, shown.text.find_first_of("\r\n"));
    if (error != sip::ParseError::kNone) {
      shown.fault = sip::name_of(error);
      followed.report.messages.push_back(report_.messages.size());
      if (message.is_request)
        shown.answer = LabAnswer{sipua::refusal_of(error), "malformed", std::string(shown.fault), {}, {}};
    } else {
      followed.take(message, datagram, report_.messages.size(), shown);
    }
    report_.messages.push_back(std::move(shown));
  }

  LabReport& report_;
  const LabSettings& settings_;
  std::map<std::string, std::unique_ptr<Followed>> followed_;  // by Call-ID
  std::vector<std::string> order_;
  Datagram ordinary_;  // the first INVITE of an ordinary call
  Bytes ordinary_bytes_;
  size_t text_bytes_ = 0;
};

// ---- A capture ----

// What the call engine makes of the media.
class Media : public call::Ids, public call::Listener {
 public:
  CallId call_id(const Datagram&, std::string_view, std::optional<CallId>) override {
    return CallId(Uuid::v7(WallTime{}, next()));
  }
  CallId call_id_of_session(const Datagram& first, const std::vector<std::string>&,
                            std::optional<CallId>) override {
    return call_id(first, {}, {});
  }
  InteractionId interaction_id(CallId call) override { return InteractionId(call); }
  std::string source_detail(const Datagram&) override { return {}; }
  void on_call(call::Call& call, call::Change change) override {
    if (change != call::Change::kClosed) return;
    call.refresh();
    for (const Leg& leg : call.record.legs)
      if (leg.role == "recording")
        for (const MediaStream& stream : call.record.streams) add(leg.sip_call_id, stream);
  }
  void on_signalling(call::Call&, const Datagram&, const sip::Message&) override {}
  void on_media(call::Call&, call::Stream*, const call::MediaPacket&) override {}

  std::map<std::string, std::vector<LabStream>> streams;  // by Call-ID

 private:
  static constexpr size_t kMaxStreams = 256;  // of a session
  // Calls are told apart by their number; nothing of them is kept.
  ByteView next() {
    for (size_t i = number_.size(); i-- > 0 && ++number_[i] == 0;) {
    }
    return number_;
  }
  void add(const std::string& call_id, const MediaStream& stream) {
    auto& of = streams[call_id];
    if (of.size() == kMaxStreams) return;
    of.push_back({stream.participant, stream.label, stream.codec, stream.ssrc, stream.packets, stream.lost,
                  stream.encrypted, stream.opened});
  }

  std::array<uint8_t, 10> number_{};
};

class CaptureSink : public capture::DatagramSink {
 public:
  CaptureSink(Examination& examination, call::Engine& engine) : examination_(examination), engine_(engine) {}
  void on_datagram(const Datagram& datagram) override {
    if (sip::looks_like_sip(datagram.payload)) examination_.take(datagram, false);
    engine_.on_datagram(datagram);
  }

 private:
  Examination& examination_;
  call::Engine& engine_;
};

Status read_capture(Bytes bytes, Examination& examination, LabReport& report, Media& media) {
  // Whatever is wrong with it is wrong with what was given.
  auto as_given = [](const Error& error) { return Error(ErrorCode::kInvalid, error.message()); };
  auto opened = capture::CaptureFiles::from_memory("capture", std::move(bytes));
  if (!opened) return as_given(opened.error());
  auto& files = *opened;
  call::Settings settings;
  settings.max_calls = 1'000;
  settings.max_candidates = 4'096;
  settings.early_media_bytes = 8 * 1024 * 1024;
  call::Engine engine(settings, media, media);
  CaptureSink sink(examination, engine);
  while (true) {
    auto more = files->run(sink, kLabPacketsAtOnce);
    if (!more) return as_given(more.error());
    if (!*more) break;
    if (files->counters().packets < kMaxPackets && files->counters().bytes < kMaxCaptured) continue;
    report.cut = true;
    break;
  }
  engine.finish();
  report.packets = files->counters().packets;
  report.warning = to_utf8(files->files().front().warning);
  return {};
}

// ---- A text ----

// The address in a header's words, where it is one.
std::optional<Endpoint> endpoint_of(std::string_view host, uint16_t port) {
  auto ip = IpAddress::parse(host);
  if (!ip) return std::nullopt;
  return Endpoint{*ip, port == 0 ? uint16_t{5060} : port};
}

Endpoint client_of_text(const sip::Message& message) {
  if (auto via = message.top_via()) {
    std::string text = "sip:" + std::string(via->sent_by);
    if (auto uri = sip::parse_uri(text))
      if (auto endpoint = endpoint_of(uri->host, uri->port)) return *endpoint;
  }
  return {*IpAddress::parse("192.0.2.10"), 5060};
}

Endpoint server_of_text(const sip::Message& message, const Endpoint& client) {
  if (auto uri = sip::parse_uri(message.request_uri))
    if (auto endpoint = endpoint_of(uri->host, uri->port)) return *endpoint;
  return {*IpAddress::parse(client.ip.is_v4() ? "192.0.2.1" : "2001:db8::1"), 5060};
}

Status read_text(std::string_view text, const LabSettings& settings, Examination& examination,
                 LabReport& report) {
  PastedText pasted = messages_in(text);
  if (pasted.messages.empty()) return Error(ErrorCode::kInvalid, "there is no SIP message in it");
  report.is_body_only = pasted.is_body_only;
  report.cut = pasted.cut;
  WallTime at{};
  for (const std::string& each : pasted.messages) {
    sip::Message message;
    (void)sip::parse(as_bytes(each), message, sip::kMaxMessageTcp);
    Datagram datagram;
    datagram.at = at = at + kNsPerMs;
    datagram.transport = settings.transport;
    datagram.source = client_of_text(message);
    datagram.destination = server_of_text(message, datagram.source);
    if (!message.is_request) std::swap(datagram.source, datagram.destination);
    datagram.payload = as_bytes(each);
    examination.take(datagram, true);
  }
  return {};
}

}  // namespace

Result<LabReport> examine(Bytes bytes, const LabSettings& settings) {
  if (bytes.size() > kMaxLabBytes) return Error(ErrorCode::kLimit, "more than 16 MiB");
  LabReport report;
  Examination examination(report, settings);
  Media media;
  report.is_capture = is_capture(bytes);
  if (report.is_capture)
    TRY(read_capture(std::move(bytes), examination, report, media));
  else
    TRY(read_text(as_text(bytes), settings, examination, report));
  examination.finish();
  for (LabSession& session : report.sessions)
    if (auto found = media.streams.find(session.call_id); found != media.streams.end())
      session.streams = std::move(found->second);
  if (report.sessions.empty()) return Error(ErrorCode::kInvalid, "there is no INVITE in it");
  return report;
}

}  // namespace ew::node
