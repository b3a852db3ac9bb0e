// What a crash left of a recording: its last call record is older than its last packets.
#pragma once

#include <vector>

#include "model/call_record.h"
#include "vault/vault.h"

namespace ew::index {

// The parts of one recording, in order of number.
struct RecordingParts {
  std::vector<const vault::StoredPart*> log, media;
};

// If a crash ended the recording, counts the stored packets again and ends call and recording at the last of
// them, as far as the record does not say their end already. What ended in order is left as it is.
Status complete_interrupted(vault::Vault& vault, const RecordingParts& parts, CallSnapshot& snapshot);

// A crash came before the first call record was durable, but packets are stored: a call with unknown parties.
Result<CallSnapshot> snapshot_without_record(vault::Vault& vault, const RecordingParts& parts);

}  // namespace ew::index
