// Comparison: two recordings of one call beside each other. Two recorders that got copies of the same call,
// or two places at which it was seen, must have stored the same packets; where they have not, this says what
// each lacks and when.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/data_directory.h"

namespace ew::node {

struct ComparedSide {
  uint32_t stream = 0;
  uint32_t ssrc = 0;
  std::string codec, label;
  uint64_t packets = 0;
};

// A stream of the one and what it is in the other: found by what was said, since relays give out new SSRCs
// and sequence numbers. Nothing on one side: the other recording has no such stream.
struct ComparedStream {
  std::string participant;
  std::optional<ComparedSide> first, second;
  uint64_t same = 0;       // packets with the same payload at the same place
  uint64_t different = 0;  // at the same place with another payload
  uint64_t only_first = 0, only_second = 0;
};

struct ComparedSpan {
  enum class Kind : uint8_t { kOnlyFirst, kOnlySecond, kDifferent } kind = Kind::kOnlyFirst;
  std::string participant;
  double from = 0, to = 0;  // seconds since the first recording began
  uint64_t packets = 0;
};

struct Comparison {
  static constexpr size_t kMaxSpans = 500;
  bool equal = false;  // nothing differs, and there is something
  std::optional<double>
      clock_difference_sec;  // by how much later the second saw the same packets, the median
  std::vector<ComparedStream> streams;
  std::vector<ComparedSpan> spans;  // in order of time
  bool cut = false;                 // more spans than are listed
};

constexpr size_t kMaxComparedPackets = 2'000'000;  // of one recording; kLimit beyond

// Opens both: a durable audit event of each comes first.
Result<Comparison> compare(DataDirectory& data, const db::CallRows& call, RecordingId first,
                           RecordingId second, const std::string& actor);

}  // namespace ew::node
