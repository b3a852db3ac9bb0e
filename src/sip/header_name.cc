#include "sip/header_name.h"

#include <array>
#include <cstring>

#include "base/text.h"

namespace ew::sip {
namespace {

struct Known {
  std::string_view name;
  Header header;
  Occurrence occurrence = Occurrence::kList;
};

constexpr Occurrence kOnce = Occurrence::kOnce;
constexpr Occurrence kText = Occurrence::kText;

// The first row of a header states its occurrence; further rows are its compact forms (RFC 3261 section 7.3.3
// and the RFC of each later header).
constexpr Known kKnown[] = {
    {"Via", Header::kVia},
    {"From", Header::kFrom, kOnce},
    {"To", Header::kTo, kOnce},
    {"Call-ID", Header::kCallId, kOnce},
    {"CSeq", Header::kCSeq, kOnce},
    {"Contact", Header::kContact},
    {"Content-Type", Header::kContentType, kOnce},
    {"Content-Length", Header::kContentLength, kOnce},
    {"Content-Disposition", Header::kContentDisposition, kOnce},
    {"Content-Encoding", Header::kContentEncoding},
    {"Max-Forwards", Header::kMaxForwards, kOnce},
    {"Route", Header::kRoute},
    {"Record-Route", Header::kRecordRoute},
    {"Refer-To", Header::kReferTo, kOnce},
    {"Referred-By", Header::kReferredBy, kOnce},
    {"Replaces", Header::kReplaces, kOnce},
    {"Reason", Header::kReason},
    {"Require", Header::kRequire},
    {"Supported", Header::kSupported},
    {"Allow", Header::kAllow},
    {"Expires", Header::kExpires, kOnce},
    {"Session-Expires", Header::kSessionExpires, kOnce},
    {"Min-SE", Header::kMinSe, kOnce},
    {"User-Agent", Header::kUserAgent, kText},
    {"Server", Header::kServer, kText},
    {"Subject", Header::kSubject, kText},
    {"Event", Header::kEvent, kOnce},
    {"Subscription-State", Header::kSubscriptionState, kOnce},
    {"RSeq", Header::kRSeq, kOnce},
    {"RAck", Header::kRAck, kOnce},
    {"Date", Header::kDate, kText},
    {"P-Asserted-Identity", Header::kPAssertedIdentity},
    {"P-Preferred-Identity", Header::kPPreferredIdentity},
    {"Remote-Party-ID", Header::kRemotePartyId},
    {"Privacy", Header::kPrivacy, kText},
    {"Diversion", Header::kDiversion},
    {"History-Info", Header::kHistoryInfo},
    {"Session-ID", Header::kSessionId, kText},
    {"P-Charging-Vector", Header::kPChargingVector, kText},
    {"Warning", Header::kWarning},
    {"Retry-After", Header::kRetryAfter, kText},
    {"Authorization", Header::kAuthorization, kText},
    {"Proxy-Authorization", Header::kProxyAuthorization, kText},
    {"WWW-Authenticate", Header::kWwwAuthenticate, kText},
    {"Proxy-Authenticate", Header::kProxyAuthenticate, kText},
    {"Accept", Header::kAccept},
    {"Unsupported", Header::kUnsupported},
    {"In-Reply-To", Header::kInReplyTo},
    {"Call-Info", Header::kCallInfo},
    {"Identity", Header::kIdentity, kText},
    {"X-CID", Header::kXCid, kText},
    {"v", Header::kVia},
    {"f", Header::kFrom},
    {"t", Header::kTo},
    {"i", Header::kCallId},
    {"m", Header::kContact},
    {"c", Header::kContentType},
    {"l", Header::kContentLength},
    {"e", Header::kContentEncoding},
    {"r", Header::kReferTo},
    {"b", Header::kReferredBy},
    {"k", Header::kSupported},
    {"x", Header::kSessionExpires},
    {"s", Header::kSubject},
    {"o", Header::kEvent},
    {"y", Header::kIdentity},
};
constexpr size_t kKnownCount = std::size(kKnown);
static_assert(kKnownCount < 255);

// Lower case for letters; what it does to other characters does not matter, as a hit is compared anyway.
constexpr uint32_t folded(char c) { return static_cast<uint8_t>(c) | 0x20u; }

constexpr size_t kSlots = 512;
constexpr size_t slot_of(std::string_view name, uint32_t seed) {
  uint32_t mixed = static_cast<uint32_t>(name.size()) | folded(name.front()) << 8 |
                   folded(name[name.size() / 2]) << 16 | folded(name.back()) << 24;
  return (mixed * seed) >> 23;
}

// A perfect hash: the compiler looks for the seed that gives every name a slot of its own. A slot holds the
// index in kKnown plus 1, or 0.
struct Table {
  uint32_t seed = 0x9e3779b1u;
  std::array<uint8_t, kSlots> slots{};

  constexpr bool fill() {
    slots.fill(0);
    for (size_t i = 0; i < kKnownCount; ++i) {
      uint8_t& slot = slots[slot_of(kKnown[i].name, seed)];
      if (slot != 0) return false;
      slot = static_cast<uint8_t>(i + 1);
    }
    return true;
  }
};
constexpr Table kTable = [] {
  Table table;
  while (!table.fill()) table.seed = (table.seed * 1664525u + 1013904223u) | 1u;
  return table;
}();

constexpr auto kOccurrence = [] {
  std::array<Occurrence, kHeaderCount> occurrences{};
  occurrences.fill(Occurrence::kList);
  for (size_t i = kKnownCount; i-- > 0;)
    occurrences[static_cast<size_t>(kKnown[i].header)] = kKnown[i].occurrence;
  return occurrences;
}();

template <typename Word>
bool same_word(const char* a, const char* b) {
  Word x, y;
  std::memcpy(&x, a, sizeof x);
  std::memcpy(&y, b, sizeof y);
  return x == y;
}

// memcmp() without the call, by words of which the last two overlap: names are 1 to 20 bytes long.
bool same_bytes(const char* a, const char* b, size_t size) {
  if (size >= 8) {
    for (size_t i = 0; i + 8 < size; i += 8)
      if (!same_word<uint64_t>(a + i, b + i)) return false;
    return same_word<uint64_t>(a + size - 8, b + size - 8);
  }
  if (size >= 4) return same_word<uint32_t>(a, b) && same_word<uint32_t>(a + size - 4, b + size - 4);
  return a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1];
}

// Most senders write the names as the RFCs do, so the plain comparison nearly always decides.
bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (same_bytes(a.data(), b.data(), a.size()) || equals_ignore_case(a, b));
}

}  // namespace

Header header_named(std::string_view name) {
  if (name.empty()) return Header::kOther;
  uint8_t slot = kTable.slots[slot_of(name, kTable.seed)];
  if (slot == 0) return Header::kOther;
  const Known& known = kKnown[slot - 1];
  return same_name(known.name, name) ? known.header : Header::kOther;
}

Occurrence occurrence_of(Header header) { return kOccurrence[static_cast<size_t>(header)]; }

}  // namespace ew::sip
