// Capture files as bytes: pcapng with nanoseconds and comments, and pcap with nanoseconds. Each function
// appends to `out`; the caller writes that to wherever it goes, in pieces as it likes. All link types are
// Ethernet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace ew::pcap {

struct Section {
  std::string comment;                  // empty: none; at most 65,535 bytes are kept
  std::string application;              // that made the file
  std::vector<std::string> interfaces;  // their names, in order of their numbers
};
// Begins a pcapng file, or a further section of one.
void write_section(const Section& section, Bytes& out);
// `interface` counts within the section. Times before 1970 become 1970.
void write_packet(uint32_t interface, WallTime at, ByteView frame, std::string_view comment, Bytes& out);

void write_pcap_header(Bytes& out);
// Times beyond what the format can tell (1970 to 2106) become the nearest that it can.
void write_pcap_packet(WallTime at, ByteView frame, Bytes& out);

}  // namespace ew::pcap
