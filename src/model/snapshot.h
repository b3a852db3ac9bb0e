// For the way of every call: a snapshot written without copying what it is made of.
#pragma once

#include <string>

#include "model/call_record.h"

namespace ew {

// As encode_snapshot() of both; into `out`, whose memory is used again.
void encode_snapshot(const CallRecord& call, const RecordingRecord& recording, std::string& out);

}  // namespace ew
