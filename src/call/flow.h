// Flow: one address pair on which media is seen, and the table of where media is expected. A flow belongs to
// a call as soon as signalling says so; until then it is a candidate whose packets wait in bounded memory.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "call/announcer.h"
#include "call/call.h"
#include "net/endpoint.h"

namespace ew::call {

struct FlowKey {
  Endpoint source, destination;
  bool operator==(const FlowKey&) const = default;
};

// One SSRC on one flow.
struct FlowStream {
  Stream* stream = nullptr;
  uint32_t ssrc = 0;
  uint8_t path = 0;
};

// What every packet needs comes first and fills one cache line.
struct alignas(64) Flow {
  FlowKey key;
  bool is_rtcp = false;
  bool secure = false;  // SDP asks for SRTP
  Side sender = Side::kCaller;
  uint8_t dscp = 0;
  FlowStream recent;     // the one of `streams` that the last packet was of
  Call* call = nullptr;  // nothing: a candidate
  Pause pause;           // by what the session says

  const Announcer* announcer = nullptr;  // nothing: media alone
  uint16_t vlan = 0;
  std::string participant;
  std::vector<FlowStream> streams;             // usually one
  std::string media;                           // "audio", "video"
  size_t line = 0;                             // the m-line
  std::unique_ptr<srtp::Context> key_context;  // of the key that fitted
  size_t keys_known = 0;                       // of the announcer's keys, when they were tried last
  WallTime first_at;
  std::vector<HeldPacket> held;  // of a candidate, or of a secure flow whose keys are not known yet
  // Candidates only:
  uint32_t ssrc = 0;
  uint16_t next_sequence = 0;
  uint32_t in_sequence = 0, seen = 0;  // packets that followed each other, and all
};

// Where a side wants to receive, as SDP said.
struct Expectation {
  const Announcer* announcer = nullptr;
  Side owner = Side::kCaller;
  std::shared_ptr<const sdp::Session> session;
  size_t line = 0;
  bool is_rtcp = false;
};

}  // namespace ew::call
