// Makes the playback index of a recording: one rendering, of which the places of the packets, peaks and
// quality are kept and the samples are not.
#pragma once

#include <functional>
#include <span>

#include "media/playback_index.h"

namespace ew::media {

// A media part of the recording, in the order by which the places of its records count.
struct PartTimes {
  WallTime first_at, last_at;
};

struct IndexPart {
  IndexHead head;  // state and packet_frames are the keeper's to fill
  PacketIndex packets;
  Picture picture;
};

// Gets each part once, in order, as soon as nothing more belongs to it; its error ends the making.
using IndexSink = std::function<Status(IndexPart&&)>;

// `source` has the records of just these parts. When the worker dies, a new one does it again once.
Status build_index(RecordSource& source, std::span<const PartTimes> parts, Worker& worker,
                   const IndexSink& sink);

}  // namespace ew::media
