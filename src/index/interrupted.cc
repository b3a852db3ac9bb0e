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

}  // namespace

Status complete_interrupted(vault::Vault& vault, const std::vector<const vault::StoredPart*>& media,
                            CallSnapshot& snapshot) {
  std::map<uint32_t, Recounted> streams;
  std::optional<WallTime> first_at, last_at;
  uint64_t bytes = 0;
  for (const vault::StoredPart* part : media) {
    TRY(vault.read(*part, [&](const part::FrameInfo& frame, ByteView plaintext) -> Status {
      return part::for_each_record(plaintext, frame.first_at, [&](const part::Record& record) {
        if (record.type == part::RecordType::kStream) streams[record.stream].describe(as_text(record.body));
        if (record.type != part::RecordType::kRtp) return;
        streams[record.stream].add(record);
        bytes += record.body.size();
        if (!first_at || record.at < *first_at) first_at = record.at;
        if (!last_at || record.at > *last_at) last_at = record.at;
      });
    }));
  }
  CallRecord& call = snapshot.call;
  call.streams.clear();
  for (auto& [number, counted] : streams) {
    MediaStream& stream = counted.stream;
    stream.number = number;
    stream.packets = counted.statistics.packets();
    stream.lost = counted.statistics.lost();
    stream.reordered = counted.statistics.reordered();
    stream.jitter_ms = counted.statistics.jitter_ms();
    stream.bytes = counted.payload_bytes;
    stream.first_at = WallTime::from_us(counted.statistics.first_at().us());
    stream.last_at = WallTime::from_us(counted.statistics.last_at().us());
    if (stream.packets > 0) call.streams.push_back(stream);
  }
  snapshot.recording.media_bytes = bytes;
  if (first_at) {
    snapshot.recording.start_at = WallTime::from_us(first_at->us());
    snapshot.recording.end_at = WallTime::from_us(last_at->us());
    if (snapshot.recording.state == RecordingState::kNoMedia)
      snapshot.recording.state = RecordingState::kRecordedPartial;
  }
  if (call.ended) return {};
  call.ended = true;
  call.end_reason = "recorder_stopped";
  WallTime end = call.start_at;
  for (const auto& at : {call.ring_at, call.answer_at, snapshot.recording.end_at})
    if (at && *at > end) end = *at;
  call.end_at = end;
  snapshot.recording.state = first_at ? RecordingState::kRecordedPartial : RecordingState::kNoMedia;
  snapshot.recording.state_detail = "the recorder stopped during the call";
  return {};
}

}  // namespace ew::index
