// What the stream records of a recording say (docs/formats/part.md, "Records", type 2).
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "media/codec.h"
#include "net/path.h"
#include "part/record.h"

namespace ew::media {

struct StreamInfo {
  std::string participant;                           // "caller", "callee", "party3", …
  std::string media;                                 // "audio", "video", …
  bool decrypted = false;                            // it was SRTP and is stored as RTP
  bool sealed = false;                               // it is SRTP still: its keys were unknown
  std::vector<Path> paths;  // 0 is the stream's own
  std::map<uint8_t, DecoderSpec> formats;            // by payload type

  // What the payload type means: the stream's formats, else the static assignment of RFC 3551, else nothing.
  const DecoderSpec* format(uint8_t payload_type) const;
};

class StreamTable {
 public:
  static constexpr size_t kMaxStreams = 4096;
  static constexpr size_t kMaxPaths = 256;

  // Takes one stream record. A later one for the same number adds or replaces formats and replaces what else
  // it says.
  Status take(const part::Record& record);
  const StreamInfo* find(uint32_t stream) const;

 private:
  std::unordered_map<uint32_t, StreamInfo> streams_;
};

}  // namespace ew::media
