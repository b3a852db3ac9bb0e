#include "callgen/capture_writer.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace callgen {

using ew::Bytes;
using ew::ByteView;
using ew::ByteWriter;

ew::Result<CaptureWriter> CaptureWriter::create(const std::string& path, CaptureFormat format, Link link) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return ew::Error(ew::ErrorCode::kIo, path + ": " + std::strerror(errno));
  std::setvbuf(file, nullptr, _IOFBF, 1 << 20);
  CaptureWriter writer(file, path, format);
  writer.file_header(link);
  return writer;
}

CaptureWriter::CaptureWriter(std::FILE* file, std::string path, CaptureFormat format)
    : file_(file), path_(std::move(path)), format_(format) {}

CaptureWriter::CaptureWriter(CaptureWriter&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)), path_(std::move(other.path_)), format_(other.format_) {}

CaptureWriter::~CaptureWriter() {
  if (file_) std::fclose(file_);
}

void CaptureWriter::u16(Bytes& out, uint16_t value) const {
  ByteWriter writer(out);
  format_ == CaptureFormat::kPcapSwapped ? writer.u16be(value) : writer.u16le(value);
}

void CaptureWriter::u32(Bytes& out, uint32_t value) const {
  ByteWriter writer(out);
  format_ == CaptureFormat::kPcapSwapped ? writer.u32be(value) : writer.u32le(value);
}

void CaptureWriter::put(ByteView bytes) { std::fwrite(bytes.data(), 1, bytes.size(), file_); }

void CaptureWriter::file_header(Link link) {
  Bytes out;
  if (format_ == CaptureFormat::kPcapng || format_ == CaptureFormat::kPcapngNs) {
    ByteWriter writer(out);
    writer.u32le(0x0a0d0d0a);  // section header block
    writer.u32le(28);
    writer.u32le(0x1a2b3c4d);
    writer.u16le(1);
    writer.u16le(0);
    writer.u64le(~uint64_t{0});  // section length not given
    writer.u32le(28);
    writer.u32le(1);  // interface description block
    writer.u32le(32);
    writer.u16le(static_cast<uint16_t>(dlt_of(link)));
    writer.u16le(0);
    writer.u32le(262144);
    writer.u16le(9);  // if_tsresol
    writer.u16le(1);
    writer.u32le(format_ == CaptureFormat::kPcapngNs ? 9 : 6);
    writer.u32le(0);  // end of options
    writer.u32le(32);
  } else {
    u32(out, format_ == CaptureFormat::kPcapNs ? 0xa1b23c4d : 0xa1b2c3d4);
    u16(out, 2);
    u16(out, 4);
    u32(out, 0);
    u32(out, 0);
    u32(out, 262144);
    u32(out, dlt_of(link));
  }
  put(out);
}

void CaptureWriter::write(int64_t at_ns, ByteView frame) {
  bool nanoseconds = format_ == CaptureFormat::kPcapNs || format_ == CaptureFormat::kPcapngNs;
  uint32_t size = static_cast<uint32_t>(frame.size());
  record_.clear();
  if (format_ == CaptureFormat::kPcapng || format_ == CaptureFormat::kPcapngNs) {
    uint64_t stamp = static_cast<uint64_t>(nanoseconds ? at_ns : at_ns / 1000);
    uint32_t padding = (4 - size % 4) % 4;
    u32(record_, 6);  // enhanced packet block
    u32(record_, 32 + size + padding);
    u32(record_, 0);
    u32(record_, static_cast<uint32_t>(stamp >> 32));
    u32(record_, static_cast<uint32_t>(stamp));
    u32(record_, size);
    u32(record_, size);
    put(record_);
    put(frame);
    record_.assign(padding, 0);
    u32(record_, 32 + size + padding);
    put(record_);
    return;
  }
  u32(record_, static_cast<uint32_t>(at_ns / 1'000'000'000));
  u32(record_, static_cast<uint32_t>(at_ns % 1'000'000'000 / (nanoseconds ? 1 : 1000)));
  u32(record_, size);
  u32(record_, size);
  put(record_);
  put(frame);
}

ew::Status CaptureWriter::close() {
  bool bad = std::ferror(file_) != 0;
  bad |= std::fclose(std::exchange(file_, nullptr)) != 0;
  if (bad) return ew::Error(ew::ErrorCode::kIo, path_ + ": " + std::strerror(errno));
  return {};
}

}  // namespace callgen
