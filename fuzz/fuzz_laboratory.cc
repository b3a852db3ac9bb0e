// What the laboratory says of any bytes: it ends, stays within its bounds, shows no line that is not there,
// and what would be answered is SIP that our own parser takes. The whole way of a recording client's message
// lies behind it: SIP, SDP, metadata, the session and its calls, the answer.
#include <algorithm>
#include <string>

#include "base/result.h"
#include "node/laboratory.h"
#include "sip/message.h"

using namespace ew;
using namespace ew::node;

namespace {

void check(const LabReport& report) {
  EW_CHECK(report.messages.size() <= LabReport::kMaxMessages &&
           report.sessions.size() <= LabReport::kMaxSessions);
  for (const LabMessage& message : report.messages) {
    if (!message.answer || message.answer->text.empty()) continue;
    sip::Message answer;
    sip::ParseError error = sip::parse(as_bytes(message.answer->text), answer, sip::kMaxMessageTcp);
    // What is repeated of the request may make it longer than a message may be.
    if (error == sip::ParseError::kTooLong) continue;
    EW_CHECK(error == sip::ParseError::kNone);
    EW_CHECK(!answer.is_request && answer.status == message.answer->status);
  }
  for (const LabSession& session : report.sessions) {
    for (size_t message : session.messages) EW_CHECK(message < report.messages.size());
    for (const LabFinding& found : session.findings) {
      EW_CHECK(found.message < report.messages.size());
      const std::string& text = report.messages[found.message].text;
      EW_CHECK(found.line <= static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
    }
    for (const LabCall& call : session.calls)
      for (const siprec::Track& track : call.communication.tracks)
        for (size_t sender : track.senders) EW_CHECK(sender < call.communication.parties.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  LabSettings tolerant, strict, by_tls;
  strict.peer->strict = true;
  by_tls.transport = Transport::kTls;
  for (const LabSettings& settings : {tolerant, strict, by_tls})
    if (auto report = examine(Bytes(data, data + size), settings); report.ok()) check(*report);
  return 0;
}
