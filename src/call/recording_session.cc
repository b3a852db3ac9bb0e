#include "call/recording_session.h"

#include <algorithm>

#include "base/text.h"
#include "call/call.h"
#include "call/common_internal.h"
#include "call/roster.h"

namespace ew::call {
namespace {

constexpr size_t kMaxPauses = 256;
constexpr std::string_view kMixed = "mixed";

}  // namespace

std::string RecordingSession::key_of(std::string_view call_id, std::string_view tag) {
  return std::string(call_id.substr(0, kMaxCallId)) + '\n' + std::string(tag.substr(0, kMaxCallId));
}

RecordingSession::RecordingSession(const sip::Message& invite, const Datagram& datagram)
    : key(key_of(invite.call_id(), invite.from_tag())) {
  siprec::Recognition recognition = siprec::recognise(invite);
  findings_.add(recognition.findings);
  client_ = recognition.by_server ? Side::kCallee : Side::kCaller;
  caller_tag_ = invite.from_tag();
  leg.role = "recording";
  leg.sip_call_id = to_utf8(invite.call_id().substr(0, kMaxCallId));
  leg.invite_at = datagram.at;
  began_ = moment_of(invite, datagram.at);
  leg.source = datagram.source.text();
  leg.destination = datagram.destination.text();
  leg.transport = text_of(datagram.transport);
  leg.user_agent = to_utf8(invite.value(sip::Header::kUserAgent)).substr(0, 200);
  if (auto from = sip::parse_name_address(invite.value(sip::Header::kFrom))) {
    leg.from_uri = to_utf8(from->uri);
    leg.from_name = to_utf8(from->display_name);
  }
  if (auto to = sip::parse_name_address(invite.value(sip::Header::kTo))) {
    leg.to_uri = to_utf8(to->uri);
    leg.to_name = to_utf8(to->display_name);
  }
}

RecordingSession::Effects RecordingSession::apply(const sip::Message& message, const Datagram& datagram) {
  Effects effects;
  last_at = std::max(last_at, datagram.at);
  if (message.is_request) {
    apply_request(message, datagram, effects);
  } else {
    apply_response(message, datagram, effects);
  }
  return effects;
}

Side RecordingSession::requester(const sip::Message& message) const {
  return message.from_tag() == caller_tag_ ? Side::kCaller : Side::kCallee;
}

void RecordingSession::apply_request(const sip::Message& message, const Datagram& datagram,
                                     Effects& effects) {
  is_acknowledged_ |= is_answered() && message.method != sip::Method::kInvite;
  if (message.method == sip::Method::kInvite) {
    if (has_ended && end_reason == "refused" && message.cseq.number > invite_cseq_) {
      has_ended = false;
      leg.end_at.reset();
      leg.final_status.reset();
      leg.final_reason.clear();
      effects.has_reopened = effects.has_changed = true;
    }
    invite_cseq_ = std::max(invite_cseq_, message.cseq.number);
    if (auto parties = siprec::cisco_parties(message)) {
      cisco_ = std::move(parties);
      effects.has_metadata = true;
    }
    for (siprec::ExternalId& id : siprec::header_ids(message))
      if (header_ids_.size() < siprec::Communication::kMaxIds &&
          std::find(header_ids_.begin(), header_ids_.end(), id) == header_ids_.end())
        header_ids_.push_back(std::move(id));
  }
  apply_metadata(message, effects);
  apply_sdp(message, effects);
  // Where the recorder calls, the client's answer has what there is to say.
  if (message.method == sip::Method::kInvite && client_ == requester(message)) expect_metadata(effects);
  if (effects.has_metadata) resolve();
  if (message.method == sip::Method::kBye) {
    bool by_client = requester(message) == client_;
    end(datagram.at, by_client ? "bye" : "recorder_stopped", effects);
    ended_ = moment_of(message, datagram.at);
  } else if (message.method == sip::Method::kCancel && !is_answered()) {
    end(datagram.at, "cancel", effects);
  }
}

void RecordingSession::apply_response(const sip::Message& message, const Datagram& datagram,
                                      Effects& effects) {
  apply_metadata(message, effects);
  apply_sdp(message, effects);
  if (effects.has_metadata) resolve();
  if (message.cseq.method != sip::Method::kInvite || message.status < 200) return;
  if (is_answered()) {
    // A 200 that the recorder prepared and could not keep to, since its disk was late: another one left
    // instead.
    if (message.status < 300 || message.cseq.number != answered_cseq_ || is_acknowledged_) return;
    leg.answer_at.reset();
  }
  leg.final_status = message.status;
  leg.final_reason = to_utf8(message.reason).substr(0, 100);
  effects.has_changed = true;
  if (message.status < 300) {
    if (client_ == Side::kCallee) {
      expect_metadata(effects);
      resolve();
    }
    leg.answer_at = datagram.at;
    answered_cseq_ = message.cseq.number;
    std::string_view server = message.value(sip::Header::kServer);
    leg.server = to_utf8(server.empty() ? message.value(sip::Header::kUserAgent) : server).substr(0, 200);
  } else if (message.status != 401 && message.status != 407) {
    end(datagram.at, "refused", effects);
  }
}

RecordingSession::Moment RecordingSession::moment_of(const sip::Message& message, WallTime received) {
  auto date = sip::parse_date(message.value(sip::Header::kDate));
  return {date.value_or(received), date.has_value()};
}

std::string RecordingSession::Moment::text() const {
  return to_rfc3339(at) + (is_by_date ? ", by the client's Date" : ", when it was received");
}

void RecordingSession::end(WallTime at, std::string_view reason, Effects& effects) {
  if (has_ended) return;
  has_ended = true;
  end_at = at;
  ended_ = {at, false};
  end_reason = reason;
  leg.end_at = at;
  effects.has_ended = effects.has_changed = true;
}

void RecordingSession::apply_metadata(const sip::Message& message, Effects& effects) {
  auto body = siprec::find_metadata(message);
  if (!body) return;
  if (body->has_wrong_type) findings_.add(siprec::Rule::kMetadataType);
  siprec::Document document = siprec::parse_metadata(body->text);
  findings_.add(document.findings);
  state_.apply(document, findings_);
  effects.has_metadata = has_metadata_ = true;
}

// What a session that says nothing brings is a call all the same.
void RecordingSession::expect_metadata(Effects& effects) {
  if (!communications_.empty() || state_.has_snapshot()) return;
  if (!cisco_ && !has_metadata_) findings_.add(siprec::Rule::kNoMetadata);
  effects.has_metadata = true;
}

void RecordingSession::resolve() {
  communications_ = siprec::communications_of(state_.content(), findings_);
  // A session that persists may have no call; but only one that says so.
  if (!communications_.empty() || state_.has_snapshot()) return;
  // Nothing is known of the call but that it is there, and what Cisco's headers say.
  siprec::Communication call;
  if (cisco_) {
    call.id = cisco_->call_key;
    bool is_bridge = !cisco_->call_key.empty();
    for (size_t i = 0; i < (is_bridge ? 2 : cisco_->parties.size()); ++i) {
      siprec::Party party;
      party.id = "media " + std::to_string(i);
      party.is_placeholder = true;
      for (const siprec::CiscoParties::Named& named : cisco_->parties) {
        if (named.line != i) continue;
        if (!is_bridge)
          party.id = "media " + std::to_string(i) + " " + named.aor;  // a transfer brings another party
        party.is_placeholder = false;
        party.aor = named.aor;
        party.user = named.user;
        party.name = named.name;
      }
      call.parties.push_back(std::move(party));
    }
    if (is_bridge) call.external_ids.push_back({"built_in_bridge", call.id});
  }
  communications_.push_back(std::move(call));
}

void RecordingSession::apply_sdp(const sip::Message& message, Effects& effects) {
  auto body = sip::find_body(message, "application/sdp");
  if (!body) return;
  auto parsed = sdp::parse(body->bytes);
  if (!parsed) return;
  Side owner = message.is_request ? requester(message) : other(requester(message));
  std::optional<sdp::Session> last;
  if (const sdp::Session* known = session(owner)) last = *known;
  effects.description = describe(owner, std::move(*parsed));
  const sdp::Session& now = *effects.description->session;
  if (owner == client_) {
    note_client_lines(now, last ? &*last : nullptr);
  } else {
    // Inactive media is answered as inactive (RFC 3264 section 6.1): that is no pause of the recorder's. Its
    // own offers say what it wants.
    for (size_t i = 0; i < now.media.size(); ++i)
      if (now.media[i].port != 0 && (message.is_request || !line(i).paused_by_client))
        note_pause(i, line(i).paused_by_recorder, now.media[i].direction == sdp::Direction::kInactive,
                   "recorder");
  }
}

void RecordingSession::note_client_lines(const sdp::Session& session, const sdp::Session* before) {
  std::vector<std::string_view> labels;
  for (size_t i = 0; i < session.media.size(); ++i) {
    const sdp::Media& media = session.media[i];
    Line& of = line(i);
    of.is_audio = media.type == "audio";
    of.is_open = media.port != 0;
    if (!of.is_open) continue;
    if (media.label.empty() && !cisco_) findings_.add(siprec::Rule::kNoLabel);
    if (!media.label.empty() && std::find(labels.begin(), labels.end(), media.label) != labels.end())
      findings_.add(siprec::Rule::kLabelTwice, media.label);
    labels.push_back(media.label);
    if (media.direction == sdp::Direction::kSendRecv) findings_.add(siprec::Rule::kNoDirection);
    if (media.is_null_address()) findings_.add(siprec::Rule::kNullAddress);
    // recvonly: the client does not send either. What obeys the recorder's pause, in an answer or in a
    // refresh while it lasts, is none of the client's.
    bool is_paused =
        media.direction == sdp::Direction::kInactive || media.direction == sdp::Direction::kRecvOnly;
    if (of.paused_by_recorder) is_paused = false;
    note_pause(i, of.paused_by_client, is_paused || media.is_null_address(), "client");
  }
  if (!before || before->version != session.version || before->origin.empty() ||
      before->origin != session.origin)
    return;
  auto summary = [](const sdp::Session& of) {
    std::string text;
    for (const sdp::Media& media : of.media)
      text += media.type + std::to_string(media.port) + std::to_string(static_cast<int>(media.direction)) +
              media.label + ";";
    return text;
  };
  if (summary(*before) != summary(session)) findings_.add(siprec::Rule::kSameVersion);
}

RecordingSession::Line& RecordingSession::line(size_t index) {
  if (lines_.size() <= index) lines_.resize(index + 1);  // an SDP has at most sdp::kMaxMedia
  return lines_[index];
}

void RecordingSession::note_pause(size_t index, bool& state, bool is_paused, std::string_view by) {
  if (state == is_paused) return;
  state = is_paused;
  if (pauses_.size() < kMaxPauses) pauses_.push_back({index, is_paused, std::string(by)});
}

RecordingSession::Member* RecordingSession::member(const std::string& id) {
  auto found = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.id == id; });
  return found == members.end() ? nullptr : &*found;
}

void RecordingSession::assign_lines() {
  labels_.clear();
  const siprec::Communication* first = nullptr;
  for (const siprec::Communication& communication : communications_) {
    const Member* known = communication.has_ended ? nullptr : member(communication.id);
    if (known && !first) first = &communication;
    // A label that several calls have is that of the one which goes on; where its call is over it is
    // nobody's.
    for (const siprec::Track& track : communication.tracks)
      if (known || !labels_.contains(track.label))
        labels_[track.label] = {known ? known->call : nullptr, &communication, &track};
  }
  // A line that the metadata does not name takes its place among those of its kind, in the first call.
  size_t audio = 0, others = 0;
  for (size_t i = 0; i < lines_.size(); ++i) assign_line(i, lines_[i].is_audio ? audio++ : others++, first);
}

void RecordingSession::assign_line(size_t index, size_t place, const siprec::Communication* first) {
  Line& of = lines_[index];
  of.call = nullptr;
  of.participant.clear();
  std::string label = label_of(index);
  if (auto named = labels_.find(label); named != labels_.end() && !label.empty()) {
    const LabelUse& use = named->second;
    if (!use.call) return;
    of.call = use.call;
    if (use.track->senders.size() > 1) of.participant = kMixed;
    if (use.track->senders.size() == 1)
      of.participant = use.call->roster->name_of(use.communication->parties[use.track->senders[0]]);
  } else if (first) {
    of.call = member(first->id)->call;
    if (!label.empty() && state_.has_snapshot() && of.is_open)
      findings_.add(siprec::Rule::kLabelUnknown, label);
  }
  if (!of.call || !of.participant.empty()) return;
  of.participant = Roster::name_at(place);
  if (!cisco_ || state_.has_snapshot()) return;
  if (!cisco_->call_key.empty()) {
    of.participant = Roster::name_at(cisco_->parties.front().line);
  } else if (place < first->parties.size()) {
    of.participant = of.call->roster->name_of(first->parties[place]);
  }
}

Call* RecordingSession::call_of(Side sender, size_t index) const {
  return sender == client_ && index < lines_.size() ? lines_[index].call : nullptr;
}

std::string RecordingSession::participant_of(Side sender, size_t index) const {
  return sender == client_ && index < lines_.size() ? lines_[index].participant : std::string();
}

bool RecordingSession::is_paused(Side sender, size_t index) const {
  return sender == client_ && index < lines_.size() && lines_[index].is_paused();
}

std::string_view RecordingSession::paused_by(const Call& call) const {
  std::string_view by;
  for (const Line& of : lines_) {
    if (of.call != &call || !of.is_audio || !of.is_open) continue;
    if (!of.is_paused()) return {};
    if (by != "recorder") by = of.paused_by_recorder ? "recorder" : "client";
  }
  return by;
}

std::vector<RecordingSession::Pause> RecordingSession::take_pauses() { return std::exchange(pauses_, {}); }

std::vector<siprec::Finding> RecordingSession::take_findings() {
  const auto& all = findings_.all();
  std::vector<siprec::Finding> fresh(all.begin() + static_cast<ptrdiff_t>(findings_told_), all.end());
  findings_told_ = all.size();
  return fresh;
}

}  // namespace ew::call
