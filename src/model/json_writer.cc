#include "model/json_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace ew {
namespace {

bool needs_escape(char c) { return static_cast<uint8_t>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f; }

// ASCII that stands for itself.
bool is_plain(char c) { return static_cast<uint8_t>(c) < 0x80 && !needs_escape(c); }

template <typename Number>
void append_number(std::string& out, Number value) {
  char text[32];
  auto [end, error] = std::to_chars(text, text + sizeof text, value);
  out.append(text, end);
}

}  // namespace

void JsonWriter::begin(char bracket) {
  separate();
  out_ += bracket;
  ++depth_;
  first_ = true;
}

void JsonWriter::end(char bracket) {
  --depth_;
  if (!first_) new_line();
  out_ += bracket;
  first_ = false;
}

// What stands before a value or a key.
void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (depth_ == 0) return;
  if (!first_) out_ += ',';
  first_ = false;
  new_line();
}

void JsonWriter::new_line() {
  if (layout_ == JsonLayout::kCompact) return;
  out_ += '\n';
  out_.append(static_cast<size_t>(depth_) * 2, ' ');
}

void JsonWriter::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += layout_ == JsonLayout::kPretty ? "\": " : "\":";
  after_key_ = true;
}

void JsonWriter::literal(std::string_view text) {
  separate();
  out_ += text;
}

void JsonWriter::integer(int64_t value) {
  separate();
  append_number(out_, value);
}

void JsonWriter::integer(uint64_t value) {
  separate();
  append_number(out_, value);
}

void JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  append_number(out_, value);
}

void JsonWriter::string(std::string_view text) {
  separate();
  out_ += '"';
  // Nearly every text is plain, and looked at once.
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    out_ += text;
  } else {
    escaped(to_utf8(text));
  }
  out_ += '"';
}

void JsonWriter::escaped(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  while (!text.empty()) {
    auto plain = static_cast<size_t>(std::find_if(text.begin(), text.end(), needs_escape) - text.begin());
    out_ += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return;
    char c = text[0];
    text.remove_prefix(1);
    if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += c;
    } else {
      out_ += "\\u00";
      out_ += kHex[static_cast<uint8_t>(c) >> 4];
      out_ += kHex[static_cast<uint8_t>(c) & 15];
    }
  }
}

}  // namespace ew
