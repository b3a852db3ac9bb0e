// SIP messages from captured TCP segments. A stream (one direction of a connection) is held only while it
// looks like SIP: it is begun by a SYN, or in the middle of a connection by a segment that begins with a SIP
// start line, and is forgotten at the first bytes that are no SIP. Bounded in streams, bytes and age
// (REQUIREMENTS F21).
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <unordered_map>

#include "base/bytes.h"
#include "base/time.h"
#include "capture/source.h"
#include "pcap/dissect.h"

namespace ew::capture {

class TcpReassembler {
 public:
  static constexpr size_t kMaxStreams = 65536;
  static constexpr size_t kMaxBytes = 64 * 1024 * 1024;  // of all streams
  static constexpr size_t kMaxOutOfOrder = 256 * 1024;   // bytes of one stream
  static constexpr size_t kMaxPieces = 1024;             // out-of-order pieces of one stream
  static constexpr int64_t kMaxIdle = 600 * kNsPerSec;
  static constexpr int64_t kMaxWait = 3 * kNsPerSec;  // for missing bytes
  static constexpr int kMaxWaitSegments = 64;         // that come while bytes are missing

  explicit TcpReassembler(SourceCounters& counters) : counters_(counters) {}

  // Takes one segment and delivers the messages that it completes. `packet` is of Kind::kTcp.
  void add(const pcap::Dissected& packet, WallTime at, const PacketRef& ref, DatagramSink& sink);
  // At the end of the source: what waits for missing bytes waits no longer.
  void finish(DatagramSink& sink);

  size_t held_streams() const { return streams_.size(); }
  size_t held_bytes() const { return held_bytes_; }

 private:
  struct Key {
    Endpoint source, destination;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const {
      return EndpointHash{}(key.source) * 31 + EndpointHash{}(key.destination);
    }
  };
  // The packet that a stretch of bytes came with.
  struct Origin {
    WallTime at;
    PacketRef ref;
    uint16_t vlan = 0;
    uint8_t dscp = 0;
  };
  struct Piece {
    Bytes bytes;
    Origin origin;
  };
  struct Stream {
    Key key;
    uint32_t initial = 0;  // sequence number of the first byte
    uint64_t next = 0;     // position of the byte expected next; its low 32 bits are the sequence number
    Bytes pending;         // in order, the start of a message
    Origin latest;         // of the packets of `pending`, the one that came last
    size_t wanted = 0;     // length of the message that `pending` begins, 0 until its head is complete
    size_t looked_at = 0;  // bytes of `pending` that framing or may_frame() has seen
    std::map<uint64_t, Piece> pieces;  // out of order, by position, not overlapping
    size_t pieces_bytes = 0;
    WallTime waiting_since;  // while there are pieces
    int waited_segments = 0;
    std::optional<uint64_t> end;  // position of FIN
    WallTime last_at;
  };
  using Iterator = std::list<Stream>::iterator;

  Iterator begin_stream(const Key& key, uint32_t sequence, WallTime at);
  void handle_syn(const Key& key, uint32_t sequence, WallTime at, DatagramSink& sink);
  void take(Iterator stream, uint64_t position, ByteView bytes, const Origin& origin, DatagramSink& sink);
  void store(Stream& stream, uint64_t position, ByteView bytes, const Origin& origin);
  bool take_in_order(Stream& stream, ByteView bytes, const Origin& origin, DatagramSink& sink);
  bool take_stored(Stream& stream, const Origin* arrived, DatagramSink& sink);
  bool may_frame(Stream& stream) const;
  bool frame(Stream& stream, ByteView bytes, size_t& used, DatagramSink& sink);
  bool resynchronise(Stream& stream, DatagramSink& sink);
  bool gave_up_waiting(const Stream& stream, WallTime now) const;
  void deliver(const Stream& stream, ByteView message, DatagramSink& sink);
  void close(Iterator stream, DatagramSink& sink);
  void forget(Iterator stream);
  void keep_bounds(WallTime now, DatagramSink& sink);
  void set_pending(Stream& stream, ByteView bytes);

  SourceCounters& counters_;
  std::list<Stream> streams_;  // least recently used first
  std::unordered_map<Key, Iterator, KeyHash> by_key_;
  size_t held_bytes_ = 0;
  PacketRef last_ref_;  // of the message delivered last
};

}  // namespace ew::capture
