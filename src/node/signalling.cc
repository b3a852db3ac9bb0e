#include "node/signalling.h"

#include <nlohmann/json.hpp>

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

// Nothing of an event that no agent reported.
std::optional<AgentReport> report_of(const part::Record& record) {
  const auto note = nlohmann::json::parse(as_text(record.body), nullptr, /*allow_exceptions=*/false);
  if (!note.is_object()) return std::nullopt;
  auto text = [&note](const char* name) {
    auto found = note.find(name);
    return found != note.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  AgentReport report{record.at, text("kind"), text("who"), text("detail")};
  if (!report.kind.starts_with("hep_")) return std::nullopt;
  return report;
}

// For things of one kind. Once one finds no place, none after it does: what is shown has no holes.
class Room {
 public:
  bool take(size_t bytes) {
    ++count_;
    bytes_ += bytes;
    return count_ <= Signalling::kMaxMessages && bytes_ <= Signalling::kMaxBytes;
  }

 private:
  size_t count_ = 0, bytes_ = 0;
};

}  // namespace

Result<Signalling> read_signalling(media::RecordSource& records) {
  Signalling result;
  Room messages, reports;
  TRY(records.for_each([&](const part::Record& record) {
    if (record.type == part::RecordType::kSip) {
      result.cut = !messages.take(record.body.size());
      if (!result.cut) result.messages.push_back(message_of(record));
    } else if (record.type == part::RecordType::kEvent && !result.reports_cut) {
      auto report = report_of(record);
      if (!report) return;
      result.reports_cut = !reports.take(record.body.size());
      if (!result.reports_cut) result.reports.push_back(std::move(*report));
    }
  }));
  return result;
}

Result<Signalling> signalling(DataDirectory& data, const db::CallRows& call, RecordingId recording,
                              const std::string& actor) {
  auto source =
      TRY(open_recording(data, call, recording, "call.signalling_viewed", "messages", actor, "log"));
  return read_signalling(*source);
}

}  // namespace ew::node
