// HEP as a Source: agents send copies of what they see (hep/packet.h), over UDP or TCP, and their SIP is
// delivered as if it had been captured where they stand. What else they know of a call, RTCP reports and log
// lines, comes with the Call-ID that it belongs to.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/descriptor.h"
#include "capture/source.h"
#include "hep/packet.h"
#include "net/network.h"

namespace ew::capture {

// What an agent says of a call.
struct HepReport {
  enum class Kind : uint8_t { kRtcp, kQuality, kLog };
  WallTime at;
  Kind kind = Kind::kLog;
  uint32_t agent_id = 0;
  Endpoint source, destination;  // of the packet that it is about; port 0: of none
  std::string_view call_id;      // as the agent has it; not empty
  std::string_view text;         // JSON or a line, as it came
};

class HepSink : public DatagramSink {
 public:
  virtual void on_report(const HepReport& report) = 0;
};

// Who sends, or tried to, and how that went.
struct HepAgent {
  IpAddress address;
  uint32_t id = 0;   // as it says
  std::string name;  // as it says; may be empty
  WallTime last_at;
  uint64_t sip = 0, reports = 0, refused = 0, malformed = 0;
  std::string trouble;  // the last, in words
  WallTime trouble_at;
};

class HepSource : public Source {
 public:
  static constexpr size_t kMaxConnections = 256;
  static constexpr size_t kMaxAgents = 256;  // that are told apart; the others are counted as one
  // Who connects must send something acceptable within this time.
  static constexpr int64_t kFirstPacketNs = 10 * kNsPerSec;
  // A packet's time is believed if it is not in the future and at most so old: the agent's clock may be
  // wrong, and what is delivered late may not turn time back.
  static constexpr int64_t kBelievedNs = 10 * kNsPerSec;
  static constexpr size_t kMaxReport = 8 * 1024;  // of a report's text; longer ones are not taken

  struct Settings {
    std::string key;                // that packets must bear; empty: none
    std::vector<Network> networks;  // that may send; empty: all
  };
  // Datagrams have the number of their agent, from `first_number` on, as PacketRef::capture.
  static Result<std::unique_ptr<HepSource>> create(Settings settings, const Clock& clock,
                                                   uint32_t first_number);
  ~HepSource() override;

  // A bound UDP socket, or a listening TCP one; non-blocking.
  Status add(Descriptor socket, const Endpoint& local, Transport transport);

  // Readable when something waits.
  int descriptor() const { return poll_.get(); }
  Pace pace() const override { return Pace::kLive; }
  // The sink must be a HepSink.
  Result<bool> run(DatagramSink& sink, size_t limit) override;
  // SIP is counted as datagrams, reports and what is refused as ignored.
  const SourceCounters& counters() const override { return counters_; }

  // The first stands for all that were refused, or came when there was no more room.
  const std::vector<HepAgent>& agents() const { return agents_; }
  // "hep 192.0.2.4 (7, proxy-1)": whose number this is.
  std::string name_of(uint32_t number) const;
  size_t connections() const { return connections_.size(); }

 private:
  struct Listener {
    Descriptor socket;
    Endpoint local;
    uint32_t dropped = 0;  // by the kernel, as it counts them
  };
  class Connection;
  struct Buffers;

  HepSource(Settings settings, const Clock& clock, uint32_t first_number, Descriptor poll);
  Status watch(int socket, uint64_t tag);
  void accept(Listener& listener);
  size_t receive(Listener& listener, HepSink& sink, size_t limit);
  size_t read(Connection& connection, HepSink& sink);
  void close(uint64_t number);
  void close_silent();
  bool may_send(const IpAddress& address) const;
  enum class Taken : uint8_t { kGood, kMalformed, kRefused };
  Taken take(ByteView bytes, const IpAddress& from, WallTime arrived, HepSink& sink);
  void deliver(const hep::Packet& packet, size_t agent, WallTime at, HepSink& sink);
  WallTime believed(const hep::Packet& packet, WallTime arrived) const;
  size_t agent_at(const IpAddress& address, uint32_t id);
  void refuse(const IpAddress& from, uint32_t id, WallTime at, std::string trouble);
  void note_malformed(const IpAddress& from, std::string trouble);

  const Settings settings_;
  const Clock& clock_;
  const uint32_t first_number_;
  Descriptor poll_;
  std::vector<std::unique_ptr<Listener>> udp_, tcp_;
  std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;
  uint64_t next_connection_ = 0;
  std::unique_ptr<Buffers> buffers_;
  std::vector<HepAgent> agents_;
  Bytes decompressed_;
  uint64_t packets_ = 0;
  SourceCounters counters_;
};

}  // namespace ew::capture
