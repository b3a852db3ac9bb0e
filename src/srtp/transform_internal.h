// One SRTP or SRTCP packet under session keys, without any state of the stream: which index it has is said by
// the caller.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace ew::srtp {

// The 32-bit number, big endian, at `offset`; all four bytes are there.
inline uint32_t u32_at(ByteView bytes, size_t offset) {
  return uint32_t{bytes[offset]} << 24 | uint32_t{bytes[offset + 1]} << 16 |
         uint32_t{bytes[offset + 2]} << 8 | bytes[offset + 3];
}

struct SessionKeys {
  Bytes encryption, authentication, salt;  // AES-GCM has no authentication key
};

struct Shape {
  bool gcm = false;
  size_t rtp_tag = 10, rtcp_tag = 10;  // of HMAC; AES-GCM's tag is always 16 bytes
  size_t mki = 0;
  bool unencrypted_rtp = false;
};

class Transform {
 public:
  virtual ~Transform() = default;
  // Trailer bytes of an RTP packet; of RTCP with the index word.
  virtual size_t rtp_overhead() const = 0;
  virtual size_t rtcp_overhead() const = 0;
  // Where the word with the E flag and the index stands in an SRTCP packet of at least 8 + rtcp_overhead()
  // bytes.
  virtual size_t rtcp_index_at(size_t packet_size) const = 0;
  // Authenticates and decrypts in place, and cuts the trailer off. On false the packet is as it was. `header`
  // is the size of the RTP header; both trailers fit behind the headers.
  virtual bool open_rtp(Bytes& packet, size_t header, uint32_t roll_over, uint16_t sequence,
                        uint32_t ssrc) = 0;
  virtual bool open_rtcp(Bytes& packet, uint32_t ssrc) = 0;

  static std::unique_ptr<Transform> create(const Shape& shape, const SessionKeys& rtp,
                                           const SessionKeys& rtcp);
};

}  // namespace ew::srtp
