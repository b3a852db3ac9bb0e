#include "node/known_packets.h"

#include <algorithm>

#include "ipc/body.h"
#include "part/record.h"

namespace ew::node {
namespace {

constexpr uint64_t kMaxPacketNumber = 1ull << 36;  // a bitmap of 8 GiB: no capture is larger

bool names_any(const std::vector<std::string>& of_recording,
               const std::vector<recorder::CaptureIdentity>& captures) {
  return std::any_of(captures.begin(), captures.end(), [&](const recorder::CaptureIdentity& capture) {
    return std::find(of_recording.begin(), of_recording.end(), to_hex(capture.sha256)) != of_recording.end();
  });
}

}  // namespace

Status KnownPackets::load(DataDirectory& data, const std::vector<recorder::CaptureIdentity>& captures) {
  captures_ = captures;
  packets_.resize(captures.size());
  for (const recorder::CaptureIdentity& capture : captures) {
    for (CallId call : TRY(data.calls().calls_of_capture(data.config().tenant, to_hex(capture.sha256)))) {
      auto rows = TRY(data.calls().find(data.config().tenant, call));
      if (rows) TRY(load_call(data, *rows));
    }
  }
  return {};
}

Status KnownPackets::load_call(DataDirectory& data, const db::CallRows& rows) {
  for (const RecordingRecord& recording : rows.recordings) {
    if (recordings_.contains(recording.recording_id) || !names_any(recording.captures, captures_)) continue;
    Recording& known = recordings_[recording.recording_id];
    known.media_bytes = recording.media_bytes;
    known.start_at = recording.start_at;
    known.end_at = recording.end_at;
    bool closed = false, crashed = false;
    std::vector<std::string> objects;
    uint32_t last_log = 0;
    for (const db::PartRow& part : rows.parts) {
      if (part.recording_id != recording.recording_id) continue;
      uint32_t& count = part.kind == "log" ? known.log_parts : known.media_parts;
      count = std::max(count, part.number + 1);
      crashed |= part.end == "crash";
      if (part.kind == "log" && part.number >= last_log) {
        last_log = part.number;
        closed = part.end == "closed";
      }
      objects.push_back(part.object);
    }
    // A crash may have taken the end of the media and spared the log's, so what crashed once is looked
    // through.
    known.ended = closed;
    known.complete = closed && !crashed;
    if (known.complete) continue;
    for (const std::string& object : objects) TRY(load_part(data, object));
  }
  return {};
}

Status KnownPackets::load_part(DataDirectory& data, const std::string& object) {
  auto part = TRY(data.vault().describe(object));
  std::vector<int64_t> capture_of;  // by the part's own numbers: index here, or -1
  return data.vault().read(part, [&](const part::FrameInfo& frame, ByteView plaintext) -> Status {
    return part::for_each_record(plaintext, frame.first_at, [&](const part::Record& record) {
      if (record.type == part::RecordType::kCapture) {
        if (record.body.size() < 32 || record.ref.capture > 10'000) return;
        capture_of.resize(std::max<size_t>(capture_of.size(), record.ref.capture + 1), -1);
        for (size_t i = 0; i < captures_.size(); ++i)
          if (std::equal(captures_[i].sha256.begin(), captures_[i].sha256.end(), record.body.begin()))
            capture_of[record.ref.capture] = static_cast<int64_t>(i);
      } else if (record.has_ref && record.ref.capture < capture_of.size() &&
                 capture_of[record.ref.capture] >= 0) {
        add(static_cast<uint32_t>(capture_of[record.ref.capture]), record.ref);
      }
    });
  });
}

void KnownPackets::add(uint32_t capture, const PacketRef& ref) {
  if (ref.packet >= kMaxPacketNumber) return;
  if (ref.index > 0) {
    further_[{capture, ref.packet, ref.index}] = true;
    return;
  }
  auto& packets = packets_[capture];
  if (ref.packet >= packets.size()) packets.resize(std::max<size_t>(ref.packet + 1, packets.size() * 2));
  packets[ref.packet] = true;
}

bool KnownPackets::has(const PacketRef& ref) const {
  if (ref.index > 0) return further_.contains(ref);
  if (ref.capture >= packets_.size()) return false;
  const auto& packets = packets_[ref.capture];
  return ref.packet < packets.size() && packets[ref.packet];
}

std::optional<recorder::StoredBefore::Recording> KnownPackets::recording(RecordingId id) const {
  auto found = recordings_.find(id);
  return found == recordings_.end() ? std::nullopt : std::optional(found->second);
}

Bytes KnownPackets::encode() const {
  ipc::BodyWriter writer;
  writer.number(packets_.size());
  for (const std::vector<bool>& packets : packets_) {
    Bytes bits((packets.size() + 7) / 8);
    for (size_t i = 0; i < packets.size(); ++i)
      if (packets[i]) bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | 1 << i % 8);
    writer.bytes(bits);
  }
  writer.number(further_.size());
  for (const auto& [ref, is_known] : further_)
    writer.number(ref.capture).number(ref.packet).number(ref.index);
  writer.number(recordings_.size());
  for (const auto& [id, recording] : recordings_) {
    writer.id(id).number(recording.log_parts).number(recording.media_parts);
    writer.flag(recording.ended).flag(recording.complete).number(recording.media_bytes);
    for (const auto& at : {recording.start_at, recording.end_at})
      writer.flag(at.has_value()).signed_number(at.value_or(WallTime{}).ns);
  }
  return writer.take();
}

Result<KnownPackets> KnownPackets::decode(ByteView bytes) {
  ipc::BodyReader reader(bytes);
  KnownPackets known;
  for (size_t left = reader.count(1); left > 0; --left) {
    ByteView bits = reader.bytes();
    std::vector<bool>& packets = known.packets_.emplace_back(bits.size() * 8);
    for (size_t i = 0; i < packets.size(); ++i) packets[i] = bits[i / 8] >> i % 8 & 1;
  }
  for (size_t left = reader.count(3); left > 0; --left) {
    PacketRef ref;
    ref.capture = static_cast<uint32_t>(reader.number());
    ref.packet = reader.number();
    ref.index = static_cast<uint32_t>(reader.number());
    known.further_[ref] = true;
  }
  for (size_t left = reader.count(16); left > 0; --left) {
    Recording& recording = known.recordings_[RecordingId(reader.id())];
    recording.log_parts = static_cast<uint32_t>(reader.number());
    recording.media_parts = static_cast<uint32_t>(reader.number());
    recording.ended = reader.flag();
    recording.complete = reader.flag();
    recording.media_bytes = reader.number();
    for (auto* at : {&recording.start_at, &recording.end_at}) {
      bool is_there = reader.flag();
      WallTime time{reader.signed_number()};
      if (is_there) *at = time;
    }
  }
  TRY(reader.finish());
  return known;
}

}  // namespace ew::node
