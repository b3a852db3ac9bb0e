// Writes pcap (microseconds, nanoseconds, either byte order) and pcapng.
#pragma once

#include <cstdio>
#include <string>

#include "base/result.h"
#include "callgen/frames.h"

namespace callgen {

enum class CaptureFormat : uint8_t { kPcap, kPcapNs, kPcapSwapped, kPcapng, kPcapngNs };

class CaptureWriter {
 public:
  static ew::Result<CaptureWriter> create(const std::string& path, CaptureFormat format, Link link);
  CaptureWriter(CaptureWriter&&) noexcept;
  CaptureWriter& operator=(CaptureWriter&&) = delete;
  ~CaptureWriter();

  void write(int64_t at_ns, ew::ByteView frame);
  ew::Status close();

 private:
  CaptureWriter(std::FILE* file, std::string path, CaptureFormat format);
  void file_header(Link link);
  void u16(ew::Bytes& out, uint16_t value) const;
  void u32(ew::Bytes& out, uint32_t value) const;
  void put(ew::ByteView bytes);

  std::FILE* file_;
  std::string path_;
  CaptureFormat format_;
  ew::Bytes record_;  // reused for each packet's header
};

}  // namespace callgen
