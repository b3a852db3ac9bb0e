// Stored SIP, RTP and RTCP as a capture file for packet analysers.
#pragma once

#include <string>

#include "media/record_source.h"

namespace ew::media {

struct PcapngOptions {
  std::string application = "Earwitness";  // with its version, as the file shall name it
};

// What could not be written, because it lacks what a packet needs.
struct PcapngReport {
  uint64_t packets = 0;
  uint64_t without_addresses = 0;  // RTP or RTCP of no described stream
  uint64_t too_long = 0;           // for one UDP datagram
};

// Reads the records twice: the first time for what the section's comment has to say. Original times,
// addresses, ports, VLAN and DSCP; link, IP and TCP headers are rebuilt.
Result<PcapngReport> write_pcapng(RecordSource& source, const ByteSink& sink,
                                  const PcapngOptions& options = {});

}  // namespace ew::media
