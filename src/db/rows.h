// The tables as the program sees them. A row is two records, one after the other (the second may be a record
// of model/), and a visitor over both gives its columns in order: one list for inserting, reading and
// dumping.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/call_log.h"
#include "db/sql.h"
#include "model/call_fields.h"

namespace ew::db {

// Raised when the rows made of the same parts change, so that a rebuild is due.
constexpr int64_t kIngestVersion = 1;
// Every text of a column is cut here, at the border of a character: an index of PostgreSQL takes no longer
// one.
constexpr size_t kTextMax = 1'000;
constexpr int64_t kUsPerDay = 86'400'000'000;

struct TenantKey {
  std::string tenant;
};
struct CallKey {
  std::string tenant;
  CallId call_id;
};
// The n-th of the call's list, from 0.
struct ListKey {
  std::string tenant;
  CallId call_id;
  int64_t n = 0;
};
struct StreamKey {
  std::string tenant;
  CallId call_id;
  RecordingId recording_id;  // zeros where no recording is known
  int64_t n = 0;
};

// What filters need and follows from the rest.
struct Derived {
  RecordingState recording_state = RecordingState::kNoMedia;  // of the first recording
  std::optional<int64_t> duration_us;
  std::optional<std::string> caller_e164, called_e164;
  std::optional<std::string> caller_name_folded, called_name_folded;
  std::string facets;
};

// What a call is found by. Kinds: capture, codec, external_id, number, sip_call_id, word. With the day of the
// call's start a search for what is frequent looks at a few days only.
struct Term {
  std::string kind, term;
  int64_t day = 0;  // since 1970, UTC
  auto operator<=>(const Term&) const = default;
};

template <typename Visitor, MaybeConst<TenantKey> Record>
void visit_fields(Visitor& visit, Record& key) {
  visit.field("tenant_id", key.tenant);
}
template <typename Visitor, MaybeConst<CallKey> Record>
void visit_fields(Visitor& visit, Record& key) {
  visit.field("tenant_id", key.tenant);
  visit.field("call_id", key.call_id);
}
template <typename Visitor, MaybeConst<ListKey> Record>
void visit_fields(Visitor& visit, Record& key) {
  visit.field("tenant_id", key.tenant);
  visit.field("call_id", key.call_id);
  visit.field("n", key.n);
}
template <typename Visitor, MaybeConst<StreamKey> Record>
void visit_fields(Visitor& visit, Record& key) {
  visit.field("tenant_id", key.tenant);
  visit.field("call_id", key.call_id);
  visit.field("recording_id", key.recording_id);
  visit.field("n", key.n);
}
template <typename Visitor, MaybeConst<Derived> Record>
void visit_fields(Visitor& visit, Record& derived) {
  visit.field("recording_state", derived.recording_state);
  visit.field("duration_us", derived.duration_us);
  visit.field("caller_e164", derived.caller_e164);
  visit.field("called_e164", derived.called_e164);
  visit.field("caller_name_folded", derived.caller_name_folded);
  visit.field("called_name_folded", derived.called_name_folded);
  visit.field("facets", derived.facets);
}
template <typename Visitor, MaybeConst<Term> Record>
void visit_fields(Visitor& visit, Record& term) {
  visit.field("kind", term.kind);
  visit.field("term", term.term);
  visit.field("day", term.day);
}
// All but the tenant.
template <typename Visitor, MaybeConst<PartRow> Record>
void visit_fields(Visitor& visit, Record& part) {
  visit.field("part_id", part.part_id);
  visit.field("recording_id", part.recording_id);
  visit.field("call_id", part.call_id);
  visit.field("kind", part.kind);
  visit.field("number", part.number);
  visit.field("generation", part.generation);
  visit.field("object", part.object);
  visit.field("size", part.size);
  visit.field("frames", part.frames);
  visit.field("root", part.root);
  visit.field("end_reason", part.end);
  visit.field("first_at", part.first_at);
  visit.field("last_at", part.last_at);
}

struct CallTable {
  using First = CallRecord;
  using Second = Derived;
  static constexpr SqlLiteral kName = "call", kOrder = "tenant_id, call_id";
  static constexpr SqlLiteral kColumns =
      "call_id, tenant_id, interaction_id, parent_call_id, source, source_detail, direction, tech_result, "
      "start_at, ring_at, "
      "answer_at, end_at, hangup_by, end_reason, end_reason_sip, end_reason_q850, caller_number, "
      "caller_name, called_number, "
      "called_name, dialled_digits, did, connected_number, queue, sip_call_ids, events_cut, ended, "
      "external_ids, "
      "recording_state, duration_us, "
      "caller_e164, called_e164, caller_name_folded, called_name_folded, facets";
};
struct RecordingTable {
  using First = TenantKey;
  using Second = RecordingRecord;
  static constexpr SqlLiteral kName = "recording", kOrder = "tenant_id, call_id, recording_id";
  static constexpr SqlLiteral kColumns =
      "tenant_id, recording_id, call_id, state, state_detail, witness, start_at, end_at, media_bytes, "
      "captures";
};
struct StreamTable {
  using First = StreamKey;
  using Second = MediaStream;
  static constexpr SqlLiteral kName = "stream", kOrder = "tenant_id, call_id, recording_id, n";
  static constexpr SqlLiteral kColumns =
      "tenant_id, call_id, recording_id, n, participant, ssrc, source, destination, codec, clock_rate, "
      "packets, lost, duplicated, "
      "reordered, first_at, last_at, number, media, payload_type, codecs, bytes, paths, jitter_ms, "
      "encrypted, opened, auth_failures, label, lost_at_capture, lost_in_recorder, losses";
};
struct LegTable {
  using First = ListKey;
  using Second = Leg;
  static constexpr SqlLiteral kName = "leg", kOrder = "tenant_id, call_id, n";
  static constexpr SqlLiteral kColumns =
      "tenant_id, call_id, n, sip_call_id, role, from_uri, from_name, to_uri, to_name, user_agent, server, "
      "transport, source, "
      "destination, invite_at, ring_at, answer_at, end_at, final_status, final_reason, hops, branches, "
      "holds, refer_type, "
      "refer_target";
};
struct EventTable {
  using First = ListKey;
  using Second = CallEvent;
  static constexpr SqlLiteral kName = "event", kOrder = "tenant_id, call_id, n";
  static constexpr SqlLiteral kColumns = "tenant_id, call_id, n, at, kind, who, detail";
};
struct PartTable {
  using First = TenantKey;
  using Second = PartRow;
  static constexpr SqlLiteral kName = "part", kOrder = "tenant_id, call_id, part_id";
  static constexpr SqlLiteral kColumns =
      "tenant_id, part_id, recording_id, call_id, kind, number, generation, object, size, frames, root, "
      "end_reason, first_at, "
      "last_at";
};
struct TermTable {
  using First = CallKey;
  using Second = Term;
  static constexpr SqlLiteral kName = "term", kOrder = "tenant_id, call_id, kind, term";
  static constexpr SqlLiteral kColumns = "tenant_id, call_id, kind, term, day";
};

// Calls `each` with a value of every type of table: those that hang on a call, and all of them.
template <typename Each>
void for_each_call_detail(Each each) {
  each(RecordingTable{});
  each(StreamTable{});
  each(LegTable{});
  each(EventTable{});
  each(PartTable{});
  each(TermTable{});
}
template <typename Each>
void for_each_table(Each each) {
  each(CallTable{});
  for_each_call_detail(each);
}

Derived derive(const CallRows& rows);
// The day a call is found in, since 1970.
int64_t day_of(int64_t us);
std::vector<Term> terms_of(const CallRows& rows);  // sorted, each once

// Calls `each(table, first, second)` for every row that storing `rows` makes.
template <typename Each>
void for_each_row(const CallRows& rows, Each each) {
  const CallRecord& call = rows.call;
  each(CallTable{}, call, derive(rows));
  auto list = [&](auto table, const auto& records) {
    ListKey key{call.tenant, call.call_id};
    for (const auto& record : records) {
      each(table, key, record);
      ++key.n;
    }
  };
  auto streams = [&](RecordingId recording, const std::vector<MediaStream>& records) {
    StreamKey key{call.tenant, call.call_id, recording};
    for (const MediaStream& stream : records) {
      each(StreamTable{}, key, stream);
      ++key.n;
    }
  };
  list(LegTable{}, call.legs);
  list(EventTable{}, call.events);
  TenantKey tenant{call.tenant};
  for (const RecordingRecord& recording : rows.recordings) {
    each(RecordingTable{}, tenant, recording);
    streams(recording.recording_id, recording.streams);
  }
  if (rows.recordings.empty()) streams({}, call.streams);
  for (const PartRow& part : rows.parts) each(PartTable{}, tenant, part);
  CallKey key{call.tenant, call.call_id};
  for (const Term& term : terms_of(rows)) each(TermTable{}, key, term);
}

}  // namespace ew::db
