// What a message is made of. The reader's failures are the ByteReader's: read all, ask once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace ew::ipc {

class BodyWriter {
 public:
  BodyWriter& u8(uint8_t value);
  BodyWriter& number(uint64_t value);
  BodyWriter& signed_number(int64_t value);
  BodyWriter& real(double value);
  BodyWriter& flag(bool value) { return u8(value ? 1 : 0); }
  BodyWriter& text(std::string_view value);
  BodyWriter& bytes(ByteView value);
  BodyWriter& id(const Uuid& value);
  const Bytes& view() const { return bytes_; }
  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

class BodyReader {
 public:
  explicit BodyReader(ByteView bytes) : reader_(bytes) {}
  uint8_t u8() { return reader_.u8(); }
  uint64_t number() { return reader_.varint(); }
  int64_t signed_number();
  double real();
  bool flag() { return u8() != 0; }
  std::string text() { return std::string(as_text(bytes())); }
  ByteView bytes();
  Uuid id();
  ByteView rest() { return reader_.take(reader_.remaining()); }
  // How many elements follow, each of at least `element_size` bytes: never more than the message can hold.
  size_t count(size_t element_size);
  // The message was whole and is used up.
  Status finish() const;
  bool failed() const { return reader_.failed(); }

 private:
  ByteReader reader_;
};

}  // namespace ew::ipc
