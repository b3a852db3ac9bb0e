// The fields of the records, once: their names and order for the snapshot, the public JSON and the columns of
// the call log. A visitor has three members, each called as (name, member):
//   field     anything: text, number, bool, enum, id, time, optional of these, list of texts, list of holds, losses or external ids
//   nonzero   a number in which 0 means unknown
//   hex       an SSRC
// The names are stored in log parts and in databases, so a field may be added but never renamed.
#pragma once

#include <concepts>
#include <type_traits>

#include "model/call_record.h"

namespace ew {

template <typename T, typename Record>
concept MaybeConst = std::same_as<std::remove_const_t<T>, Record>;

template <typename Visitor, MaybeConst<Hold> Record>
void visit_fields(Visitor& visit, Record& hold) {
  visit.field("from", hold.from);
  visit.field("to", hold.to);
  visit.field("by", hold.by);
}

template <typename Visitor, MaybeConst<ExternalId> Record>
void visit_fields(Visitor& visit, Record& id) {
  visit.field("kind", id.kind);
  visit.field("value", id.value);
}

template <typename Visitor, MaybeConst<Loss> Record>
void visit_fields(Visitor& visit, Record& loss) {
  visit.field("from", loss.from);
  visit.field("to", loss.to);
  visit.field("before", loss.before);
  visit.field("at_capture", loss.at_capture);
  visit.field("in_recorder", loss.in_recorder);
}

template <typename Visitor, MaybeConst<Leg> Record>
void visit_fields(Visitor& visit, Record& leg) {
  visit.field("sip_call_id", leg.sip_call_id);
  visit.field("role", leg.role);
  visit.field("from_uri", leg.from_uri);
  visit.field("from_name", leg.from_name);
  visit.field("to_uri", leg.to_uri);
  visit.field("to_name", leg.to_name);
  visit.field("user_agent", leg.user_agent);
  visit.field("server", leg.server);
  visit.field("transport", leg.transport);
  visit.field("source", leg.source);
  visit.field("destination", leg.destination);
  visit.field("invite_at", leg.invite_at);
  visit.field("ring_at", leg.ring_at);
  visit.field("answer_at", leg.answer_at);
  visit.field("end_at", leg.end_at);
  visit.field("final_status", leg.final_status);
  visit.field("final_reason", leg.final_reason);
  visit.field("hops", leg.hops);
  visit.field("branches", leg.branches);
  visit.field("holds", leg.holds);
  visit.field("refer_type", leg.refer_type);
  visit.field("refer_target", leg.refer_target);
}

template <typename Visitor, MaybeConst<MediaStream> Record>
void visit_fields(Visitor& visit, Record& stream) {
  visit.field("participant", stream.participant);
  visit.hex("ssrc", stream.ssrc);
  visit.field("source", stream.source);
  visit.field("destination", stream.destination);
  visit.field("codec", stream.codec);
  visit.nonzero("clock_rate", stream.clock_rate);
  visit.field("packets", stream.packets);
  visit.field("lost", stream.lost);
  visit.field("duplicated", stream.duplicated);
  visit.field("reordered", stream.reordered);
  visit.field("first_at", stream.first_at);
  visit.field("last_at", stream.last_at);
  visit.field("number", stream.number);
  visit.field("media", stream.media);
  visit.field("payload_type", stream.payload_type);
  visit.field("codecs", stream.codecs);
  visit.field("bytes", stream.bytes);
  visit.field("paths", stream.paths);
  visit.field("jitter_ms", stream.jitter_ms);
  visit.field("encrypted", stream.encrypted);
  visit.field("opened", stream.opened);
  visit.field("auth_failures", stream.auth_failures);
  visit.field("label", stream.label);
  visit.field("lost_at_capture", stream.lost_at_capture);
  visit.field("lost_in_recorder", stream.lost_in_recorder);
  visit.field("losses", stream.losses);
}

template <typename Visitor, MaybeConst<CallEvent> Record>
void visit_fields(Visitor& visit, Record& event) {
  visit.field("at", event.at);
  visit.field("kind", event.kind);
  visit.field("who", event.who);
  visit.field("detail", event.detail);
}

// All but the lists of legs, streams and events.
template <typename Visitor, MaybeConst<CallRecord> Record>
void visit_fields(Visitor& visit, Record& call) {
  visit.field("call_id", call.call_id);
  visit.field("tenant", call.tenant);
  visit.field("interaction_id", call.interaction_id);
  visit.field("parent_call_id", call.parent_call_id);
  visit.field("source", call.source);
  visit.field("source_detail", call.source_detail);
  visit.field("direction", call.direction);
  visit.field("tech_result", call.tech_result);
  visit.field("start_at", call.start_at);
  visit.field("ring_at", call.ring_at);
  visit.field("answer_at", call.answer_at);
  visit.field("end_at", call.end_at);
  visit.field("hangup_by", call.hangup_by);
  visit.field("end_reason", call.end_reason);
  visit.field("end_reason_sip", call.end_reason_sip);
  visit.field("end_reason_q850", call.end_reason_q850);
  visit.field("caller_number", call.caller_number);
  visit.field("caller_name", call.caller_name);
  visit.field("called_number", call.called_number);
  visit.field("called_name", call.called_name);
  visit.field("dialled_digits", call.dialled_digits);
  visit.field("did", call.did);
  visit.field("connected_number", call.connected_number);
  visit.field("queue", call.queue);
  visit.field("sip_call_ids", call.sip_call_ids);
  visit.field("events_cut", call.events_cut);
  visit.field("ended", call.ended);
  visit.field("external_ids", call.external_ids);
}

// All but the list of streams.
template <typename Visitor, MaybeConst<RecordingRecord> Record>
void visit_fields(Visitor& visit, Record& recording) {
  visit.field("recording_id", recording.recording_id);
  visit.field("call_id", recording.call_id);
  visit.field("state", recording.state);
  visit.field("state_detail", recording.state_detail);
  visit.field("witness", recording.witness);
  visit.field("start_at", recording.start_at);
  visit.field("end_at", recording.end_at);
  visit.field("media_bytes", recording.media_bytes);
  visit.field("captures", recording.captures);
}

}  // namespace ew
