#include "index/indexer.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.h"
#include "index/interrupted.h"
#include "part/record.h"

namespace ew::index {
namespace {

constexpr size_t kRebuildBatch = 256;

std::string_view name_of_end(part::End end) {
  switch (end) {
    case part::End::kClosed:
      return "closed";
    case part::End::kCut:
      return "cut";
    case part::End::kPause:
      return "pause";
    case part::End::kConsent:
      return "consent";
    case part::End::kKeep:
      return "keep";
    case part::End::kCrash:
      return "crash";
    case part::End::kFreed:
      return "freed";
  }
  return "unknown";
}

// The last call record that a recording's log holds, completed by what was stored where a crash ended it.
Result<CallSnapshot> snapshot_of(vault::Vault& vault, const RecordingParts& parts) {
  for (auto part = parts.log.rbegin(); part != parts.log.rend(); ++part) {
    std::string json;
    TRY(vault.read(**part, [&](const part::FrameInfo& frame, ByteView plaintext) -> Status {
      return part::for_each_record(plaintext, frame.first_at, [&](const part::Record& record) {
        if (record.type == part::RecordType::kCall) json = as_text(record.body);
      });
    }));
    if (json.empty()) continue;
    CallSnapshot snapshot = TRY(decode_snapshot(json));
    TRY(complete_interrupted(vault, parts, snapshot));
    return snapshot;
  }
  return snapshot_without_record(vault, parts);
}

template <typename T>
void fill(std::optional<T>& known, const std::optional<T>& other) {
  if (!known) known = other;
}

// What the first witness of a call does not know, another may.
void fill_from(CallRecord& call, const CallRecord& other) {
  fill(call.parent_call_id, other.parent_call_id);
  fill(call.ring_at, other.ring_at);
  fill(call.answer_at, other.answer_at);
  fill(call.end_at, other.end_at);
  fill(call.end_reason_sip, other.end_reason_sip);
  fill(call.end_reason_q850, other.end_reason_q850);
  fill(call.caller_number, other.caller_number);
  fill(call.caller_name, other.caller_name);
  fill(call.called_number, other.called_number);
  fill(call.called_name, other.called_name);
  fill(call.dialled_digits, other.dialled_digits);
  fill(call.did, other.did);
  fill(call.connected_number, other.connected_number);
  fill(call.queue, other.queue);
  if (call.tech_result == TechResult::kUnknown) call.tech_result = other.tech_result;
  if (call.direction == Direction::kUnknown) call.direction = other.direction;
  if (call.hangup_by == HangupBy::kUnknown) call.hangup_by = other.hangup_by;
  for (const std::string& id : other.sip_call_ids)
    if (std::find(call.sip_call_ids.begin(), call.sip_call_ids.end(), id) == call.sip_call_ids.end())
      call.sip_call_ids.push_back(id);
  for (const ExternalId& id : other.external_ids)
    if (std::find(call.external_ids.begin(), call.external_ids.end(), id) == call.external_ids.end())
      call.external_ids.push_back(id);
}

constexpr std::string_view kCrashed = "recorder_stopped";  // see complete_interrupted()

// A call that went on after its recorder died has a recording of each run: it ends with the last, and what
// lies between them is a gap.
void go_on(CallRecord& call, const CallRecord& after) {
  if (call.end_reason != kCrashed || !call.end_at || after.start_at < *call.end_at) return;
  CallEvent gap;
  gap.at = *call.end_at;
  gap.kind = "gap";
  gap.detail = "the recorder was interrupted until " + to_rfc3339(after.start_at);
  call.events.push_back(std::move(gap));
  call.events.insert(call.events.end(), after.events.begin(), after.events.end());
  call.legs.insert(call.legs.end(), after.legs.begin(), after.legs.end());
  call.streams.insert(call.streams.end(), after.streams.begin(), after.streams.end());
  call.ended = after.ended;
  call.end_at = after.end_at;
  call.end_reason = after.end_reason;
  call.end_reason_sip = after.end_reason_sip;
  call.end_reason_q850 = after.end_reason_q850;
  call.hangup_by = after.hangup_by;
}

}  // namespace

db::PartRow part_row(const vault::StoredPart& part) {
  db::PartRow row;
  row.part_id = part.header.part;
  row.recording_id = part.header.recording;
  row.call_id = part.header.call;
  row.tenant = part.header.tenant;
  row.kind = part::name_of(part.header.kind);
  row.number = part.header.number;
  row.generation = part.header.generation;
  row.object = part.name;
  row.size = part.size;
  row.frames = part.footer.frames.size();
  row.root = to_hex(part.footer.root);
  row.end = name_of_end(part.footer.end);
  row.first_at = row.last_at = part.header.anchor_wall;
  if (!part.footer.frames.empty()) {
    row.first_at = part.footer.frames.front().first_at;
    for (const part::FrameEntry& frame : part.footer.frames)
      row.last_at = std::max(row.last_at, frame.last_at);
  }
  return row;
}

Result<db::CallRows> rows_of(vault::Vault& vault, std::vector<vault::StoredPart> parts) {
  std::sort(parts.begin(), parts.end(), [](const vault::StoredPart& a, const vault::StoredPart& b) {
    auto key = [](const vault::StoredPart& p) {
      return std::tie(p.header.recording, p.header.kind, p.header.number, p.header.generation, p.header.part);
    };
    return key(a) < key(b);
  });
  std::map<RecordingId, RecordingParts> recordings;
  db::CallRows rows;
  for (const vault::StoredPart& part : parts) {
    if (part.header.kind == part::Kind::kDerived) continue;  // can be made again: no rows
    rows.parts.push_back(part_row(part));
    RecordingParts& of = recordings[part.header.recording];
    if (part.header.kind == part::Kind::kLog) of.log.push_back(&part);
    if (part.header.kind == part::Kind::kMedia) of.media.push_back(&part);
  }
  bool first = true;
  for (const auto& [id, of] : recordings) {
    if (of.log.empty() && of.media.empty()) continue;
    auto snapshot = snapshot_of(vault, of);
    if (!snapshot) return std::move(snapshot).error().within("recording " + id.text());
    snapshot->recording.streams = snapshot->call.streams;
    if (first) {
      rows.call = std::move(snapshot->call);
    } else {
      go_on(rows.call, snapshot->call);
      fill_from(rows.call, snapshot->call);
    }
    rows.recordings.push_back(std::move(snapshot->recording));
    first = false;
  }
  if (first) return Error(ErrorCode::kNotFound, "no part of the call's own among its objects");
  return rows;
}

Result<db::CallRows> Indexer::updated(CallId call, std::vector<vault::StoredPart> arrived) {
  auto known = TRY(calls_.find(arrived.front().header.tenant, call));
  if (known) {
    for (const db::PartRow& row : known->parts) {
      bool again = std::any_of(arrived.begin(), arrived.end(),
                               [&](const vault::StoredPart& p) { return p.name == row.object; });
      if (!again) arrived.push_back(TRY(vault_.describe(row.object)));
    }
  }
  return rows_of(vault_, std::move(arrived));
}

Result<size_t> Indexer::run_once(size_t limit) {
  std::lock_guard lock(working_);
  auto cursor_text = TRY(calls_.cursor(kCursor));
  uint64_t cursor = cursor_text ? parse_number(*cursor_text, UINT64_MAX).value_or(0) : 0;
  auto batch = TRY(arrivals_.read(cursor, limit));
  if (batch.names.empty()) return size_t{0};
  std::map<CallId, std::vector<vault::StoredPart>> by_call;
  std::set<std::string> seen;
  for (const std::string& name : batch.names) {
    if (!seen.insert(name).second) continue;  // stored twice by a crash between two steps
    vault::StoredPart part = TRY(vault_.describe(name));
    by_call[part.header.call].push_back(std::move(part));
  }
  std::vector<db::CallRows> rows;
  for (auto& [call, parts] : by_call) rows.push_back(TRY(updated(call, std::move(parts))));
  TRY(calls_.store(rows, kCursor, std::to_string(batch.next)));
  if (on_stored_)
    for (const db::CallRows& call : rows) on_stored_(call);
  return batch.names.size();
}

Status Indexer::run() {
  while (TRY(run_once(512)) > 0) {
  }
  return {};
}

Result<std::map<CallId, std::vector<std::string>>> objects_by_call(
    vault::Vault& vault, const std::function<void(const std::string&, const Error&)>& unreadable) {
  std::map<CallId, std::vector<std::string>> by_call;
  TRY(vault.for_each("", [&](const vault::ObjectInfo& object) -> Status {
    auto part = vault.describe(object.name);
    if (part) {
      if (part->header.kind != part::Kind::kDerived) by_call[part->header.call].push_back(object.name);
    } else {
      unreadable(object.name, part.error());
    }
    return {};
  }));
  return by_call;
}

Status Indexer::rebuild(const std::function<bool(uint64_t calls, uint64_t of)>& progress) {
  std::lock_guard lock(working_);
  // Before the vault is listed: what arrives meanwhile is read from here on.
  uint64_t end = arrivals_.end();
  std::optional<Error> damaged;
  auto by_call = TRY(objects_by_call(vault_, [&](const std::string& name, const Error& error) {
    if (!damaged) damaged = Error(error).within(name);
  }));
  TRY(calls_.clear_machine_rows());
  std::vector<db::CallRows> rows;
  uint64_t done = 0;
  for (const auto& [call, names] : by_call) {
    std::vector<vault::StoredPart> parts;
    for (const std::string& name : names) parts.push_back(TRY(vault_.describe(name)));
    rows.push_back(TRY(rows_of(vault_, std::move(parts))));
    ++done;
    if (rows.size() < kRebuildBatch && done < by_call.size()) continue;
    TRY(calls_.store(rows, kCursor, std::to_string(done < by_call.size() ? 0 : end)));
    rows.clear();
    if (progress && !progress(done, by_call.size()) && done < by_call.size())
      return Error(ErrorCode::kBusy, "making the call log again was stopped");
  }
  // What could be read is in; what could not is said.
  if (damaged) return *damaged;
  return {};
}

}  // namespace ew::index
