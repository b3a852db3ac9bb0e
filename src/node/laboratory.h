// Laboratory: what this recorder makes of a recording client's messages, without any of it being recorded: an
// INVITE that a person copied, or a capture of a session. Says what was understood, which rules it breaks and
// where, and what would be answered, by the same functions that answer calls. Pure: bytes in, report out;
// keys are redacted in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "call/engine.h"
#include "net/datagram.h"
#include "siprec/communication.h"
#include "siprec/metadata.h"
#include "srs/admission.h"

namespace ew::node {

// As whom and how the client is taken where the bytes do not tell.
struct LabSettings {
  srs::Settings server;
  // Nothing: as the server's settings have it for where the message comes from.
  std::optional<srs::PeerSettings> peer = srs::PeerSettings{};
  Transport transport = Transport::kUdp;  // of a text
};

struct LabFinding {
  siprec::Finding finding;
  size_t message = 0;  // index into LabReport::messages
  size_t line = 0;     // of its text, from 1; 0: no one line
};

// Something that the user agent or the server notices beside the rules of SIPREC.
struct LabAnswer {
  int status = 0;
  std::string_view code;  // stable word for the reason of a refusal
  std::string why;        // in plain words
  std::vector<srs::Peculiarity> peculiarities;
  std::string text;  // the whole response; ports and addresses are examples
};

struct LabMessage {
  std::optional<WallTime> at;  // of a capture
  Endpoint source, destination;
  Transport transport = Transport::kUdp;
  bool is_request = false;
  std::string start_line, text;  // valid UTF-8, without keys
  std::string_view fault;        // why it is no proper SIP message; empty if it is one
  std::optional<LabAnswer> answer;
};

// An m-line as the client offered it last.
struct LabLine {
  std::string type, protocol, encodings, label, direction, address;
  std::vector<std::string> suites;  // of its keys
  std::string participant;          // "caller", "callee", "party3", "mixed"; empty: not known
  bool is_accepted = false;
  std::string_view why_not_code;
  std::string why_not;
};

struct LabParty {
  siprec::Party party;
  std::string participant;
};
struct LabCall {
  siprec::Communication communication;
  std::vector<LabParty> parties;
};
// What came of media, as the recorder would store it.
struct LabStream {
  std::string participant, label, codec;
  uint32_t ssrc = 0;
  uint64_t packets = 0, lost = 0;
  bool encrypted = false, opened = false;
};

struct LabSession {
  std::string call_id;
  bool is_recording_session = false, by_rfc = false;
  std::string client;     // which client it is like; empty: like none that is known
  std::string_view sign;  // by what
  std::string user_agent;
  std::vector<size_t> messages;  // indexes into LabReport::messages
  std::vector<LabFinding> findings;
  std::vector<LabLine> lines;
  std::vector<LabCall> calls;
  siprec::Content metadata;  // of all documents so far
  bool has_metadata = false;
  std::vector<LabStream> streams;
};

struct LabReport {
  static constexpr size_t kMaxSessions = 50, kMaxMessages = 500;
  static constexpr size_t kMaxText = 4 * 1024 * 1024;  // of all messages' texts

  bool is_capture = false;
  bool is_body_only = false;    // headers are ours: nothing is said of them
  uint64_t packets = 0;         // of a capture
  uint64_t other_messages = 0;  // SIP that is of no recording session
  std::string warning;          // of the capture's reader
  std::vector<LabMessage> messages;
  std::vector<LabSession> sessions;
  bool cut = false;  // there is more than the bounds allow
};

constexpr size_t kMaxLabBytes = 16 * 1024 * 1024;

// kInvalid where nothing of it is SIP, kLimit beyond the bound.
Result<LabReport> examine(Bytes bytes, const LabSettings& settings);

}  // namespace ew::node
