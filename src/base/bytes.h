// Byte sequences and bounded cursors over them. Every parser reads through ByteReader, so that a length from the
// wire can never move a pointer out of its buffer.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ew {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;
using ByteSpan = std::span<uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A cursor over bytes of somebody else's, which must outlive it. A read past the end returns 0 (or an empty view),
// moves to the end and sets failed(); so a parser reads a whole structure and asks once.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  size_t position() const { return position_; }
  size_t remaining() const { return bytes_.size() - position_; }
  bool at_end() const { return remaining() == 0; }
  bool failed() const { return failed_; }
  ByteView rest() const { return bytes_.subspan(position_); }

  ByteView take(size_t count) {
    if (count > remaining()) {
      failed_ = true;
      position_ = bytes_.size();
      return {};
    }
    ByteView taken = bytes_.subspan(position_, count);
    position_ += count;
    return taken;
  }
  void skip(size_t count) { take(count); }

  uint8_t u8() {
    ByteView b = take(1);
    return b.empty() ? 0 : b[0];
  }
  uint16_t u16be() { return static_cast<uint16_t>(big_endian(2)); }
  uint32_t u24be() { return static_cast<uint32_t>(big_endian(3)); }
  uint32_t u32be() { return static_cast<uint32_t>(big_endian(4)); }
  uint64_t u64be() { return big_endian(8); }
  uint16_t u16le() { return static_cast<uint16_t>(little_endian(2)); }
  uint32_t u32le() { return static_cast<uint32_t>(little_endian(4)); }
  uint64_t u64le() { return little_endian(8); }
  // LEB128, at most 10 bytes.
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      uint8_t byte = u8();
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (!(byte & 0x80)) return value;
    }
    failed_ = true;
    return 0;
  }

 private:
  uint64_t big_endian(size_t count) {
    uint64_t value = 0;
    for (uint8_t byte : take(count)) value = value << 8 | byte;
    return value;
  }
  uint64_t little_endian(size_t count) {
    uint64_t value = 0;
    int shift = 0;
    for (uint8_t byte : take(count)) {
      value |= static_cast<uint64_t>(byte) << shift;
      shift += 8;
    }
    return value;
  }

  ByteView bytes_;
  size_t position_ = 0;
  bool failed_ = false;
};

// Appends to a vector of somebody else's, which must outlive it.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  void raw(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void raw(std::string_view text) { raw(as_bytes(text)); }
  void u8(uint8_t value) { out_.push_back(value); }
  void u16be(uint16_t value) { big_endian(value, 2); }
  void u32be(uint32_t value) { big_endian(value, 4); }
  void u64be(uint64_t value) { big_endian(value, 8); }
  void u16le(uint16_t value) { little_endian(value, 2); }
  void u32le(uint32_t value) { little_endian(value, 4); }
  void u64le(uint64_t value) { little_endian(value, 8); }
  void varint(uint64_t value) {
    while (value >= 0x80) {
      u8(static_cast<uint8_t>(value) | 0x80);
      value >>= 7;
    }
    u8(static_cast<uint8_t>(value));
  }

 private:
  void big_endian(uint64_t value, int count) {
    for (int i = count - 1; i >= 0; --i) u8(static_cast<uint8_t>(value >> (8 * i)));
  }
  void little_endian(uint64_t value, int count) {
    for (int i = 0; i < count; ++i) u8(static_cast<uint8_t>(value >> (8 * i)));
  }

  Bytes& out_;
};

std::string to_hex(ByteView bytes);                  // lower case
bool from_hex(std::string_view text, ByteSpan out);  // true only if text is exactly out.size() bytes in hex

}  // namespace ew
