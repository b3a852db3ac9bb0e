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
     "RFC 7866 section 6.1.1", false},
    {"no_source_tag",
     "The Contact lacks the feature tag +sip.src; it was taken for a recording session by its other signs.",
     "RFC 7866 section 6.1.1", false},
    {"source_tag_in_uri",
     "The feature tag +sip.src stands inside the address of Contact, where it belongs behind the closing "
     "bracket.",
     "RFC 3840 section 9", false},
    {"no_metadata", "The session brings no metadata, so the parties are known from its SIP headers at best.",
     "RFC 7866 section 9.1", true},
    {"metadata_type",
     "The metadata part has a media type that is not application/rs-metadata+xml; it was read all the same.",
     "RFC 9806 section 3", false},
    {"cisco_participants",
     "The parties were taken from X-Cisco-Recording-Participant: Cisco's own form of recording, without "
     "metadata.",
     "no RFC", false},
    {"built_in_bridge",
     "Cisco's built-in bridge sends each party in a session of its own, without metadata; who called whom is "
     "not told.",
     "no RFC", true},
    {"no_label",
     "A media line has no label, so the metadata cannot say whose it is; lines and parties were matched by "
     "their order.",
     "RFC 7866 section 7.1.1", true},
    {"label_twice", "Two media lines carry the same label.", "RFC 4574 section 4", true},
    {"label_unknown",
     "A media line's label is not in the metadata; its party was taken from the order of the lines.",
     "RFC 7866 section 9.1", true},
    {"no_direction", "The offer does not say a=sendonly.", "RFC 7866 section 7.1.1", false},
    {"null_address", "The media is held by the address 0.0.0.0 instead of a=inactive.",
     "RFC 3264 section 8.4", false},
    {"same_version", "The SDP changed though the version in its o= line did not.", "RFC 3264 section 8",
     false},
    {"metadata_too_large",
     "The metadata is longer than 256 KiB and was not read; it is kept with the messages.",
     "limit of this program", true},
    {"metadata_too_deep",
     "The metadata nests more than 64 elements and was not read; it is kept with the messages.",
     "limit of this program", true},
    {"metadata_too_many_attributes",
     "The metadata has more than 1,000 attributes and was not read; it is kept with the messages.",
     "limit of this program", true},
    {"metadata_forbidden_xml",
     "The metadata declares a document type or entities, which are refused; it is kept with the messages.",
     "limit of this program", true},
    {"metadata_not_utf8", "The metadata is not valid UTF-8; wrong bytes were replaced.", "RFC 7865 section 5",
     false},
    {"metadata_not_well_formed",
     "The metadata is not well-formed XML; what stands before the fault was used.", "RFC 7865 section 5",
     true},
    {"metadata_root", "The metadata's outermost element is not recording.", "RFC 7865 section 5.1.2", false},
    {"metadata_namespace", "The metadata's namespace is not urn:ietf:params:xml:ns:recording:1.",
     "RFC 7865 section 5.1.1", false},
    {"datamode_name", "The element is called dataMode, in the schema it is datamode.", "RFC 7865 section 9",
     false},
    {"datamode_missing", "The metadata does not say whether it is complete; it was taken as complete.",
     "RFC 7865 section 5.1.2", false},
    {"datamode_value", "The datamode is neither complete nor partial; it was taken as complete.",
     "RFC 7865 section 5.1.2", false},
    {"draft_form",
     "The metadata has the form of a draft from before the RFC: associations stand inside participants and "
     "streams.",
     "RFC 7865 section 6", false},
    {"no_session", "The metadata names no communication session.", "RFC 7865 section 6.3", true},
    {"no_id", "An element has no id.", "RFC 7865 section 6.10", true},
    {"id_twice", "One id stands for two different things; the second was left out.", "RFC 7865 section 6.10",
     true},
    {"too_many",
     "The metadata has more than 256 elements of a kind, 10,000 in all, or a value of more than 1,000 bytes; "
     "what is beyond was left out.",
     "limit of this program", true},
    {"no_address", "A participant has no address.", "RFC 7865 section 6.5", true},
    {"address_form", "A participant's address is no URI.", "RFC 7865 section 6.5", false},
    {"time_form", "A time is not as RFC 3339 has it.", "RFC 7865 section 6.9", false},
    {"associations_missing",
     "The metadata does not say who sends which stream; parties and streams were matched by their order.",
     "RFC 7865 section 6.8", true},
    {"unknown_reference",
     "An association names something that the metadata does not define; another client may have defined it.",
     "RFC 7866 section 9.2", false},
    {"placeholder", "A participant stands for nobody: the client did not know the party yet.",
     "RFC 7865 section 6.5", false},
    {"partial_first", "A partial update came before any complete snapshot.", "RFC 7866 section 9.1", true},
}};

}  // namespace

const RuleText& text_of(Rule rule) { return kTexts[static_cast<size_t>(rule)]; }

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
