// What a recorder must bear: foreign media, malformed SIP, floods.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "net/endpoint.h"

namespace srcload {

// RTP from an address that no session has, on every port of a range in turn.
struct SprayOptions {
  ew::IpAddress to, from;
  uint16_t from_port = 45'000;
  uint16_t first = 20'000, last = 20'999;
  double rate = 10'000;  // packets per second
  double seconds = 10;
};
ew::Status spray(const SprayOptions& options);

// Mutated messages, in order of their numbers. Over TCP each connection takes some of them, until the
// recorder closes it or it has had its share.
struct MutateOptions {
  ew::Endpoint to;
  ew::Transport transport = ew::Transport::kUdp;
  ew::IpAddress from;
  uint64_t messages = 100'000, first = 0, seed = 1;
  double rate = 2'000;
  std::string samples;  // folder
};
ew::Status mutate(const MutateOptions& options);

// OPTIONS, INVITEs of telephone calls, REGISTERs, garbage, by turns.
struct FloodOptions {
  ew::Endpoint to;
  ew::IpAddress from;
  double rate = 20'000, seconds = 10;
};
ew::Status flood(const FloodOptions& options);

}  // namespace srcload
