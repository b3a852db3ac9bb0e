// A session description as a phone writes it (RFC 8866).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgen/frames.h"

namespace callgen {

enum class Direction : uint8_t { kBoth, kSendOnly, kReceiveOnly, kInactive };

struct SessionText {
  enum class Video : uint8_t { kNone, kOffered, kRejected };

  Address origin;
  Host media;
  uint64_t id = 0;
  int version = 1;
  Direction direction = Direction::kBoth;
  std::vector<std::string> codecs;
  std::string crypto;  // value of a=crypto; empty for plain RTP
  Video video = Video::kNone;

  std::string text() const;
};

}  // namespace callgen
