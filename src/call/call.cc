#include "call/call.h"

#include <algorithm>

#include "base/text.h"
#include "call/dialog.h"
#include "call/losses.h"
#include "call/recording_session.h"
#include "call/roster.h"
#include "call/twin.h"

namespace ew::call {

namespace {

// The name as IANA registered it, where a device spelt it otherwise (names are compared without case, RFC
// 8866 section 6.6).
std::string canonical_codec(std::string_view name) {
  for (std::string_view known :
       {"PCMU",    "PCMA",    "G722",    "G723",   "G728", "G729", "GSM", "iLBC",
        "speex",   "opus",    "AMR",     "AMR-WB", "EVS",  "L16",  "CN",  "telephone-event",
        "red",     "H261",    "H263",    "H264",   "H265", "VP8",  "VP9", "T38",
        "G726-16", "G726-24", "G726-32", "G726-40"})
    if (equals_ignore_case(name, known)) return std::string(known);
  return std::string(name);
}

}  // namespace

Stream::Stream(Call& owner) : call(owner) {}
Stream::~Stream() = default;
Call::Call() = default;
Call::~Call() = default;

const sdp::Format* Stream::format(uint8_t payload_type) const {
  for (const sdp::Format& format : formats)
    if (format.payload_type == payload_type) return &format;
  return nullptr;
}

uint32_t Stream::clock_rate(uint8_t payload_type) const {
  if (payload_type == last_payload_type_) return last_clock_rate_;
  if (const sdp::Format* known = format(payload_type); known && known->clock_rate != 0)
    return known->clock_rate;
  auto fixed = sdp::static_format(payload_type);
  return fixed && fixed->clock_rate != 0 ? fixed->clock_rate : 8000;
}

void Stream::note_payload_type(uint8_t payload_type) {
  if (payload_type == last_payload_type_) return;
  last_clock_rate_ = clock_rate(payload_type);
  last_payload_type_ = payload_type;
  std::string codec;
  uint32_t rate = 0;
  if (const sdp::Format* known = format(payload_type)) {
    codec = known->encoding;
    rate = known->clock_rate;
  } else if (auto fixed = sdp::static_format(payload_type)) {
    codec = fixed->encoding;
    rate = fixed->clock_rate;
  }
  codec = canonical_codec(codec);
  if (codec == "telephone-event" || codec == "CN") return;
  if (!announced_codec || record.codec.empty()) {
    announced_codec = true;
    record.codec = codec;
    record.clock_rate = rate;
    record.payload_type = payload_type;
  }
  if (!codec.empty() && record.codecs.size() < 16 &&
      std::find(record.codecs.begin(), record.codecs.end(), codec) == record.codecs.end()) {
    record.codecs.push_back(codec);
  }
}

void Stream::refresh() {
  record.number = number;
  record.packets = statistics.packets();
  record.lost = statistics.lost();
  record.duplicated = statistics.duplicated();
  record.reordered = statistics.reordered();
  record.bytes = payload_bytes;
  record.jitter_ms = statistics.jitter_ms();
  record.paths = static_cast<uint32_t>(std::max<size_t>(paths.size(), 1));
  if (statistics.packets() > 0) {
    record.first_at = statistics.first_at();
    record.last_at = statistics.last_at();
  }
}

void Call::add_event(WallTime at, std::string_view kind, std::string_view who, std::string_view detail) {
  if (record.events.size() >= CallRecord::kMaxEvents) {
    record.events_cut = true;
    return;
  }
  record.events.push_back({at, std::string(kind), std::string(who), std::string(detail)});
}

void Call::refresh() {
  record.streams.clear();
  for (const auto& stream : streams) {
    stream->refresh();
    if (stream->record.packets > 0 || stream->record.auth_failures > 0)
      record.streams.push_back(stream->record);
  }
  record.ended = ended;
  if (!dialogs.empty()) refresh_from_dialogs();
  if (roster) refresh_from_sessions();
}

void Call::refresh_from_dialogs() {
  const Dialog& main = *dialogs.front();
  record.legs.clear();
  record.sip_call_ids.clear();
  record.ring_at = main.leg.ring_at;
  std::string answered_by;
  for (const auto& dialog : dialogs) {
    dialog->leg.role = dialog == dialogs.front() ? "a" : "b";
    record.legs.push_back(dialog->leg);
    record.sip_call_ids.push_back(dialog->leg.sip_call_id);
    if (!record.ring_at && dialog->leg.ring_at) record.ring_at = dialog->leg.ring_at;
    if (dialog->answered()) {
      // A B2BUA that keeps the called number in To names the one it really calls in the request URI.
      bool redirected = dialog != dialogs.front() && dialog->to_user == main.to_user;
      std::string who = dialog->answered_user;
      if (who.empty()) who = redirected ? dialog->dialled_user : dialog->to_user;
      if (!who.empty()) answered_by = who;
    }
  }
  auto known = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
  };
  record.caller_number = known(main.from_user);
  record.caller_name = known(main.leg.from_name);
  record.called_number = known(main.to_user.empty() ? main.dialled_user : main.to_user);
  record.called_name = known(main.leg.to_name);
  record.dialled_digits = known(main.dialled_user);
  record.connected_number = main.answered() ? known(answered_by) : std::nullopt;
  record.answer_at = main.leg.answer_at;
  record.end_reason_sip =
      main.leg.final_status && *main.leg.final_status >= 300 ? main.leg.final_status : std::nullopt;
  record.end_reason_q850 = main.q850;
  // Before its end a call's result is what is certain already: that it was answered.
  record.tech_result = ended || main.answered() ? main.result() : TechResult::kUnknown;
  if (ended && record.tech_result == TechResult::kUnknown && had_media && !main.leg.ring_at)
    record.tech_result = TechResult::kAnswered;
  if (ended) record.end_at = ended_at;
}

void Call::refresh_from_sessions() {
  record.legs.clear();
  bool answered = false;
  for (const RecordingSession* session : sessions) {
    record.legs.push_back(session->leg);
    answered |= session->is_answered();
    if (session->is_answered() && (!record.answer_at || *session->leg.answer_at < *record.answer_at))
      record.answer_at = session->leg.answer_at;
  }
  auto known = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
  };
  const auto& parties = roster->entries();
  if (!parties.empty()) {
    record.caller_number = known(parties[0].party.user);
    record.caller_name = known(parties[0].party.name);
  }
  if (parties.size() > 1 && !parties[1].party.is_placeholder) {
    record.called_number = record.connected_number = known(parties[1].party.user);
    record.called_name = known(parties[1].party.name);
  }
  // A client records what is answered, or lets the recorder answer first: either way there was a
  // conversation.
  record.tech_result = answered ? TechResult::kAnswered : TechResult::kUnknown;
  if (!answered) record.answer_at.reset();
  if (ended) record.end_at = ended_at;
}

}  // namespace ew::call
