// IP datagrams from their fragments (RFC 791, RFC 8200). Bounded in number, bytes and age (REQUIREMENTS F21);
// where fragments overlap, the bytes that came first are kept.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "capture/source.h"
#include "pcap/dissect.h"

namespace ew::capture {

class Defragmenter {
 public:
  static constexpr size_t kMaxDatagrams = 4096;
  static constexpr size_t kMaxBytes = 16 * 1024 * 1024;
  static constexpr size_t kMaxDatagramSize = 65535;
  static constexpr size_t kMaxRanges = 256;  // separate stretches of one datagram
  static constexpr int64_t kMaxAge = 30 * kNsPerSec;

  enum class Verdict : uint8_t { kHeld, kComplete, kMalformed };

  explicit Defragmenter(SourceCounters& counters) : counters_(counters) {}

  // `packet` is of Kind::kFragment. On kComplete datagram() is the whole, valid until the next call.
  Verdict add(const pcap::Dissected& packet, WallTime at);
  ByteView datagram() const { return complete_; }
  size_t held_datagrams() const { return datagrams_.size(); }
  size_t held_bytes() const { return held_bytes_; }

 private:
  struct Key {
    IpAddress source, destination;
    uint32_t id;
    uint16_t vlan;
    uint8_t protocol;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  struct Range {
    size_t begin, end;
  };
  struct Datagram {
    Key key;
    WallTime first_at;
    Bytes bytes;
    std::vector<Range> ranges;    // received, in order, not adjacent
    std::optional<size_t> total;  // known once the last fragment was seen
  };
  using Iterator = std::list<Datagram>::iterator;

  Iterator find_or_begin(const Key& key, WallTime at);
  bool contradicts(const Datagram& datagram, size_t end, bool more) const;
  void store(Datagram& datagram, size_t begin, ByteView piece);
  void forget(Iterator datagram);
  void forget_old(WallTime now);

  SourceCounters& counters_;
  std::list<Datagram> datagrams_;  // oldest first
  std::unordered_map<Key, Iterator, KeyHash> by_key_;
  size_t held_bytes_ = 0;
  Bytes complete_;
};

}  // namespace ew::capture
