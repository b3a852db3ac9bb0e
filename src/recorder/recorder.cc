#include "recorder/recorder.h"

#include <algorithm>
#include <atomic>

#include "base/prefetch.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "model/snapshot.h"
#include "recorder/record_json.h"
#include "sdp/session.h"

namespace ew::recorder {
namespace {

constexpr int64_t kSnapshotNs = 10 * kNsPerSec;  // a running call's record is written at most this often

// Digits that a person keyed are part of the recording, not of the log (docs/formats/part.md).
bool carries_digits(const sip::Message& message) {
  return message.is_request && message.method == sip::Method::kInfo &&
         starts_with_ignore_case(message.value(sip::Header::kContentType), "application/dtmf");
}

std::string text_of_no_room(size_t calls) {
  return "overload: " + std::to_string(calls) + " calls were being recorded, which is what this node takes";
}

bool may_carry_keys(ByteView message) {
  std::string_view text = as_text(message);
  for (std::string_view word : {"crypto", "CRYPTO", "Crypto", "\nk=", "\rk="})
    if (text.find(word) != std::string_view::npos) return true;
  return false;
}

}  // namespace

Recorder::Recorder(RecorderSettings settings, RecordingIds ids, std::vector<LaneThread*> lanes)
    : settings_(std::move(settings)), ids_(std::move(ids)), lanes_(std::move(lanes)) {}
Recorder::~Recorder() = default;

Recorder::Recording& Recorder::recording_of(call::Call& call) { return *recordings_[call.slot]; }

void Recorder::on_call(call::Call& call, call::Change change) {
  if (change == call::Change::kBegun) begin(call);
  Recording& recording = recording_of(call);
  if (change == call::Change::kClosed) {
    finish(recording);
    return;
  }
  if (change == call::Change::kBegun || recording.known_complete) return;
  // What a crash must not lose is written at once: that the call was answered, and how it ended.
  WallTime at = std::max(call.last_signalling, call.last_media);
  bool answered_now = call.record.answer_at && !recording.wrote_answer;
  if (answered_now || change == call::Change::kEnded || at - recording.last_snapshot >= kSnapshotNs) {
    recording.wrote_answer = call.record.answer_at.has_value();
    if (recording.wrote) write_snapshot(recording, at);
  }
}

void Recorder::begin(call::Call& call) {
  if (free_slots_.empty()) {
    call.slot = recordings_.size();
    recordings_.emplace_back();
  } else {
    call.slot = free_slots_.back();
    free_slots_.pop_back();
  }
  recordings_[call.slot] = std::make_unique<Recording>();
  Recording& recording = *recordings_[call.slot];
  recording.call = &call;
  recording.record.call_id = call.record.call_id;
  recording.record.recording_id = ids_(call.record.call_id);
  recording.record.witness =
      settings_.witness + (settings_.captures.empty() ? call.record.source_detail : "");
  recording.lane = lanes_[IdHash()(recording.record.recording_id) % lanes_.size()];
  ++figures_.recordings;
  if (!settings_.stored_before) return;
  if (auto before = settings_.stored_before->recording(recording.record.recording_id)) {
    recording.log_parts = before->log_parts;
    recording.media_parts = before->media_parts;
    recording.known_ended = before->ended;
    recording.known_complete = before->complete;
    recording.media_bytes = before->media_bytes;
    recording.start_at = before->start_at;
    recording.end_at = before->end_at;
    figures_.recordings_complete_before += before->complete;
  }
}

void Recorder::note_capture(Recording& recording, const PacketRef& ref) {
  if (ref.capture == recording.last_capture) return;
  recording.last_capture = ref.capture;
  recording.captures.insert(ref.capture);
}

bool Recorder::is_known(Recording& recording, const PacketRef& ref) {
  if (recording.known_complete) return true;
  if (!settings_.stored_before || !settings_.stored_before->has(ref)) return false;
  ++recording.known_packets;
  ++figures_.packets_known;
  return true;
}

// Decided once for each call, by its first media.
bool Recorder::has_room(Recording& recording, WallTime at) {
  if (recording.room == Recording::Room::kHasNot) return false;
  if (settings_.max_recorded != 0 && recorded_now_ >= settings_.max_recorded) {
    recording.room = Recording::Room::kHasNot;
    ++figures_.refused;
    recording.call->add_event(at, "rec_refused", {}, text_of_no_room(settings_.max_recorded));
    return false;
  }
  recording.room = Recording::Room::kHas;
  ++recorded_now_;
  return true;
}

void Recorder::on_signalling(call::Call& call, const Datagram& datagram, const sip::Message& message) {
  Recording& recording = recording_of(call);
  note_capture(recording, datagram.ref);
  if (is_known(recording, datagram.ref)) return;
  bool first = !recording.wrote;
  part::Record record;
  record.type = part::RecordType::kSip;
  record.at = datagram.at;
  record.has_ref = counts_packets();
  record.ref = datagram.ref;
  record.source = datagram.source;
  record.destination = datagram.destination;
  record.transport = datagram.transport;
  record.vlan = datagram.vlan;
  record.dscp = datagram.dscp;
  record.body = datagram.payload;
  std::string redacted;
  if (may_carry_keys(datagram.payload)) {
    redacted = sdp::redact_keys(as_text(datagram.payload));
    record.body = as_bytes(redacted);
  }
  if (carries_digits(message)) {
    if (settings_.record) write(recording, part::Kind::kMedia, record);
    return;
  }
  write(recording, part::Kind::kLog, record);
  if (remembers_logs_) remembered_.push_back(call.slot);
  ++figures_.sip_stored;
  if (first) write_snapshot(recording, datagram.at);
}

// A log line may hold a message with its keys.
void Recorder::on_note(call::Call& call, const call::Note& note) {
  call::Note kept = note;
  std::string redacted;
  if (may_carry_keys(as_bytes(note.detail))) {
    redacted = sdp::redact_keys(note.detail);
    kept.detail = redacted;
  }
  const std::string text = note_json(kept);
  part::Record record;
  record.type = part::RecordType::kEvent;
  record.at = note.at;
  record.body = as_bytes(text);
  write(recording_of(call), part::Kind::kLog, record);
}

void Recorder::on_media(call::Call& call, call::Stream* stream, const call::MediaPacket& packet) {
  Recording& recording = recording_of(call);
  note_capture(recording, packet.ref);
  if (!settings_.record) {
    recording.left_out = true;
    return;
  }
  if (recording.room != Recording::Room::kHas && !has_room(recording, packet.at)) return;
  if (is_known(recording, packet.ref)) return;
  part::Record record;
  record.type = packet.is_rtcp ? part::RecordType::kRtcp : part::RecordType::kRtp;
  record.at = packet.at;
  record.has_ref = counts_packets();
  record.ref = packet.ref;
  record.stream = stream ? stream->number : part::kNoStream;
  record.path = packet.path;
  record.body = packet.bytes;
  if (stream) {
    open_part(recording, part::Kind::kMedia, packet.at);
    describe(recording, *stream, packet.at);
  }
  write(recording, part::Kind::kMedia, record);
  if (packet.is_rtcp) return;
  ++figures_.packets_stored;
  recording.media_bytes += packet.bytes.size();
  if (!recording.start_at || packet.at < *recording.start_at) recording.start_at = packet.at;
  if (!recording.end_at || packet.at > *recording.end_at) recording.end_at = packet.at;
}

// As in call::MediaRouter::prepare: each step for all calls before the next.
void Recorder::prepare(std::span<call::Call* const> calls) {
  for (const call::Call* call : calls) prefetch(recordings_[call->slot].get(), 128);
  for (const call::Call* call : calls) {
    const Recording& recording = *recordings_[call->slot];
    if (recording.media.open) recording.lane->prepare(recording.media.slot);
  }
  for (const call::Call* call : calls) {
    const Recording& recording = *recordings_[call->slot];
    if (recording.media.open) recording.lane->prepare_frame(recording.media.slot);
  }
}

Recorder::OpenPart& Recorder::open_part(Recording& recording, part::Kind kind, WallTime at) {
  OpenPart& part = kind == part::Kind::kLog ? recording.log : recording.media;
  if (part.open) return part;
  part::Header header;
  header.kind = kind;
  header.number = kind == part::Kind::kLog ? recording.log_parts++ : recording.media_parts++;
  header.node = settings_.node;
  header.call = recording.record.call_id;
  header.recording = recording.record.recording_id;
  header.part = PartId(crypto::random_uuid(at));
  header.tenant = settings_.tenant;
  header.anchor_wall = at;
  header.clock_source = settings_.clock_source;
  part = OpenPart{};
  part.open = true;
  part.serial = ++part_serial_;
  part.opened_at = at;
  part.id = header.part;
  if (free_part_slots_.empty()) {
    part.slot = next_part_slot_++;
  } else {
    part.slot = free_part_slots_.back();
    free_part_slots_.pop_back();
  }
  opened_.push_back({at, recording.call->slot, kind});
  recording.lane->open_part(part.slot, header);
  return part;
}

void Recorder::close_part(Recording& recording, OpenPart& part, part::End end) {
  if (!part.open) return;
  recording.lane->close_part(part.slot, end);
  free_part_slots_.push_back(part.slot);
  part.open = false;
}

// The log goes first, so that whoever finds a media part has met its call before.
void Recorder::close_parts(Recording& recording, part::End end) {
  close_part(recording, recording.log, end);
  close_part(recording, recording.media, end);
}

void Recorder::write(Recording& recording, part::Kind kind, const part::Record& record) {
  // Nothing that is taken in is so large; if it is all the same, it costs itself alone.
  if (record.body.size() > part::kMaxRecordBody) {
    ++figures_.records_too_large;
    return;
  }
  recording.wrote = true;
  OpenPart& part = open_part(recording, kind, record.at);
  if (record.has_ref) name_capture(recording, part, record.ref, record.at);
  recording.lane->append(part.slot, record);
  part.bytes += record.body.size() + 32;
  if (part.bytes >= part::kMaxPartBytes) close_parts(recording, part::End::kCut);
}

// A packet's number means something only beside the capture it was counted in.
void Recorder::name_capture(Recording& recording, OpenPart& part, const PacketRef& ref, WallTime at) {
  if (ref.capture == part.last_capture) return;
  part.last_capture = ref.capture;
  if (ref.capture >= settings_.captures.size()) return;
  if (ref.capture < part.captures.size() && part.captures[ref.capture]) return;
  part.captures.resize(std::max<size_t>(part.captures.size(), ref.capture + 1));
  part.captures[ref.capture] = true;
  const CaptureIdentity& capture = settings_.captures[ref.capture];
  Bytes body(capture.sha256.begin(), capture.sha256.end());
  ByteWriter(body).raw(capture_json(capture.name, capture.size));
  part::Record record;
  record.type = part::RecordType::kCapture;
  record.at = at;
  record.has_ref = true;
  record.ref.capture = ref.capture;
  record.body = body;
  recording.lane->append(part.slot, record);
}

void Recorder::describe(Recording& recording, call::Stream& stream, WallTime at) {
  // Described once per part, and again when its formats or paths have become more.
  uint64_t mark = uint64_t{recording.media.serial} << 24 | stream.formats.size() << 8 | stream.paths.size();
  if (stream.listener_mark == mark) return;
  stream.listener_mark = mark;
  std::string json = stream_json(stream);
  part::Record record;
  record.type = part::RecordType::kStream;
  record.at = at;
  record.stream = stream.number;
  record.body = as_bytes(json);
  recording.lane->append(recording.media.slot, record);
}

void Recorder::write_snapshot(Recording& recording, WallTime at) {
  recording.record.state = state_of(*recording.call);
  recording.record.start_at = recording.start_at;
  recording.record.end_at = recording.end_at;
  recording.record.media_bytes = recording.media_bytes;
  recording.record.captures.clear();
  std::vector<uint32_t> captures(recording.captures.begin(), recording.captures.end());
  std::sort(captures.begin(), captures.end());
  for (uint32_t capture : captures)
    if (capture < settings_.captures.size())
      recording.record.captures.push_back(to_hex(settings_.captures[capture].sha256));
  encode_snapshot(recording.call->record, recording.record, snapshot_);
  part::Record record;
  record.type = part::RecordType::kCall;
  record.at = at;
  record.body = as_bytes(snapshot_);
  recording.last_snapshot = at;
  write(recording, part::Kind::kLog, record);
}

RecordingState Recorder::state_of(const call::Call& call) const {
  const Recording& recording = *recordings_[call.slot];
  bool stored = recording.start_at.has_value();
  if (!stored && (!settings_.record || recording.left_out)) return RecordingState::kNotByPolicy;
  if (recording.room == Recording::Room::kHasNot) return RecordingState::kFailed;
  if (recording.left_out) return RecordingState::kRecordedPartial;
  if (call.encrypted_unopened > 0)
    return stored ? RecordingState::kRecordedPartial : RecordingState::kEncryptedNoKeys;
  return stored ? RecordingState::kRecorded : RecordingState::kNoMedia;
}

void Recorder::finish(Recording& recording) {
  // A call whose packets were all stored before is written again only if its recording had not ended.
  if (recording.wrote || !recording.known_ended) {
    recording.record.state_detail = recording.room == Recording::Room::kHasNot
                                        ? text_of_no_room(settings_.max_recorded)
                                        : settings_.record_reason;
    if (recording.call->encrypted_unopened > 0)
      recording.record.state_detail += "; " + std::to_string(recording.call->encrypted_unopened) +
                                       " encrypted packets could not be opened";
    WallTime at =
        std::max({recording.call->last_signalling, recording.call->last_media, recording.last_snapshot});
    write_snapshot(recording, at);
    close_parts(recording, part::End::kClosed);
  }
  if (recording.room == Recording::Room::kHas) --recorded_now_;
  if (settings_.closed) settings_.closed(*recording.call);
  uint64_t slot = recording.call->slot;
  recordings_[slot].reset();
  free_slots_.push_back(slot);
}

void Recorder::interrupt() {
  for (const auto& recording : recordings_)
    if (recording) close_parts(*recording, part::End::kCrash);
}

void Recorder::cut_old_parts(WallTime now) {
  while (!opened_.empty() && now - opened_.front().at >= part::kMaxPartNs) {
    Opened opened = opened_.front();
    opened_.pop_front();
    Recording* recording = recordings_[opened.slot].get();
    if (!recording) continue;
    OpenPart& part = opened.kind == part::Kind::kLog ? recording->log : recording->media;
    if (part.open && part.opened_at == opened.at) close_parts(*recording, part::End::kCut);
  }
}

void Recorder::set_policy(bool record, std::string reason, WallTime at) {
  const bool changes = record != settings_.record;
  settings_.record = record;
  settings_.record_reason = std::move(reason);
  if (!changes) return;
  for (const auto& recording : recordings_) {
    if (!recording || recording->call->ended) continue;
    recording->call->add_event(at, record ? "rec_start" : "rec_stop", {}, settings_.record_reason);
    if (!record) close_part(*recording, recording->media, part::End::kCut);
  }
}

Recorder::Standing Recorder::standing_of(const call::Call& call) const {
  const Recording& recording = *recordings_[call.slot];
  Standing standing{recording.record.recording_id, state_of(call), recording.record.witness, {}};
  if (recording.media.open) standing.media = recording.media.id;
  return standing;
}

void Recorder::seal_logs() {
  for (uint64_t slot : remembered_) {
    const Recording* recording = recordings_[slot].get();
    if (recording && recording->log.open) recording->lane->seal_open_frame(recording->log.slot);
  }
  remembered_.clear();
}

// The last lane to acknowledge says it.
void Recorder::when_acknowledged(std::function<void()> done) {
  auto left = std::make_shared<std::atomic<size_t>>(lanes_.size());
  auto said = std::make_shared<std::function<void()>>(std::move(done));
  for (LaneThread* lane : lanes_)
    lane->when_acknowledged([left, said] {
      if (--*left == 0) (*said)();
    });
}

void Recorder::tick(WallTime now) {
  for (LaneThread* lane : lanes_) lane->tick(now);
  cut_old_parts(now);
}

void Recorder::commit() {
  for (LaneThread* lane : lanes_) lane->commit();
}

}  // namespace ew::recorder
