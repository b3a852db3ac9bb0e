// RTCP receiver reports (RFC 3550 section 6.4.2): all that a recorder sends to where media comes from.
#pragma once

#include <map>
#include <vector>

#include "base/bytes.h"
#include "srs/recording_server.h"

namespace ew::srs {

// The reports about one m-line: what was told of its sources last, and what the report before said.
class ReceiverReport {
 public:
  static constexpr size_t kMaxSources = 31;  // of one report

  // Replaces what is known of this source; those beyond kMaxSources are not reported on.
  void take(const Reception& reception);
  // A compound packet: RR and SDES with our CNAME. Without sources an empty RR, which keeps the way through a
  // NAT open (RFC 6263 section 4.6).
  Bytes make(uint32_t own_ssrc, std::string_view cname, int64_t now_ns);

  uint64_t packets() const;
  uint64_t lost() const;
  size_t sources() const { return sources_.size(); }

 private:
  struct Source {
    Reception now;
    uint64_t packets_before = 0, lost_before = 0;
  };
  std::map<uint32_t, Source> sources_;  // by SSRC
};

// Seconds until the next report: RFC 3550 section 6.2's minimum of 5 s, half of it for the first, spread so
// that sessions do not report together (section 6.3.1). `random` is any 32 bits.
int64_t report_interval_ns(bool is_first, uint32_t random);

}  // namespace ew::srs
