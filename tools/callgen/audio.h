// What the parties of a scenario say: tones by integer arithmetic (equal on every machine) or speech from
// espeak-ng, and the payloads made of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "callgen/random.h"

namespace callgen {

using Samples = std::vector<int16_t>;

// ITU-T G.711, from linear 16-bit samples.
uint8_t ulaw_of(int16_t sample);
uint8_t alaw_of(int16_t sample);

// A tone that swells and fades and carries a little noise, so that no two packets have the same payload.
Samples tone(unsigned hertz, size_t count, unsigned rate, Random random);

// Speech in mono at `rate`, made by espeak-ng and sox.
ew::Result<Samples> speech(const std::string& text, const std::string& voice, unsigned rate);
bool speech_available();

// Payloads of 20 ms each by FFmpeg's encoders: "g722" (16 kHz in) or "libopus" (48 kHz in).
ew::Result<std::vector<ew::Bytes>> encode_with_ffmpeg(const Samples& samples, const std::string& encoder);
bool ffmpeg_available();

}  // namespace callgen
