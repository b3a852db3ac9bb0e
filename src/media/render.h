// Turns the stored packets of a recording into one audio file (docs/formats/rendering.md states the rules).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "media/record_source.h"
#include "media/worker.h"

namespace ew::media {

// Something of the recording that is stored and cannot be heard in the rendering.
struct RenderNote {
  uint32_t stream = 0;
  std::string participant;
  std::string text;  // "opus: stored; this version cannot render it yet"
};

struct RenderPlan {
  static constexpr size_t kMaxChannels = 32;  // further parties share the last one

  WallTime start_at;                  // of sample 0
  uint32_t sample_rate = 8000;        // Hz
  uint64_t samples = 0;               // per channel, exactly
  std::vector<std::string> channels;  // participant of each: caller, callee, then others by first packet
  std::map<uint32_t, uint32_t> channel_of;  // stream -> channel, of streams with audio
  std::vector<RenderNote> notes;
  uint64_t dropped = 0;  // packets that came too late for their place
};

// Reads the records twice, decodes nothing.
Result<RenderPlan> plan(RecordSource& source);

// Writes the WAV file of a plan, in pieces, with bounded memory. When the worker dies, a new one does it
// again from the start (what was written already is made again and not written twice); when that one dies
// too, its death is the error.
Status render_wav(RecordSource& source, const RenderPlan& plan, Worker& worker, const ByteSink& sink);

}  // namespace ew::media
