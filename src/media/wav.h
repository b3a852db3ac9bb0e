// The head of a WAV file whose length is known before its samples: RIFF with 16-bit PCM,
// WAVE_FORMAT_EXTENSIBLE for more than two channels, RF64 (EBU Tech 3306) where 32 bits do not hold the
// lengths.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace ew::media {

struct WavFormat {
  uint32_t sample_rate = 8000;
  uint16_t channels = 2;
  uint64_t samples = 0;  // per channel
};

Bytes wav_header(const WavFormat& format);

}  // namespace ew::media
