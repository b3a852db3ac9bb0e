// Entries: events as canonical JSON, and the chains that join the events of one recording.
#pragma once

#include <optional>
#include <unordered_map>

#include "evidence/audit_log.h"

namespace ew::evidence {

constexpr size_t kMaxEntry = 65'535;

// Where an event stands in its recording's chain.
struct Link {
  RecordingId recording;
  uint64_t rseq = 0;
  std::optional<crypto::Digest> previous;  // nothing for the first
  bool operator==(const Link&) const = default;
};

// kInvalid: a text that is not printable ASCII, or a member twice. kLimit: too long.
Result<std::string> encode(const Event& event, const std::optional<Link>& link);
// Checks that the text is an entry in its one canonical form; the link if it is about a recording.
Result<std::optional<Link>> parse_entry(std::string_view text);

class Chains {
 public:
  // The link that the next event of this recording gets.
  Link next(RecordingId recording) const;
  void add(const Link& link, const crypto::Digest& leaf);

 private:
  struct Last {
    uint64_t rseq;
    crypto::Digest leaf;
  };
  std::unordered_map<RecordingId, Last, IdHash> last_;
};

}  // namespace ew::evidence
