// The header of a part, and the clear part of a frame.
#include <algorithm>

#include "part/format_internal.h"
#include "part/part.h"

namespace ew::part {
namespace {

constexpr size_t kHeaderFixedSize =
    8 + 2 + 1 + 1 + 4 + 4 + 4 + 4 * 16 + 32 + 32 + 8 + 8 + 1 + 32 + 1 + 4;  // without the tenant
constexpr size_t kMaxTenant = 64;
constexpr uint8_t kAlgorithms = 1;

template <typename Array>
void read_array(ByteReader& reader, Array& out) {
  ByteView bytes = reader.take(out.size());
  std::copy(bytes.begin(), bytes.end(), out.begin());
}

Error bad_header(std::string what) { return {ErrorCode::kCorrupt, "part header: " + std::move(what)}; }

}  // namespace

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kLog:
      return "log";
    case Kind::kMedia:
      return "media";
    case Kind::kDerived:
      return "derived";
  }
  return "unknown";
}

Bytes encode(const Header& header) {
  EW_CHECK(header.tenant.size() <= kMaxTenant);
  Bytes bytes;
  bytes.reserve(kHeaderFixedSize + header.tenant.size());
  ByteWriter writer(bytes);
  writer.raw(kPartMagic);
  writer.u16le(kVersion);
  writer.u8(static_cast<uint8_t>(header.kind));
  writer.u8(kAlgorithms);
  writer.u32le(static_cast<uint32_t>(kHeaderFixedSize + header.tenant.size()));
  writer.u32le(header.generation);
  writer.u32le(header.number);
  for (const Uuid& id : {Uuid(header.node), Uuid(header.call), Uuid(header.recording), Uuid(header.part)})
    writer.raw(id.view());
  writer.raw(header.salt);
  writer.raw(header.key_commitment);
  writer.u64le(static_cast<uint64_t>(header.anchor_wall.ns));
  writer.u64le(static_cast<uint64_t>(header.anchor_monotonic_ns));
  writer.u8(static_cast<uint8_t>(header.clock_source));
  writer.raw(header.previous_root);
  writer.u8(static_cast<uint8_t>(header.tenant.size()));
  writer.raw(header.tenant);
  writer.u32le(crypto::crc32c(bytes));
  return bytes;
}

Result<Header> decode_header(ByteView bytes, size_t* size) {
  ByteReader reader(bytes);
  if (as_text(reader.take(kPartMagic.size())) != kPartMagic) return bad_header("no part begins here");
  uint16_t version = reader.u16le();
  if (version != kVersion && !reader.failed())
    return Error(ErrorCode::kUnsupported, "part header: version " + std::to_string(version));
  Header header;
  uint8_t kind = reader.u8(), algorithms = reader.u8();
  uint32_t length = reader.u32le();
  if (reader.failed()) return bad_header("the bytes end inside");
  if (length < kHeaderFixedSize || length > kHeaderFixedSize + kMaxTenant || length > bytes.size())
    return bad_header("length does not fit");
  ByteReader checksum(bytes.subspan(length - 4, 4));
  if (checksum.u32le() != crypto::crc32c(bytes.first(length - 4))) return bad_header("CRC does not fit");
  if (kind < 1 || kind > 3) return bad_header("kind " + std::to_string(kind));
  if (algorithms != kAlgorithms) return Error(ErrorCode::kUnsupported, "part header: unknown algorithms");
  header.kind = static_cast<Kind>(kind);
  header.generation = reader.u32le();
  header.number = reader.u32le();
  read_array(reader, header.node.bytes);
  read_array(reader, header.call.bytes);
  read_array(reader, header.recording.bytes);
  read_array(reader, header.part.bytes);
  read_array(reader, header.salt);
  read_array(reader, header.key_commitment);
  header.anchor_wall.ns = static_cast<int64_t>(reader.u64le());
  header.anchor_monotonic_ns = static_cast<int64_t>(reader.u64le());
  uint8_t source = reader.u8();
  if (source > 1) return bad_header("clock source " + std::to_string(source));
  header.clock_source = static_cast<ClockSource>(source);
  read_array(reader, header.previous_root);
  if (header.generation == 0 && header.previous_root != crypto::Digest{})
    return bad_header("generation 0 has no root before it");
  size_t tenant_size = reader.u8();
  if (tenant_size != length - kHeaderFixedSize) return bad_header("length does not fit the tenant");
  header.tenant = as_text(reader.take(tenant_size));
  if (size) *size = length;
  return header;
}

void encode(const FrameInfo& info, Bytes& out) {
  EW_CHECK(!(info.last && info.destroyed));
  ByteWriter writer(out);
  writer.u32le(info.length);
  writer.u8(static_cast<uint8_t>((info.last ? kLastFlag : 0) | (info.destroyed ? kDestroyedFlag : 0)));
  for (int i = 0; i < 3; ++i) writer.u8(0);
  writer.u64le(info.number);
  writer.u64le(static_cast<uint64_t>(info.first_at.ns));
  writer.u64le(static_cast<uint64_t>(info.last_at.ns));
  writer.raw(info.leaf);
}

Result<FrameInfo> decode_frame_info(ByteView bytes) {
  auto corrupt_frame = [](std::string what) {
    return Error(ErrorCode::kCorrupt, "frame: " + std::move(what));
  };
  if (bytes.size() < kFrameHeaderSize) return corrupt_frame("the bytes end inside its header");
  ByteReader reader(bytes);
  FrameInfo info;
  info.length = reader.u32le();
  uint8_t flags = reader.u8();
  bool is_padded_with_zeros = true;
  for (uint8_t byte : reader.take(3)) is_padded_with_zeros &= byte == 0;
  if ((flags & ~(kLastFlag | kDestroyedFlag)) || !is_padded_with_zeros) return corrupt_frame("unknown flags");
  info.last = flags & kLastFlag;
  info.destroyed = flags & kDestroyedFlag;
  if (info.last && info.destroyed) return corrupt_frame("a destroyed frame carries no other flag");
  size_t least = kFrameHeaderSize + (info.destroyed ? 0 : crypto::Aead::kTagSize);
  if (info.length < least || info.length > (info.destroyed ? least : kMaxSealedFrame))
    return corrupt_frame("length does not fit");
  info.number = reader.u64le();
  info.first_at.ns = static_cast<int64_t>(reader.u64le());
  info.last_at.ns = static_cast<int64_t>(reader.u64le());
  read_array(reader, info.leaf);
  return info;
}

}  // namespace ew::part
