// From a scenario file to a capture and its truth.
#pragma once

#include <string>

#include "base/result.h"

namespace callgen {

// Writes DIR/NAME.pcap (or NAME.pcapng, or NAME_1 and NAME_2) and DIR/NAME.truth.json.
ew::Status make(const std::string& scenario_path, const std::string& folder);

// Makes a scenario again and compares with what is in the folder, byte for byte. What speech and codecs of
// other programs went into depends on their versions, so such scenarios are passed over with a word.
ew::Status check(const std::string& scenario_path, const std::string& folder);

}  // namespace callgen
