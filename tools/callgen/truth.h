// The truth file: what a recorder should find in the capture.
#pragma once

#include <string>
#include <vector>

#include "callgen/call_player.h"

namespace callgen {

std::string truth_json(const Scenario& scenario, const std::vector<CallTruth>& calls,
                       const std::vector<std::string>& captures, size_t packets);

}  // namespace callgen
