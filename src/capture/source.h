// Source: everything enters the recorder through this interface. A source delivers in order of time; it
// declares its pace, so that its reader knows whether it may be made to wait.
#pragma once

#include <span>

#include "base/result.h"
#include "net/datagram.h"

namespace ew::capture {

enum class Pace {
  kFile,  // may be blocked: nothing is lost by waiting
  kLive,  // must not be blocked: what cannot be taken is dropped and counted
};

// What the source met so far. Nothing is silently ignored: each packet is counted in exactly one of
// datagrams, tcp_segments, fragments_held, ignored, malformed.
struct SourceCounters {
  uint64_t packets = 0;    // link-layer packets read
  uint64_t bytes = 0;      // captured bytes of these
  uint64_t datagrams = 0;  // UDP datagrams delivered (a reassembled one counts once, with its last fragment)
  uint64_t tcp_segments = 0;    // TCP segments taken, whether or not they completed a message
  uint64_t tcp_messages = 0;    // SIP messages delivered from TCP streams
  uint64_t fragments_held = 0;  // IP fragments that completed nothing (yet)
  uint64_t ignored = 0;         // neither UDP nor TCP over IP, or a link type or tunnel that is not unpacked;
                                // on the loopback interface the second sight of a packet
  uint64_t malformed = 0;       // headers that contradict themselves or lie beyond the captured bytes
  uint64_t cut_short = 0;       // delivered datagrams of which the capture kept only a part (snap length)
  // Of a live source, and not among the packets: the kernel had no place for them, since we were too slow.
  uint64_t dropped = 0;
  // What happened inside reassembly; these packets are counted above already.
  uint64_t fragments_overlapping = 0;  // brought bytes that were there before: the first ones are kept
  uint64_t fragments_abandoned = 0;    // datagrams given up: 30 s old, or beyond the bounds
  uint64_t tcp_gaps = 0;  // places where bytes never came, or were no SIP, and the stream was taken up later
  uint64_t tcp_abandoned = 0;  // streams given up: 10 min idle, or beyond the bounds
};

class DatagramSink {
 public:
  virtual ~DatagramSink() = default;
  virtual void on_datagram(const Datagram& datagram) = 0;
  // These will be delivered next, in this order, perhaps with others between them: time to fetch what they
  // will need.
  virtual void prepare(std::span<const Datagram> coming) { (void)coming; }
};

class Source {
 public:
  virtual ~Source() = default;
  virtual Pace pace() const = 0;
  // Delivers up to `limit` packets' worth of datagrams to the sink. False when the source has ended.
  virtual Result<bool> run(DatagramSink& sink, size_t limit) = 0;
  virtual const SourceCounters& counters() const = 0;
};

}  // namespace ew::capture
