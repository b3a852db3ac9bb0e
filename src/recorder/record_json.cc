#include "recorder/record_json.h"

#include "model/json_writer.h"

namespace ew::recorder {
namespace {

void write_formats(JsonWriter& json, const std::vector<sdp::Format>& formats) {
  json.begin_array();
  for (const sdp::Format& format : formats) {
    json.begin_object();
    json.key("pt"), json.number(unsigned{format.payload_type});
    json.key("codec"), json.string(format.encoding);
    json.key("rate"), json.number(format.clock_rate);
    json.key("channels"), json.number(unsigned{format.channels});
    json.key("fmtp"), json.string(format.parameters);
    json.end_object();
  }
  json.end_array();
}

// The address pairs beside the stream's own.
void write_paths(JsonWriter& json, const std::vector<Path>& paths) {
  json.begin_array();
  for (size_t i = 1; i < paths.size(); ++i) {
    json.begin_array();
    json.string(paths[i].source.text());
    json.string(paths[i].destination.text());
    json.number(unsigned{paths[i].vlan});
    json.number(unsigned{paths[i].dscp});
    json.end_array();
  }
  json.end_array();
}

}  // namespace

std::string stream_json(const call::Stream& stream) {
  const MediaStream& known = stream.record;
  Bytes ssrc;
  ByteWriter(ssrc).u32be(known.ssrc);
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("ssrc"), json.string(to_hex(ssrc));
  json.key("source"), json.string(known.source);
  json.key("destination"), json.string(known.destination);
  json.key("vlan"), json.number(unsigned{stream.paths.front().vlan});
  json.key("dscp"), json.number(unsigned{stream.paths.front().dscp});
  json.key("participant"), json.string(known.participant);
  json.key("media"), json.string(known.media);
  if (!known.label.empty()) json.key("label"), json.string(known.label);
  if (known.encrypted) json.key("decrypted"), json.boolean(known.opened);
  json.key("formats");
  write_formats(json, stream.formats);
  if (stream.paths.size() > 1) {
    json.key("paths");
    write_paths(json, stream.paths);
  }
  json.end_object();
  return text;
}

std::string note_json(const call::Note& note) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("kind"), json.string(note.kind);
  json.key("who"), json.string(note.who);
  json.key("detail"), json.string(note.detail);
  json.end_object();
  return text;
}

std::string capture_json(std::string_view name, uint64_t size) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("name"), json.string(name);
  json.key("size"), json.number(size);
  json.end_object();
  return text;
}

}  // namespace ew::recorder
