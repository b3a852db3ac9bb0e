#include "part/record.h"

#include <algorithm>
#include <cstring>

namespace ew::part {
namespace {

// What two G.711 streams bring in the longest time of a frame: a buffer that begins so seldom grows.
constexpr size_t kUsualFrame = 10 * 1024;
constexpr size_t kMaxVarint = 10, kDigestSize = 32, kEndpointSize = 18;
// More than the longest fields before a body: type, time, ref, two endpoints, transport, VLAN, DSCP.
constexpr size_t kMaxPrefix = 1 + 4 * kMaxVarint + 2 * kEndpointSize + 1 + kMaxVarint + 1;

// Writes without looking at bounds: the callers have made room for the longest record.
class RawWriter {
 public:
  explicit RawWriter(uint8_t* at) : at_(at) {}
  uint8_t* at() const { return at_; }
  void u8(uint8_t value) { *at_++ = value; }
  void varint(uint64_t value) {
    while (value >= 0x80) {
      u8(static_cast<uint8_t>(value) | 0x80);
      value >>= 7;
    }
    u8(static_cast<uint8_t>(value));
  }
  void raw(const uint8_t* bytes, size_t size) {
    std::memcpy(at_, bytes, size);
    at_ += size;
  }
  void endpoint(const Endpoint& endpoint) {
    raw(endpoint.ip.bytes.data(), endpoint.ip.bytes.size());
    u8(static_cast<uint8_t>(endpoint.port));
    u8(static_cast<uint8_t>(endpoint.port >> 8));
  }
  void ref(const Record& record) {
    if (!record.has_ref) return u8(0);
    varint(uint64_t{record.ref.capture} + 1);
    varint(record.ref.packet);
    varint(record.ref.index);
  }

 private:
  uint8_t* at_;
};

// Small negative and positive numbers alike become short varints. Unsigned, because differences of times may
// wrap.
uint64_t zig_zag(uint64_t delta) { return (delta << 1) ^ (0 - (delta >> 63)); }
uint64_t from_zig_zag(uint64_t value) { return (value >> 1) ^ (0 - (value & 1)); }

void write_fields(const Record& record, RawWriter& writer) {
  switch (record.type) {
    case RecordType::kSip:
      writer.ref(record);
      writer.endpoint(record.source);
      writer.endpoint(record.destination);
      writer.u8(static_cast<uint8_t>(record.transport));
      writer.varint(record.vlan);
      return writer.u8(record.dscp);
    case RecordType::kStream:
      return writer.varint(record.stream);
    case RecordType::kRtp:
      writer.ref(record);
      writer.varint(record.stream);
      return writer.u8(record.path);
    case RecordType::kRtcp:
      writer.ref(record);
      return writer.varint(record.stream);
    case RecordType::kEvent:
    case RecordType::kCall:
      return;
    case RecordType::kCapture:
      return writer.varint(record.ref.capture);
  }
}

bool read_u32(ByteReader& reader, uint32_t& out) {
  uint64_t value = reader.varint();
  out = static_cast<uint32_t>(value);
  return value <= 0xffffffff;
}

bool read_ref(ByteReader& reader, Record& record) {
  uint64_t capture = reader.varint();
  record.has_ref = capture != 0;
  if (!record.has_ref) return true;
  record.ref.capture = static_cast<uint32_t>(capture - 1);
  record.ref.packet = reader.varint();
  return capture - 1 <= 0xffffffff && read_u32(reader, record.ref.index);
}

void read_endpoint(ByteReader& reader, Endpoint& endpoint) {
  ByteView ip = reader.take(endpoint.ip.bytes.size());
  std::copy(ip.begin(), ip.end(), endpoint.ip.bytes.begin());
  endpoint.port = reader.u16le();
}

bool read_sip(ByteReader& reader, Record& record) {
  if (!read_ref(reader, record)) return false;
  read_endpoint(reader, record.source);
  read_endpoint(reader, record.destination);
  uint8_t transport = reader.u8();
  uint64_t vlan = reader.varint();
  record.transport = static_cast<Transport>(transport);
  record.vlan = static_cast<uint16_t>(vlan);
  record.dscp = reader.u8();
  return transport <= static_cast<uint8_t>(Transport::kTls) && vlan <= 0xffff;
}

bool read_fields(ByteReader& reader, Record& record) {
  switch (record.type) {
    case RecordType::kSip:
      return read_sip(reader, record);
    case RecordType::kStream:
      return read_u32(reader, record.stream);
    case RecordType::kRtp: {
      bool fits = read_ref(reader, record) && read_u32(reader, record.stream);
      record.path = reader.u8();
      return fits;
    }
    case RecordType::kRtcp:
      return read_ref(reader, record) && read_u32(reader, record.stream);
    case RecordType::kEvent:
    case RecordType::kCall:
      return true;
    case RecordType::kCapture:
      return read_u32(reader, record.ref.capture) && reader.remaining() >= kDigestSize;
  }
  return false;
}

}  // namespace

void RecordWriter::reserve(size_t more) {
  if (buffer_.size() - size_ < more)
    buffer_.resize(std::max({size_ + more, 2 * buffer_.size(), kUsualFrame}));
}

void RecordWriter::append(const Record& record) {
  reserve(kMaxVarint + kMaxPrefix + record.body.size());
  if (size_ == 0) first_at_ = last_at_ = previous_ = record.at;
  // The length comes first and is known last; so the fields wait aside.
  uint8_t prefix[kMaxPrefix];
  RawWriter fields(prefix);
  fields.u8(static_cast<uint8_t>(record.type));
  fields.varint(zig_zag(static_cast<uint64_t>(record.at.ns) - static_cast<uint64_t>(previous_.ns)));
  write_fields(record, fields);
  size_t prefix_size = static_cast<size_t>(fields.at() - prefix);

  RawWriter writer(buffer_.data() + size_);
  writer.varint(prefix_size + record.body.size());
  writer.raw(prefix, prefix_size);
  if (!record.body.empty()) writer.raw(record.body.data(), record.body.size());
  size_ = static_cast<size_t>(writer.at() - buffer_.data());
  previous_ = record.at;
  last_at_ = std::max(last_at_, record.at);
}

Status for_each_record(ByteView plaintext, WallTime frame_first_at,
                       const std::function<void(const Record&)>& each) {
  ByteReader reader(plaintext);
  uint64_t at = static_cast<uint64_t>(frame_first_at.ns);
  uint32_t number = 0;
  while (!reader.at_end()) {
    size_t start = reader.position();
    auto corrupt = [start] {
      return Error(ErrorCode::kCorrupt,
                   "the record at byte " + std::to_string(start) + " of the frame is none");
    };
    uint64_t length = reader.varint();
    if (reader.failed() || length == 0 || length > reader.remaining()) return corrupt();
    ByteReader body(reader.take(static_cast<size_t>(length)));
    uint8_t type = body.u8();
    if (type < static_cast<uint8_t>(RecordType::kSip) || type > static_cast<uint8_t>(RecordType::kCapture))
      continue;
    Record record;
    record.type = static_cast<RecordType>(type);
    at += from_zig_zag(body.varint());
    record.at.ns = static_cast<int64_t>(at);
    if (!read_fields(body, record) || body.failed()) return corrupt();
    record.body = body.rest();
    record.place.number = number++;
    each(record);
  }
  return {};
}

}  // namespace ew::part
