// One party's outgoing media in one call: when it sends, what, and by which way; afterwards the RTP packets
// with their defects, and the truth about each stream.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "callgen/audio.h"
#include "callgen/scenario.h"
#include "callgen/srtp_sender.h"
#include "callgen/wire.h"

namespace callgen {

struct Codec {
  std::string name;
  uint8_t payload_type;
  unsigned clock_rate, sample_rate;
  std::string rtpmap;
};
const Codec* codec_named(const std::string& name);
constexpr uint8_t kEventPayloadType = 101;

// One stretch of the way of the packets: from a phone to a relay, from a relay to the other phone.
struct MediaLink {
  Host source, destination;
  // What an element that sends on under its own name adds to the speaker's fields; zero where it only relays.
  uint32_t ssrc_change = 0, timestamp_change = 0;
  uint16_t sequence_change = 0;
  bool operator==(const MediaLink&) const = default;
};

struct Gap {
  uint64_t from_sample, count;  // in units of the RTP clock, from the stream's first packet
  std::string why;              // lost, paused, digits
};

struct SaidWords {
  std::string text;
  double from_s, to_s;  // from the stream's first packet
};

struct StreamTruth {
  std::string participant, party;
  uint32_t ssrc = 0;
  Host source, destination;
  std::vector<MediaLink> copies;
  std::vector<std::pair<int64_t, MediaLink>> moved;      // when the stream took another way, and which
  std::vector<std::pair<std::string, uint64_t>> codecs;  // name, from which sample
  unsigned clock_rate = 0, tone_hz = 0;
  uint64_t packets = 0, lost = 0, duplicated = 0, reordered = 0;
  int64_t first_at = 0, last_at = 0;
  std::vector<Gap> gaps;
  std::vector<SaidWords> said;
  std::string digits;
};

class Speaker {
 public:
  Speaker(const Party& party, std::string participant, const std::string& srtp_suite, Random random);

  void start(int64_t at, std::vector<MediaLink> links);
  void stop(int64_t at);
  bool sending() const { return sending_; }
  // The way changed while sending, or will be this when sending starts again.
  void reroute(int64_t at, std::vector<MediaLink> links);
  void change_codec(int64_t at, const std::string& name);
  void change_ssrc(int64_t at);
  void press(int64_t at, const std::string& digits);

  const Party& party() const { return party_; }
  uint32_t ssrc() const { return streams_.back().ssrc; }
  const std::optional<SrtpSender>& srtp() const { return srtp_; }

  // Sends everything and tells what is in the capture, which ends at `capture_end`.
  ew::Result<std::vector<StreamTruth>> emit(Wire& wire, const CallPlan& plan, const Scenario& scenario,
                                            int64_t capture_end);

 private:
  struct Stream {
    uint32_t ssrc, timestamp;
    uint16_t sequence;
  };
  struct Segment {
    int64_t from, to;
    size_t stream;
    const Codec* codec;
    std::vector<MediaLink> links;
  };
  struct Press {
    int64_t tick;
    char digit;
  };
  struct Sent {
    int64_t at;
    uint64_t number;     // in its stream
    uint32_t timestamp;  // from the stream's start
    uint32_t samples;    // 0 for an event
    const Codec* codec;
    const Segment* segment;
  };
  struct Said {
    std::string text;
    int64_t from, to;
  };

  void close(int64_t at);
  ew::Status make_payloads(const CallPlan& plan, const Scenario& scenario);
  ew::Result<Samples> track(const CallPlan& plan, const Scenario& scenario, unsigned rate);
  const ew::Bytes* payload_at(const Codec& codec, int64_t tick) const;
  void send_segment(Wire& wire, const Segment& segment, const StreamDefects& defects);
  void send_event(Wire& wire, const Segment& segment, const StreamDefects& defects, const Press& press,
                  int64_t tick);
  void send_packet(Wire& wire, const Segment& segment, const StreamDefects& defects, int64_t tick,
                   int64_t delay, uint8_t type_and_marker, uint32_t timestamp, const ew::Bytes& payload,
                   uint32_t samples);
  void put(Wire& wire, const Segment& segment, int64_t at, uint64_t number, uint8_t type_and_marker,
           uint32_t timestamp, const ew::Bytes& payload);
  void send_reports(Wire& wire, const Segment& segment);
  StreamTruth truth_of(size_t stream, std::vector<Sent> sent) const;

  const Party& party_;
  std::string participant_;
  Random random_;
  std::optional<SrtpSender> srtp_;
  std::vector<Stream> streams_;
  std::vector<Segment> segments_;
  std::vector<Press> presses_;
  const Codec* codec_;
  std::vector<MediaLink> links_;
  bool sending_ = false, started_ = false;
  int64_t epoch_ = 0, open_since_ = 0, previous_at_ = 0;  // the first packet's time is tick 0
  std::vector<uint64_t> next_number_;
  std::map<std::string, std::vector<ew::Bytes>> payloads_;  // by codec, then by tick
  std::vector<std::vector<Sent>> sent_;
  std::vector<Said> said_;
  bool speaks_ = false;
};

}  // namespace callgen
