#include "ipc/body.h"

#include <algorithm>
#include <bit>

namespace ew::ipc {

BodyWriter& BodyWriter::u8(uint8_t value) {
  bytes_.push_back(value);
  return *this;
}

BodyWriter& BodyWriter::number(uint64_t value) {
  ByteWriter(bytes_).varint(value);
  return *this;
}

BodyWriter& BodyWriter::signed_number(int64_t value) {
  ByteWriter(bytes_).u64le(static_cast<uint64_t>(value));
  return *this;
}

BodyWriter& BodyWriter::real(double value) {
  ByteWriter(bytes_).u64le(std::bit_cast<uint64_t>(value));
  return *this;
}

BodyWriter& BodyWriter::text(std::string_view value) { return bytes(as_bytes(value)); }

BodyWriter& BodyWriter::bytes(ByteView value) {
  number(value.size());
  ByteWriter(bytes_).raw(value);
  return *this;
}

BodyWriter& BodyWriter::id(const Uuid& value) {
  ByteWriter(bytes_).raw(value.view());
  return *this;
}

int64_t BodyReader::signed_number() { return static_cast<int64_t>(reader_.u64le()); }

double BodyReader::real() { return std::bit_cast<double>(reader_.u64le()); }

ByteView BodyReader::bytes() { return reader_.take(static_cast<size_t>(number())); }

Uuid BodyReader::id() {
  Uuid id;
  ByteView bytes = reader_.take(id.bytes.size());
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

size_t BodyReader::count(size_t element_size) {
  uint64_t wanted = number();
  if (wanted <= reader_.remaining() / element_size) return static_cast<size_t>(wanted);
  reader_.take(SIZE_MAX);  // marks it as failed
  return 0;
}

Status BodyReader::finish() const {
  if (reader_.failed() || !reader_.at_end())
    return Error(ErrorCode::kInvalid, "process channel: a message breaks its format");
  return {};
}

}  // namespace ew::ipc
