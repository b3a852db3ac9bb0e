// Writes JSON (RFC 8259) into a string of somebody else's, which must outlive it. The caller keeps begin and
// end in pairs and puts a key before each value of an object; the writer puts commas, quotes and escapes.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace ew {

enum class JsonLayout { kCompact, kPretty };

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out, JsonLayout layout = JsonLayout::kCompact)
      : out_(out), layout_(layout) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }

  void key(std::string_view name);  // a name of ours: nothing in it needs an escape
  void null() { literal("null"); }
  void boolean(bool value) { literal(value ? "true" : "false"); }
  void number(std::signed_integral auto value) { integer(static_cast<int64_t>(value)); }
  void number(std::unsigned_integral auto value) { integer(static_cast<uint64_t>(value)); }
  void number(double value);           // null where it is not finite, which JSON cannot say
  void string(std::string_view text);  // made valid UTF-8 first; NUL becomes U+FFFD, as in the database

 private:
  void begin(char bracket);
  void end(char bracket);
  void separate();
  void new_line();
  void literal(std::string_view text);
  void integer(int64_t value);
  void integer(uint64_t value);
  void escaped(std::string_view text);

  std::string& out_;
  JsonLayout layout_;
  int depth_ = 0;
  bool first_ = true;       // nothing stands yet in the object or array
  bool after_key_ = false;  // the next value belongs to a key
};

}  // namespace ew
