// Which codecs this version renders, and what is known of them without running a decoder: enough to lay out a
// rendering to the sample before the first packet is decoded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ew::media {

// What SDP says of a payload type, and at which rate its samples are wanted.
struct DecoderSpec {
  std::string codec;        // SDP's encoding name, case ignored
  uint32_t clock_rate = 0;  // of the RTP timestamps, Hz
  uint8_t channels = 1;
  std::string parameters;    // fmtp
  uint32_t output_rate = 0;  // Hz; 0: the decoder's own
  bool operator==(const DecoderSpec&) const = default;
};

struct CodecFacts {
  enum class Kind : uint8_t { kALaw, kMuLaw, kG722 };
  Kind kind = Kind::kALaw;
  uint32_t sample_rate =
      0;  // of the decoded samples, Hz; G.722: 16000 although its clock says 8000 (RFC 3551 4.5.2)
  uint32_t samples_per_byte = 0;  // of payload
};

constexpr size_t kMaxPayload = 8 * 1024;  // bytes of one packet; the longest G.711 packet in use has 1,600

// Nothing if this version cannot decode it.
std::optional<CodecFacts> facts_of(const DecoderSpec& spec);

// Whether what a packet sounds like depends on the packets before it.
bool is_stateful(const DecoderSpec& spec);

// Payloads that travel in an audio stream and are no audio: telephone-event (RFC 4733), CN (RFC 3389).
bool is_silent_codec(std::string_view codec);

}  // namespace ew::media
