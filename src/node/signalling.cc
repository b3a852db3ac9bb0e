#include "node/signalling.h"

#include "base/text.h"
#include "node/exporter.h"
#include "sip/message.h"

namespace ew::node {
namespace {

SignallingMessage message_of(const part::Record& record) {
  SignallingMessage message;
  message.at = record.at;
  message.source = record.source;
  message.destination = record.destination;
  message.transport = record.transport;
  message.text = to_utf8(as_text(record.body));
  message.start_line = message.text.substr(0, message.text.find_first_of("\r\n"));
  sip::Message parsed;
  if (sip::parse(record.body, parsed) != sip::ParseError::kNone) return message;
  if (parsed.is_request) {
    message.method = to_utf8(parsed.method_name);
  } else {
    message.status = parsed.status;
  }
  message.call_id = to_utf8(parsed.call_id());
  message.cseq = std::to_string(parsed.cseq.number) + " " + to_utf8(parsed.cseq.method_name);
  return message;
}

}  // namespace

Result<Signalling> signalling(DataDirectory& data, const db::CallRows& call, RecordingId recording,
                              const std::string& actor) {
  auto source =
      TRY(open_recording(data, call, recording, "call.signalling_viewed", "messages", actor, "log"));
  Signalling result;
  size_t bytes = 0;
  TRY(source->for_each([&](const part::Record& record) {
    if (record.type != part::RecordType::kSip || result.cut) return;
    bytes += record.body.size();
    result.cut = result.messages.size() == Signalling::kMaxMessages || bytes > Signalling::kMaxBytes;
    if (!result.cut) result.messages.push_back(message_of(record));
  }));
  return result;
}

}  // namespace ew::node
