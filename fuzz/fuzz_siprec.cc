// Recording metadata: parsing, merging, resolving and withholding, and what must hold for any text. The input
// is a number of documents, separated by a zero byte, as a client may send them one after another.
#include "base/result.h"
#include "siprec/recognition.h"
#include "siprec/state.h"
#include "siprec/withhold.h"

using namespace ew;
using namespace ew::siprec;

namespace {

void check_content(const Content& content) {
  EW_CHECK(content.groups.size() <= kMaxObjects && content.sessions.size() <= kMaxObjects);
  EW_CHECK(content.participants.size() <= kMaxObjects && content.streams.size() <= kMaxObjects);
  EW_CHECK(content.participant_sessions.size() <= kMaxObjects &&
           content.participant_streams.size() <= kMaxObjects);
  EW_CHECK(content.extensions.size() <= kMaxObjects);
  for (const Participant& participant : content.participants) {
    EW_CHECK(!participant.id.empty() && participant.id.size() <= kMaxValue);
    for (const NameId& name : participant.names)
      EW_CHECK(name.aor.size() <= kMaxValue && name.name.size() <= kMaxValue);
  }
}

void check_calls(const Content& content) {
  Findings findings;
  for (const Communication& call : communications_of(content, findings)) {
    EW_CHECK(call.external_ids.size() <= Communication::kMaxIds);
    for (const Track& track : call.tracks)
      for (size_t sender : track.senders) EW_CHECK(sender < call.parties.size());
  }
}

void check_withheld(std::string_view text) {
  const std::vector<std::string> names = {"nameID", "extensiondata"};
  std::string kept = withhold(text, names);
  EW_CHECK(kept.size() == text.size());
  EW_CHECK(withhold(kept, names) == kept);
}

void check_message(ByteView bytes) {
  sip::Message message;
  if (sip::parse(bytes, message) != sip::ParseError::kNone) return;
  Recognition recognition = recognise(message);
  EW_CHECK(!recognition.by_rfc || recognition.is_recording_session);
  find_metadata(message);
  cisco_parties(message);
  header_ids(message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = as_text(ByteView(data, size));
  check_message(as_bytes(text));
  check_withheld(text);
  State state;
  Findings findings;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find('\0'));
    Document document = parse_metadata(part);
    check_content(document.content);
    for (const Extension& extension : document.content.extensions)
      EW_CHECK(extension.xml.empty() || extension.xml.front() == '<');
    state.apply(document, findings);
    check_content(state.content());
    check_calls(state.content());
    is_snapshot_request(part);
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return 0;
}
