#include "metrics/exposition.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdio>

namespace ew::metrics {
namespace {

constexpr std::array<std::string_view, 3> kTypeNames = {"counter", "gauge", "histogram"};
constexpr size_t kMaxText = 4096;

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char text[40];
  bool whole = value == std::floor(value) && std::fabs(value) < 1e15;
  std::snprintf(text, sizeof text, whole ? "%.0f" : "%.9g", value);
  return text;
}

// In help texts the quote stays as it is, in label values it is escaped.
std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quotes && c == '"')) out += '\\';
    out += c;
  }
  return out;
}

void append_sample(std::string& out, const std::string& name, const Sample& sample) {
  out += name + sample.suffix;
  char separator = '{';
  for (const auto& [label, value] : sample.labels) {
    out += separator + label + "=\"" + escaped(value, true) + "\"";
    separator = ',';
  }
  if (separator == ',') out += '}';
  out += " " + number(sample.value) + "\n";
}

void write_text(ByteWriter& writer, const std::string& text) {
  writer.varint(text.size());
  writer.raw(text);
}

std::string read_text(ByteReader& reader) {
  uint64_t size = reader.varint();
  return std::string(as_text(reader.take(size > kMaxText ? SIZE_MAX : static_cast<size_t>(size))));
}

Result<Sample> read_sample(ByteReader& reader) {
  Sample sample;
  sample.suffix = read_text(reader);
  if (sample.suffix != "" && sample.suffix != "_bucket" && sample.suffix != "_sum" &&
      sample.suffix != "_count")
    return Error(ErrorCode::kInvalid, "metrics: suffix");
  uint64_t labels = reader.varint();
  for (uint64_t i = 0; i < labels && !reader.failed(); ++i) {
    std::string name = read_text(reader);
    std::string value = read_text(reader);
    if (!is_valid_name(name)) return Error(ErrorCode::kInvalid, "metrics: label");
    sample.labels.emplace_back(std::move(name), std::move(value));
  }
  sample.value = std::bit_cast<double>(reader.u64le());
  return sample;
}

}  // namespace

bool is_valid_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
      return false;
  return true;
}

std::string to_text(const std::vector<Family>& families) {
  std::string out;
  for (const Family& family : families) {
    out += "# HELP " + family.name + " " + escaped(family.help, false) + "\n";
    out += "# TYPE " + family.name + " " + std::string(kTypeNames[static_cast<size_t>(family.type)]) + "\n";
    for (const Sample& sample : family.samples) append_sample(out, family.name, sample);
  }
  return out;
}

Bytes encode(const std::vector<Family>& families) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.varint(families.size());
  for (const Family& family : families) {
    write_text(writer, family.name);
    write_text(writer, family.help);
    writer.u8(static_cast<uint8_t>(family.type));
    writer.varint(family.samples.size());
    for (const Sample& sample : family.samples) {
      write_text(writer, sample.suffix);
      writer.varint(sample.labels.size());
      for (const auto& [name, value] : sample.labels) {
        write_text(writer, name);
        write_text(writer, value);
      }
      writer.u64le(std::bit_cast<uint64_t>(sample.value));
    }
  }
  return bytes;
}

Result<std::vector<Family>> decode(ByteView bytes) {
  ByteReader reader(bytes);
  std::vector<Family> families;
  size_t total = 0;
  uint64_t count = reader.varint();
  for (uint64_t i = 0; i < count && !reader.failed(); ++i) {
    Family family;
    family.name = read_text(reader);
    family.help = read_text(reader);
    uint8_t type = reader.u8();
    if (!is_valid_name(family.name) || type >= kTypeNames.size())
      return Error(ErrorCode::kInvalid, "metrics: family");
    family.type = static_cast<Type>(type);
    uint64_t samples = reader.varint();
    for (uint64_t j = 0; j < samples && !reader.failed(); ++j) {
      if (++total > kMaxSamples) return Error(ErrorCode::kLimit, "metrics: too many samples");
      family.samples.push_back(TRY(read_sample(reader)));
    }
    families.push_back(std::move(family));
  }
  if (reader.failed() || !reader.at_end()) return Error(ErrorCode::kInvalid, "metrics: length");
  return families;
}

}  // namespace ew::metrics
