#include "media/stream_table.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sdp/session.h"

namespace ew::media {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* name) {
  auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

uint32_t number_of(const Json& object, const char* name, uint32_t otherwise) {
  auto member = object.find(name);
  return member != object.end() && member->is_number_unsigned() ? member->get<uint32_t>() : otherwise;
}

Endpoint endpoint_of(const std::string& text) { return Endpoint::parse(text).value_or(Endpoint{}); }

void take_formats(const Json& formats, StreamInfo& stream) {
  for (const Json& entry : formats) {
    if (!entry.is_object()) continue;
    uint32_t payload_type = number_of(entry, "pt", 128);
    if (payload_type > 127) continue;
    DecoderSpec& format = stream.formats[static_cast<uint8_t>(payload_type)];
    format.codec = text_of(entry, "codec");
    format.clock_rate = number_of(entry, "rate", 0);
    format.channels = static_cast<uint8_t>(std::min(number_of(entry, "channels", 1), 255u));
    format.parameters = text_of(entry, "fmtp");
  }
}

Path path_of(const Json& source, const Json& destination, uint32_t vlan, uint32_t dscp) {
  return {endpoint_of(source), endpoint_of(destination), static_cast<uint16_t>(vlan & 0xfff),
          static_cast<uint8_t>(dscp & 0x3f)};
}

// ["source", "destination"] or ["source", "destination", vlan, dscp]; anything else keeps the numbers of the
// others.
Path path_of(const Json& entry) {
  bool is_path = entry.is_array() && entry.size() >= 2 && entry[0].is_string() && entry[1].is_string();
  if (!is_path) return {};
  bool has_marks = entry.size() >= 4 && entry[2].is_number_unsigned() && entry[3].is_number_unsigned();
  return path_of(entry[0], entry[1], has_marks ? entry[2].get<uint32_t>() : 0,
                 has_marks ? entry[3].get<uint32_t>() : 0);
}

void take_paths(const Json& object, StreamInfo& stream) {
  if (object.contains("source") || stream.paths.empty()) {
    stream.paths.resize(std::max<size_t>(stream.paths.size(), 1));
    stream.paths[0] = path_of(text_of(object, "source"), text_of(object, "destination"),
                              number_of(object, "vlan", 0), number_of(object, "dscp", 0));
  }
  auto further = object.find("paths");
  if (further == object.end() || !further->is_array()) return;
  stream.paths.resize(1);
  for (const Json& entry : *further) {
    if (stream.paths.size() >= StreamTable::kMaxPaths) return;
    stream.paths.push_back(path_of(entry));
  }
}

// RFC 3551's payload types as decoders want them, made once.
const DecoderSpec* static_spec(uint8_t payload_type) {
  static const auto table = [] {
    std::array<DecoderSpec, 128> specs;
    for (uint8_t type = 0; type < 128; ++type) {
      auto format = sdp::static_format(type);
      if (format) specs[type] = {format->encoding, format->clock_rate, format->channels, {}, 0};
    }
    return specs;
  }();
  if (payload_type > 127 || table[payload_type].codec.empty()) return nullptr;
  return &table[payload_type];
}

}  // namespace

const DecoderSpec* StreamInfo::format(uint8_t payload_type) const {
  auto found = formats.find(payload_type);
  return found != formats.end() && !found->second.codec.empty() ? &found->second : static_spec(payload_type);
}

Status StreamTable::take(const part::Record& record) {
  if (!streams_.contains(record.stream) && streams_.size() >= kMaxStreams)
    return Error(ErrorCode::kLimit, "a recording of more than " + std::to_string(kMaxStreams) + " streams");
  Json object = Json::parse(as_text(record.body), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object())
    return Error(ErrorCode::kCorrupt,
                 "the record of stream " + std::to_string(record.stream) + " is no JSON object");
  StreamInfo& stream = streams_[record.stream];
  if (object.contains("participant")) stream.participant = text_of(object, "participant");
  if (object.contains("media")) stream.media = text_of(object, "media");
  if (auto decrypted = object.find("decrypted"); decrypted != object.end() && decrypted->is_boolean()) {
    stream.decrypted = decrypted->get<bool>();
    stream.sealed = !stream.decrypted;
  }
  if (auto formats = object.find("formats"); formats != object.end() && formats->is_array())
    take_formats(*formats, stream);
  take_paths(object, stream);
  return {};
}

const StreamInfo* StreamTable::find(uint32_t stream) const {
  auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &found->second;
}

}  // namespace ew::media
