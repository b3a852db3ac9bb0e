// MediaRouter: which call, speaker and stream a packet of media belongs to, and whether it is new.
// Expectations come from SDP; media that nobody expects waits for its signalling and becomes a call of its
// own if none comes.
#pragma once

#include <deque>
#include <span>
#include <unordered_map>

#include "call/flow_table.h"
#include "call/losses.h"
#include "call/twin.h"

namespace ew::call {

class MediaRouter {
 public:
  // What the router asks of the engine.
  class Owner {
   public:
    virtual ~Owner() = default;
    // A new call that is known from media alone; nothing if there are too many calls.
    virtual Call* begin_media_call(const Datagram& first) = 0;
    virtual void on_media_packet(Call& call, Stream* stream, const MediaPacket& packet) = 0;
    // Packets of these calls come next.
    virtual void prepare(std::span<Call* const> calls) = 0;
  };

  MediaRouter(const Settings& settings, EngineCounters& counters, Owner& owner)
      : settings_(settings), counters_(counters), owner_(owner) {}

  // These datagrams come next: fetches what they will need.
  void prepare(std::span<const Datagram> coming);
  // A datagram that is no SIP.
  void on_datagram(const Datagram& datagram);
  // Signalling says where a side wants its media. What waits for it is taken in.
  void expect(const Announcer& announcer, const Description& description);
  // What an announcer says of its m-lines has changed: flows of these calls go to whom it names now, and are
  // paused or go on for what arrives from `at` on.
  void rebind(const Announcer& announcer, std::span<Call* const> calls, WallTime at);
  // The announcer goes away.
  void forget(const Announcer& announcer);
  // The call known from media alone that this description speaks of, if there is one.
  Call* find_media_call(const sdp::Session& session) const;
  // Candidates that waited long enough become calls or are given up.
  void advance(WallTime now);
  // The source has ended: nothing waits any longer.
  void finish();
  // Decides what is still open of a call that has ended, so that its record is complete.
  void settle(Call& call);
  // The call goes away.
  void close(Call& call);
  // Packets were dropped, nobody knows whose: see Drops.
  void note_drops(LossPlace place, WallTime from, WallTime to, uint64_t packets) {
    drops_.note(place, from, to, packets);
  }

 private:
  using Held = std::vector<HeldPacket>;
  struct Packet {  // on its way through the router
    WallTime at;
    PacketRef ref;
    ByteView bytes;
  };

  // From address pair to flow.
  Flow* begin_flow(const Datagram& datagram);
  Flow* begin_rtcp_flow(const Datagram& datagram);
  size_t flow_count(const Call& call) const;
  const Expectation* expectation_for(const FlowKey& key, bool* by_destination) const;
  static Side sender_of(const Expectation& expectation, bool by_destination);
  static Call* call_of(const Expectation& expectation, bool by_destination);
  void bind(Flow& flow, const Expectation& expectation, bool by_destination);
  void assign(Flow& flow, Call& call);
  void bind_media_call(Flow& flow, Call& call, std::string participant);
  void take(Flow& flow, const Packet& packet);

  // Packets of a bound flow.
  void take_rtp(Flow& flow, const Packet& packet);
  void take_opened(FlowStream& entry, const Packet& packet, const rtp::Packet& rtp);
  void take_unopened(FlowStream& entry, const Packet& packet, const rtp::Packet& rtp);
  void take_rtcp(Flow& flow, const Packet& packet);
  void store(FlowStream& entry, const Packet& packet, const rtp::Packet& rtp);
  void note_missing(Stream& stream, WallTime before, WallTime at);
  void judge_losses(Stream& stream, WallTime until);
  FlowStream* find_stream(Flow& flow, const rtp::Packet& rtp);
  const FlowStream* add_stream(Flow& flow, const rtp::Packet& rtp);
  void fill_formats(Stream& stream, const Flow& flow) const;

  // SRTP.
  enum class Opened : uint8_t { kYes, kNoKey, kWrong };
  Opened open(Flow& flow, const Packet& packet, bool rtcp);

  // Waiting.
  bool hold(Flow& flow, const Packet& packet);
  Held take_held(Flow& flow);
  void release_held(Flow& flow);
  void release_all(Call& call);
  void note_candidate(Flow& flow, const Packet& packet);
  void settle_candidate(const FlowKey& key);
  Stream* same_stream_elsewhere(const Flow& flow) const;
  void forget_waiting(const FlowKey& key);

  // Copies under another SSRC.
  void begin_trial(Flow& flow, Stream& stream);
  bool in_trial(FlowStream& entry, const Packet& packet, const rtp::Packet& rtp);
  void end_trial(FlowStream& entry, Stream* original);
  static bool find_original(const Stream& copy, const Fingerprint& fingerprint, Stream*& original,
                            uint16_t& sequence);

  const Settings& settings_;
  EngineCounters& counters_;
  Owner& owner_;
  std::unordered_map<Endpoint, Expectation, EndpointHash> expected_;
  FlowTable flows_;
  std::unordered_map<const Call*, std::vector<FlowKey>> flows_of_;
  std::unordered_map<const Announcer*, std::vector<Endpoint>> expectations_of_;
  std::unordered_map<Endpoint, std::vector<FlowKey>, EndpointHash> waiting_;  // candidates, by either address
  std::unordered_map<uint32_t, std::vector<Stream*>> by_ssrc_;
  std::deque<std::pair<WallTime, FlowKey>>
      candidates_;  // in order of their first packet; some are settled already
  size_t candidate_count_ = 0;
  size_t held_bytes_ = 0;
  Drops drops_;
  Bytes opened_;  // the packet last decrypted
};

}  // namespace ew::call
