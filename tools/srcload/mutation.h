// Broken messages out of good ones. The same seed and number make the same message on every machine.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "callgen/random.h"

namespace srcload {

// What is broken: messages of our own, and those of real clients in `folder` (../shared/siprec/samples), if
// it is not empty. A sample that is only a body becomes an INVITE with that body.
ew::Result<std::vector<std::string>> mutation_seeds(const std::string& folder);

// The message number `number`: one of the seeds, changed in one to eight places.
std::string mutated(const std::vector<std::string>& seeds, uint64_t seed, uint64_t number);

}  // namespace srcload
