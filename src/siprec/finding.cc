#include "siprec/finding.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace ew::siprec {
namespace {

constexpr size_t kMaxDetail = 200;

// In the order of the enumerators. The codes are stored with calls: never renamed.
constexpr std::array<RuleText, kRules> kTexts = {{
    {"no_require",
     "The INVITE does not require the option siprec; it was taken for a recording session by its other "
     "signs.",
     "RFC 7866 section 6.1.1", false, Cost::kStrict, "Send Require: siprec in the INVITE."},
    {"no_source_tag",
     "The Contact lacks the feature tag +sip.src; it was taken for a recording session by its other signs.",
     "RFC 7866 section 6.1.1", false, Cost::kStrict,
     "Send the feature tag with the Contact: <sip:sbc@192.0.2.1>;+sip.src"},
    {"source_tag_in_uri",
     "The feature tag +sip.src stands inside the address of Contact, where it belongs behind the closing "
     "bracket.",
     "RFC 3840 section 9", false, Cost::kStrict,
     "Write +sip.src behind the closing bracket: <sip:sbc@192.0.2.1>;+sip.src"},
    {"no_metadata", "The session brings no metadata, so the parties are known from its SIP headers at best.",
     "RFC 7866 section 9.1", true, Cost::kPartiesUnknown,
     "Switch on recording metadata (application/rs-metadata+xml) in the recording profile."},
    {"metadata_type",
     "The metadata part has a media type that is not application/rs-metadata+xml; it was read all the same.",
     "RFC 9806 section 3", false, Cost::kNothing,
     "Send the metadata as application/rs-metadata+xml with Content-Disposition: recording-session."},
    {"cisco_participants",
     "The parties were taken from X-Cisco-Recording-Participant: Cisco's own form of recording, without "
     "metadata.",
     "no RFC", false, Cost::kPartiesUnknown, "Where the device can do SIPREC with metadata, switch to it."},
    {"built_in_bridge",
     "Cisco's built-in bridge sends each party in a session of its own, without metadata; who called whom is "
     "not told.",
     "no RFC", true, Cost::kWhoCalled,
     "Record at a gateway that does SIPREC with metadata, instead of at the phone."},
    {"no_label",
     "A media line has no label, so the metadata cannot say whose it is; lines and parties were matched by "
     "their order.",
     "RFC 7866 section 7.1.1", true, Cost::kPartiesSwapped,
     "Give each m-line a label (a=label:1, a=label:2) and name the labels in the metadata."},
    {"label_twice", "Two media lines carry the same label.", "RFC 4574 section 4", true,
     Cost::kPartiesSwapped, "Give each m-line a label of its own."},
    {"label_unknown",
     "A media line's label is not in the metadata; its party was taken from the order of the lines.",
     "RFC 7866 section 9.1", true, Cost::kPartiesSwapped,
     "Send metadata with a stream of this label together with the SDP."},
    {"no_direction", "The offer does not say a=sendonly.", "RFC 7866 section 7.1.1", false, Cost::kNothing,
     "Send a=sendonly with each m-line."},
    {"null_address", "The media is held by the address 0.0.0.0 instead of a=inactive.",
     "RFC 3264 section 8.4", false, Cost::kNothing, "Hold with a=inactive and leave the address as it is."},
    {"same_version", "The SDP changed though the version in its o= line did not.", "RFC 3264 section 8",
     false, Cost::kNothing, "Raise the version in the o= line with every change."},
    {"metadata_too_large",
     "The metadata is longer than 256 KiB and was not read; it is kept with the messages.",
     "limit of this program", true, Cost::kMetadataLost,
     "Send less in one document: fewer extensions, only sessions that go on."},
    {"metadata_too_deep",
     "The metadata nests more than 64 elements and was not read; it is kept with the messages.",
     "limit of this program", true, Cost::kMetadataLost,
     "Send metadata that is nested less deeply; deep extensions are what to look at."},
    {"metadata_too_many_attributes",
     "The metadata has more than 1,000 attributes and was not read; it is kept with the messages.",
     "limit of this program", true, Cost::kMetadataLost,
     "Send less in one document: fewer extensions, only sessions that go on."},
    {"metadata_forbidden_xml",
     "The metadata declares a document type or entities, which are refused; it is kept with the messages.",
     "limit of this program", true, Cost::kMetadataLost, "Send plain XML without DOCTYPE and ENTITY."},
    {"metadata_not_utf8", "The metadata is not valid UTF-8; wrong bytes were replaced.", "RFC 7865 section 5",
     false, Cost::kWrongLetters, "Send the metadata in UTF-8."},
    {"metadata_not_well_formed",
     "The metadata is not well-formed XML; what stands before the fault was used.", "RFC 7865 section 5",
     true, Cost::kMetadataRest, "Tell the maker of the client: its XML is broken at this place."},
    {"metadata_root", "The metadata's outermost element is not recording.", "RFC 7865 section 5.1.2", false,
     Cost::kNothing, "Call the outermost element recording."},
    {"metadata_namespace", "The metadata's namespace is not urn:ietf:params:xml:ns:recording:1.",
     "RFC 7865 section 5.1.1", false, Cost::kNothing,
     "Use the namespace urn:ietf:params:xml:ns:recording:1."},
    {"datamode_name", "The element is called dataMode, in the schema it is datamode.", "RFC 7865 section 9",
     false, Cost::kNothing, "Call the element datamode."},
    {"datamode_missing", "The metadata does not say whether it is complete; it was taken as complete.",
     "RFC 7865 section 5.1.2", false, Cost::kTakenAsComplete,
     "Say <datamode>complete</datamode> or <datamode>partial</datamode> in each document."},
    {"datamode_value", "The datamode is neither complete nor partial; it was taken as complete.",
     "RFC 7865 section 5.1.2", false, Cost::kTakenAsComplete,
     "Say complete or partial in datamode, in small letters."},
    {"draft_form",
     "The metadata has the form of a draft from before the RFC: associations stand inside participants and "
     "streams.",
     "RFC 7865 section 6", false, Cost::kNothing,
     "Use newer software of the client, if there is one that follows RFC 7865."},
    {"no_session", "The metadata names no communication session.", "RFC 7865 section 6.3", true,
     Cost::kNoCallId, "Send a session element with its session_id for each call."},
    {"no_id", "An element has no id.", "RFC 7865 section 6.10", true, Cost::kNotLinked,
     "Give each session, participant and stream an id."},
    {"id_twice", "One id stands for two different things; the second was left out.", "RFC 7865 section 6.10",
     true, Cost::kNotLinked, "Give each thing an id of its own."},
    {"too_many",
     "The metadata has more than 256 elements of a kind, 10,000 in all, or a value of more than 1,000 bytes; "
     "what is beyond was left out.",
     "limit of this program", true, Cost::kBeyondLimit,
     "Send less in one document: only sessions and parties that are still there."},
    {"no_address", "A participant has no address.", "RFC 7865 section 6.5", true, Cost::kNoNumber,
     "Send nameID with aor for each participant."},
    {"address_form", "A participant's address is no URI.", "RFC 7865 section 6.5", false, Cost::kNothing,
     "Write the address as a URI: sip:100@example.org or tel:+421905123456."},
    {"time_form", "A time is not as RFC 3339 has it.", "RFC 7865 section 6.9", false, Cost::kTime,
     "Write times with their zone: 2026-03-02T09:00:00Z."},
    {"associations_missing",
     "The metadata does not say who sends which stream; parties and streams were matched by their order.",
     "RFC 7865 section 6.8", true, Cost::kPartiesSwapped,
     "Send participantsessionassoc and participantstreamassoc for each participant."},
    {"unknown_reference",
     "An association names something that the metadata does not define; another client may have defined it.",
     "RFC 7866 section 9.2", false, Cost::kNothing, "Define what is named in the same document."},
    {"placeholder", "A participant stands for nobody: the client did not know the party yet.",
     "RFC 7865 section 6.5", false, Cost::kUntilKnown, "Send an update as soon as the party is known."},
    {"partial_first", "A partial update came before any complete snapshot.", "RFC 7866 section 9.1", true,
     Cost::kHistory, "Begin each session with a document whose datamode is complete."},
}};

// In the order of the enumerators.
constexpr std::array<CostText, kCosts> kCostTexts = {{
    {"nothing", "Nothing: it was understood all the same."},
    {"strict",
     "Nothing here. A recorder that goes by the letter, as this one does with a peer that is set to strict, "
     "refuses the call."},
    {"parties_unknown", "Numbers, names and who speaks on which track may be missing or wrong."},
    {"parties_swapped", "The voices may be given to the wrong parties."},
    {"who_called", "Who called whom is not known."},
    {"metadata_lost", "Everything that this metadata says: parties, streams, ids. The sound is recorded."},
    {"metadata_rest",
     "What stands behind the fault: parties and streams may be missing. The sound is recorded."},
    {"wrong_letters", "Names may have wrong letters."},
    {"taken_as_complete", "An update that is meant as a part would end what it leaves out."},
    {"no_call_id",
     "Calls of one session cannot be told apart, and the copy of another recorder may not be joined with "
     "this call."},
    {"not_linked", "A party may be missing from the call, or whose voice a stream is."},
    {"beyond_limit", "Parties, streams or ids beyond the limit are missing."},
    {"no_number", "The party has no number, so the call is not found by it."},
    {"time", "A time may be missing, or wrong by the time zone."},
    {"until_known", "The party is unknown until the client says more."},
    {"history",
     "What the client said before is not known here until it sends a complete document, for which it is "
     "asked."},
}};

}  // namespace

const RuleText& text_of(Rule rule) { return kTexts[static_cast<size_t>(rule)]; }

std::optional<Rule> find_rule(std::string_view code) {
  for (size_t i = 0; i < kRules; ++i)
    if (kTexts[i].code == code) return static_cast<Rule>(i);
  return std::nullopt;
}

const CostText& text_of(Cost cost) { return kCostTexts[static_cast<size_t>(cost)]; }

bool Findings::add(Rule rule, std::string_view detail) {
  Finding finding{rule, printable(detail, kMaxDetail)};
  size_t details = 0;
  for (const Finding& known : findings_) {
    if (known == finding) return false;
    details += known.rule == rule;
  }
  if (details >= kMaxPerRule) return false;
  findings_.push_back(std::move(finding));
  return true;
}

void Findings::add(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) add(finding.rule, finding.detail);
}

bool Findings::has(Rule rule) const {
  return std::any_of(findings_.begin(), findings_.end(), [&](const Finding& f) { return f.rule == rule; });
}

}  // namespace ew::siprec
