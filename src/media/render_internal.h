// One try of a rendering, and a look at where its packets lie.
#pragma once

#include <functional>

#include "media/render.h"
#include "media/timeline.h"

namespace ew::media {

// Is told of every packet that is heard, in order of position within a stream; its error ends the rendering.
using PlacedWatch = std::function<Status(uint32_t stream, const TimedPacket&, const Placement&)>;

// As render_wav(), but the worker's death is an error.
Status render_once(RecordSource& source, const RenderPlan& plan, Worker& worker, const ByteSink& sink,
                   const PlacedWatch& watch = {});

}  // namespace ew::media
