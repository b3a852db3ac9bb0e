// What a crash left of a recording: its last call record is older than its last packets.
#pragma once

#include <vector>

#include "model/call_record.h"
#include "vault/vault.h"

namespace ew::index {

// Counts the stored packets again and ends call and recording at the last of them, if the record does not say
// their end already.
Status complete_interrupted(vault::Vault& vault, const std::vector<const vault::StoredPart*>& media,
                            CallSnapshot& snapshot);

}  // namespace ew::index
