#include "pcap/writer.h"

#include <algorithm>

namespace ew::pcap {
namespace {

constexpr uint32_t kSnapLength = 256 * 1024;
constexpr uint16_t kEthernetLink = 1;

// A pcapng block in little endian order: begun by its type, ended by writing its length at both ends.
class Block {
 public:
  Block(uint32_t type, Bytes& out) : out_(out), start_(out.size()), writer_(out) {
    writer_.u32le(type);
    writer_.u32le(0);
  }
  ByteWriter& body() { return writer_; }

  void pad() {
    while ((out_.size() - start_) % 4 != 0) writer_.u8(0);
  }
  void option(uint16_t code, ByteView value) {
    if (value.empty()) return;
    value = value.first(std::min<size_t>(value.size(), 0xffff));
    writer_.u16le(code);
    writer_.u16le(static_cast<uint16_t>(value.size()));
    writer_.raw(value);
    pad();
    has_options_ = true;
  }
  void end() {
    if (has_options_) writer_.u32le(0);
    auto length = static_cast<uint32_t>(out_.size() - start_ + 4);
    writer_.u32le(length);
    for (int i = 0; i < 4; ++i) out_[start_ + 4 + i] = static_cast<uint8_t>(length >> (8 * i));
  }

 private:
  Bytes& out_;
  size_t start_;
  ByteWriter writer_;
  bool has_options_ = false;
};

}  // namespace

void write_section(const Section& section, Bytes& out) {
  Block header(0x0a0d0d0a, out);
  header.body().u32le(0x1a2b3c4d);
  header.body().u16le(1);  // version 1.0
  header.body().u16le(0);
  header.body().u64le(UINT64_MAX);  // the section's length is not told: it may still grow
  header.option(1, as_bytes(section.comment));
  header.option(4, as_bytes(section.application));
  header.end();

  for (const std::string& name : section.interfaces) {
    Block interface(1, out);
    interface.body().u16le(kEthernetLink);
    interface.body().u16le(0);
    interface.body().u32le(kSnapLength);
    interface.option(2, as_bytes(name));
    const uint8_t nanoseconds[] = {9};
    interface.option(9, nanoseconds);
    interface.end();
  }
}

void write_packet(uint32_t interface, WallTime at, ByteView frame, std::string_view comment, Bytes& out) {
  auto ns = static_cast<uint64_t>(std::max<int64_t>(at.ns, 0));
  auto length = static_cast<uint32_t>(frame.size());
  Block packet(6, out);
  packet.body().u32le(interface);
  packet.body().u32le(static_cast<uint32_t>(ns >> 32));
  packet.body().u32le(static_cast<uint32_t>(ns));
  packet.body().u32le(length);
  packet.body().u32le(length);
  packet.body().raw(frame);
  packet.pad();
  packet.option(1, as_bytes(comment));
  packet.end();
}

void write_pcap_header(Bytes& out) {
  ByteWriter writer(out);
  writer.u32le(0xa1b23c4d);  // nanoseconds
  writer.u16le(2);           // version 2.4
  writer.u16le(4);
  writer.u32le(0);
  writer.u32le(0);
  writer.u32le(kSnapLength);
  writer.u32le(kEthernetLink);
}

void write_pcap_packet(WallTime at, ByteView frame, Bytes& out) {
  constexpr int64_t kLast = UINT32_MAX * kNsPerSec + kNsPerSec - 1;
  int64_t ns = std::clamp<int64_t>(at.ns, 0, kLast);
  auto length = static_cast<uint32_t>(frame.size());
  ByteWriter writer(out);
  writer.u32le(static_cast<uint32_t>(ns / kNsPerSec));
  writer.u32le(static_cast<uint32_t>(ns % kNsPerSec));
  writer.u32le(length);
  writer.u32le(length);
  writer.raw(frame);
}

}  // namespace ew::pcap
