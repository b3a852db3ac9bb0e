// How many calls at once this machine was found to record without losing a packet (`earwitness selftest`),
// kept in the data directory so that the recorder can keep to it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "io/env.h"

namespace ew::node {

struct Rating {
  uint32_t calls = 0;
  // More were tried and not held because of this machine. Else it is only known that it holds so many.
  bool is_limit = false;
  WallTime at;
  bool operator==(const Rating&) const = default;
};

std::string rating_path(const std::string& data_directory);
// Nothing where none was found yet.
Result<std::optional<Rating>> read_rating(io::Env& env, const std::string& data_directory);
Status write_rating(io::Env& env, const std::string& data_directory, const Rating& rating);

}  // namespace ew::node
