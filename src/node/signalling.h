// The SIP messages of a recording as they were received, for the ladder of the panel, and what agents that
// saw them reported besides.
#pragma once

#include <string>
#include <vector>

#include "media/record_source.h"
#include "net/datagram.h"
#include "node/data_directory.h"

namespace ew::node {

struct SignallingMessage {
  WallTime at;
  Endpoint source, destination;
  Transport transport = Transport::kUdp;
  std::string start_line;
  std::string method;  // of a request; empty for a response
  int status = 0;      // of a response
  std::string call_id, cseq;
  std::string text;  // valid UTF-8; SRTP keys were redacted before storing
};

struct AgentReport {
  WallTime at;
  std::string kind;  // "hep_rtcp", "hep_quality", "hep_log"
  std::string who;   // "agent 2001"
  std::string text;  // JSON or a line, as the agent sent it; valid UTF-8
};

// The bounds are those of the messages, and those of the reports.
struct Signalling {
  static constexpr size_t kMaxMessages = 2'000;
  static constexpr size_t kMaxBytes = 8 * 1024 * 1024;
  std::vector<SignallingMessage> messages;  // by time
  std::vector<AgentReport> reports;         // by time
  bool cut = false, reports_cut = false;    // there are more than the bounds allow
};

// Durable audit event first ("call.signalling_viewed" by `actor`), then the log parts of this recording.
Result<Signalling> signalling(DataDirectory& data, const db::CallRows& call, RecordingId recording,
                              const std::string& actor);
// What it is made of.
Result<Signalling> read_signalling(media::RecordSource& records);

}  // namespace ew::node
