// Many recording sessions at once, as SBCs make them, with media whose every packet is known; and the truth
// about them: one line of JSON for each session.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "net/endpoint.h"

namespace srcload {

struct CallsOptions {
  // What happens to the media meanwhile.
  enum class Change : uint8_t {
    kNone,
    kRefresh,      // a re-INVITE that says the same, at half time
    kInactive,     // paused by a=inactive from a third to two thirds of the time
    kZeroAddress,  // the same by c=0.0.0.0
  };
  ew::Endpoint to;
  ew::Transport transport = ew::Transport::kUdp;
  ew::IpAddress from;                 // of SIP
  uint32_t connections = 1;           // or sockets; sessions take turns
  ew::IpAddress media;                // of the first session; the next has the next address
  uint32_t media_addresses = 60'000;  // and after so many the first again
  uint16_t media_port = 40'000;       // four from here on are ours
  uint32_t calls = 100;
  double rate = 50;          // set-ups per second
  double hold_s = 10;        // from the 200 to the BYE
  bool offers_lines = true;  // else a session whose calls are to come (RFC 7866 section 10)
  bool has_media = true;     // and packets are sent
  Change change = Change::kNone;
  bool is_encrypted = false;  // SRTP with keys in SDP
  uint32_t forged = 0;        // for each packet of SRTP, so many behind it that only their key betrays
  uint32_t seed = 1;
  std::string truth;  // path; empty: none is written
};

// What came of it.
struct CallsPlayed {
  size_t calls = 0, answered = 0, at_once = 0;                     // at most
  double answer_ms_p50 = 0, answer_ms_p99 = 0, answer_ms_max = 0;  // INVITE to 200
  std::map<std::string, size_t> troubles;                          // sessions by what went wrong
  uint64_t repeated = 0;                                           // requests that were sent again
  uint64_t packets = 0, not_sent = 0, forged = 0;  // of media; not_sent: refused by the system
  uint64_t late_packets = 0;                       // left more than 20 ms after their time
  int64_t late_ms_max = 0;
  double seconds = 0;
};

// Plays them. An error only if it cannot begin.
ew::Result<CallsPlayed> play_calls(const CallsOptions& options);
// One line.
void print_json(const CallsPlayed& played);

}  // namespace srcload
