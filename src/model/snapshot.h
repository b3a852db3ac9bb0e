// For the way of every call: a snapshot written without copying what it is made of.
#pragma once

#include <string>

#include "model/call_record.h"

namespace ew {

// What a snapshot is at most: a frame takes no larger record.
constexpr size_t kMaxSnapshotBytes = 256 * 1024;

// As encode_snapshot() of both; into `out`, whose memory is used again. What names a call and fills it comes from
// the wire: of one that is too large texts are cut, then the middle of its events and the ends of its other
// lists are left out until it fits, and `events_cut` says so.
void encode_snapshot(const CallRecord& call, const RecordingRecord& recording, std::string& out);

}  // namespace ew
