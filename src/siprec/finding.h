// Findings: what of a recording session is not as the RFCs have it, in words for people. A finding never
// costs audio; it tells an operator which rule a recording client breaks, and what was done about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ew::siprec {

enum class Rule : uint8_t {
  // The session.
  kNoRequire,
  kNoSourceTag,
  kSourceTagInUri,
  kNoMetadata,
  kMetadataType,
  kCiscoParticipants,
  kBuiltInBridge,
  // Its media.
  kNoLabel,
  kLabelTwice,
  kLabelUnknown,
  kNoDirection,
  kNullAddress,
  kSameVersion,
  // The metadata's text.
  kTooLarge,
  kTooDeep,
  kTooManyAttributes,
  kForbiddenXml,
  kNotUtf8,
  kNotWellFormed,
  kRootName,
  kNamespace,
  // What it says.
  kDataModeName,
  kDataModeMissing,
  kDataModeValue,
  kDraftForm,
  kNoSession,
  kNoId,
  kIdTwice,
  kTooMany,
  kNoAddress,
  kAddressForm,
  kTimeForm,
  kAssociationsMissing,
  kUnknownReference,
  kPlaceholder,
  kPartialFirst,
};
constexpr size_t kRules = static_cast<size_t>(Rule::kPartialFirst) + 1;

// What breaking a rule costs whoever wants to find and hear the calls.
enum class Cost : uint8_t {
  kNothing,
  kStrict,
  kPartiesUnknown,
  kPartiesSwapped,
  kWhoCalled,
  kMetadataLost,
  kMetadataRest,
  kWrongLetters,
  kTakenAsComplete,
  kNoCallId,
  kNotLinked,
  kBeyondLimit,
  kNoNumber,
  kTime,
  kUntilKnown,
  kHistory,
};
constexpr size_t kCosts = static_cast<size_t>(Cost::kHistory) + 1;
struct CostText {
  std::string_view code, text;
};
const CostText& text_of(Cost cost);

// docs/siprec-findings.md has all of them, and a test that it does.
struct RuleText {
  std::string_view code;    // stable: stored with calls
  std::string_view text;    // what was seen and what was done, one sentence
  std::string_view source;  // "RFC 7866 section 6.1.1"
  // Parties or tracks may be wrong or unknown because of it; otherwise it was understood all the same.
  bool matters;
  Cost cost;
  std::string_view change;  // what to change at the client, one sentence
};
const RuleText& text_of(Rule rule);
std::optional<Rule> find_rule(std::string_view code);

struct Finding {
  Rule rule = Rule::kNoMetadata;
  std::string detail;  // where, or what was met there; may be empty
  bool operator==(const Finding&) const = default;
};

// Each rule once per detail and with at most kMaxPerRule details: a client that breaks a rule breaks it in
// every message.
class Findings {
 public:
  static constexpr size_t kMaxPerRule = 8;
  // True if it is new.
  bool add(Rule rule, std::string_view detail = {});
  void add(const std::vector<Finding>& findings);
  const std::vector<Finding>& all() const { return findings_; }
  bool has(Rule rule) const;

 private:
  std::vector<Finding> findings_;
};

}  // namespace ew::siprec
