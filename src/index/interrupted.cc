#include "index/interrupted.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "part/record.h"
#include "rtp/packet.h"
#include "rtp/stream_statistics.h"
#include "sdp/session.h"

namespace ew::index {
namespace {

constexpr size_t kSha256Size = 32;

// One stream as its stored records show it.
struct Recounted {
  MediaStream stream;
  std::map<uint8_t, sdp::Format> formats;
  rtp::StreamStatistics statistics;
  uint64_t payload_bytes = 0;

  void describe(std::string_view body) {
    auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) return;
    auto text = [&](const char* name) {
      return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : std::string();
    };
    uint8_t ssrc[4];
    if (from_hex(text("ssrc"), ssrc)) stream.ssrc = ByteReader(ssrc).u32be();
    stream.source = text("source");
    stream.destination = text("destination");
    stream.participant = text("participant");
    stream.media = text("media");
    stream.label = text("label");
    if (json.contains("decrypted")) stream.encrypted = true, stream.opened = json["decrypted"] == true;
    if (!json.contains("formats") || !json["formats"].is_array()) return;
    for (const auto& format : json["formats"]) {
      if (!format.is_object() || !format.contains("pt")) continue;
      sdp::Format known;
      known.payload_type = static_cast<uint8_t>(format.value("pt", 0u));
      known.encoding = format.value("codec", "");
      known.clock_rate = format.value("rate", 0u);
      formats[known.payload_type] = known;
    }
  }

  void add(const part::Record& record) {
    rtp::Packet packet;
    if (rtp::parse(record.body, packet) != rtp::ParseError::kNone) return;
    auto known = formats.find(packet.payload_type);
    auto fixed =
        known == formats.end() ? sdp::static_format(packet.payload_type) : std::optional(known->second);
    uint32_t rate = fixed && fixed->clock_rate != 0 ? fixed->clock_rate : 8000;
    statistics.add(packet.sequence, packet.timestamp, record.at, rate);
    payload_bytes += packet.payload.size();
    if (!stream.codec.empty() || !fixed || fixed->encoding == "telephone-event") return;
    stream.codec = fixed->encoding;
    stream.clock_rate = fixed->clock_rate;
    stream.payload_type = packet.payload_type;
  }
};

// All stored packets of a recording.
struct StoredMedia {
  std::map<uint32_t, Recounted> streams;
  std::vector<std::string> captures;  // SHA-256 in hex, in order of first mention
  std::optional<WallTime> first_at, last_at;
  uint64_t bytes = 0;

  void add(const part::Record& record) {
    if (record.type == part::RecordType::kStream) streams[record.stream].describe(as_text(record.body));
    if (record.type == part::RecordType::kCapture) name_capture(record.body);
    if (record.type != part::RecordType::kRtp) return;
    streams[record.stream].add(record);
    bytes += record.body.size();
    if (!first_at || record.at < *first_at) first_at = record.at;
    if (!last_at || record.at > *last_at) last_at = record.at;
  }

 private:
  void name_capture(ByteView body) {
    if (body.size() < kSha256Size) return;
    std::string sha256 = to_hex(body.first(kSha256Size));
    if (std::find(captures.begin(), captures.end(), sha256) == captures.end()) captures.push_back(sha256);
  }
};

Result<StoredMedia> count_again(vault::Vault& vault, const std::vector<const vault::StoredPart*>& parts) {
  StoredMedia media;
  for (const vault::StoredPart* part : parts) {
    TRY(vault.read(*part, [&](const part::FrameInfo& frame, ByteView plaintext) -> Status {
      return part::for_each_record(plaintext, frame.first_at,
                                   [&](const part::Record& record) { media.add(record); });
    }));
  }
  return media;
}

bool has_crashed(const vault::StoredPart* part) { return part->footer.end == part::End::kCrash; }

// The record says what was stored, as far as it is there.
void set_stored(const StoredMedia& media, CallSnapshot& snapshot) {
  snapshot.call.streams.clear();
  for (const auto& [number, counted] : media.streams) {
    MediaStream stream = counted.stream;
    stream.number = number;
    stream.packets = counted.statistics.packets();
    stream.lost = counted.statistics.lost();
    stream.reordered = counted.statistics.reordered();
    stream.jitter_ms = counted.statistics.jitter_ms();
    stream.bytes = counted.payload_bytes;
    stream.first_at = WallTime::from_us(counted.statistics.first_at().us());
    stream.last_at = WallTime::from_us(counted.statistics.last_at().us());
    if (stream.packets > 0) snapshot.call.streams.push_back(std::move(stream));
  }
  snapshot.recording.media_bytes = media.bytes;
  if (!media.first_at) return;
  snapshot.recording.start_at = WallTime::from_us(media.first_at->us());
  snapshot.recording.end_at = WallTime::from_us(media.last_at->us());
}

void end_call(CallSnapshot& snapshot) {
  CallRecord& call = snapshot.call;
  call.ended = true;
  call.end_reason = "recorder_stopped";
  WallTime end = call.start_at;
  for (const auto& at : {call.ring_at, call.answer_at, snapshot.recording.end_at})
    if (at && *at > end) end = *at;
  call.end_at = end;
}

}  // namespace

Status complete_interrupted(vault::Vault& vault, const RecordingParts& parts, CallSnapshot& snapshot) {
  if (!has_crashed(parts.log.back()) && std::none_of(parts.media.begin(), parts.media.end(), has_crashed))
    return {};
  StoredMedia media = TRY(count_again(vault, parts.media));
  RecordingRecord& recording = snapshot.recording;
  // The last record is final and speaks of all that is stored: only the end mark is missing, or a repeat of
  // the import has brought the rest.
  if (snapshot.call.ended && media.bytes == recording.media_bytes) return {};
  set_stored(media, snapshot);
  if (!snapshot.call.ended) end_call(snapshot);
  recording.state = media.first_at ? RecordingState::kRecordedPartial : RecordingState::kNoMedia;
  recording.state_detail = "the recorder stopped during the call";
  return {};
}

Result<CallSnapshot> snapshot_without_record(vault::Vault& vault, const RecordingParts& parts) {
  std::vector<const vault::StoredPart*> all = parts.log;  // they name captures too
  all.insert(all.end(), parts.media.begin(), parts.media.end());
  StoredMedia media = TRY(count_again(vault, all));
  const part::Header& header = all.back()->header;
  CallSnapshot snapshot;
  snapshot.call.call_id = header.call;
  snapshot.call.tenant = header.tenant;
  snapshot.call.interaction_id = InteractionId(header.call);
  snapshot.call.start_at = WallTime::from_us(all.front()->header.anchor_wall.us());
  snapshot.recording.recording_id = header.recording;
  snapshot.recording.call_id = header.call;
  snapshot.recording.captures = media.captures;
  set_stored(media, snapshot);
  end_call(snapshot);
  snapshot.recording.state = media.first_at ? RecordingState::kRecordedPartial : RecordingState::kNoMedia;
  snapshot.recording.state_detail = "the recorder stopped before the call's first record was stored";
  return snapshot;
}

}  // namespace ew::index
