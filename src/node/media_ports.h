// MediaPorts: which datagrams may come in on the ports of recording sessions (REQUIREMENTS F01, F02, F07):
// only from the source that was negotiated, or from the first one where that is allowed, and only while the
// session takes media. What is refused is counted. One thread.
//
// A rule holds for what arrives from its time on. What arrived before and is read later (a ring gives it up
// to 20 ms late) is judged by the rule before, so that neither the end of a session nor a pause costs what
// was sent before it.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "net/datagram.h"
#include "srs/recording_server.h"

namespace ew::node {

class MediaPorts {
 public:
  enum class Verdict : uint8_t {
    kAdmitted,
    kForeign,  // from another source than the session's
    kPaused,
    kClosed,
    kOurs,       // sent by us from such a port
    kElsewhere,  // comes from another source too, and is taken there
    kOther,      // has nothing to do with these ports
  };
  static constexpr size_t kVerdicts = 7;
  struct Refused {
    uint64_t foreign = 0, paused = 0, closed = 0;
  };

  // A rule replaces the one before for its port. `reader` is the source (PacketRef::capture) that its
  // datagrams are taken from.
  void set(const srs::MediaPort& rule, WallTime since, uint32_t reader);
  Verdict judge(const Datagram& datagram);
  // A hint: these are judged next (base/prefetch.h).
  void prepare(std::span<const Datagram> coming) const;
  // Of one port since its session began; nothing for a port without a rule.
  const Refused* refused(const Endpoint& local) const;
  bool is_known(const Endpoint& local) const { return find(local) != nullptr; }
  bool empty() const { return ports_.empty(); }

 private:
  struct Rule {
    WallTime since;
    srs::MediaPort::State state = srs::MediaPort::State::kClosed;
    bool learn = false;
    std::optional<Endpoint> locked, source;
    uint64_t session = 0;
    bool has_peer_of(const Rule& other) const {
      return session == other.session && source == other.source && learn == other.learn;
    }
  };
  // What judging a packet touches stands first.
  struct Port {
    explicit Port(const Endpoint& its) : local(its) {}
    const Endpoint local;
    uint32_t reader = 0;
    Port* next = nullptr;  // of the same number on another address
    Rule now, before;
    Refused refused;
  };
  static bool is_allowed(Rule& rule, const Endpoint& source);
  Port* find(const Endpoint& local) const;

  std::deque<Port> ports_;
  std::vector<Port*> by_number_;  // each packet is looked up here: a table has one miss of the cache
};

}  // namespace ew::node
