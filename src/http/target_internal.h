// The request target (RFC 9112 section 3.2) as path and query. Each byte is decoded once, here, and what two
// programs could read in two ways is refused.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace ew::http {

constexpr size_t kMaxParameters = 256;

// Origin form, absolute form of http and https, and "*" for OPTIONS. False: answer 400.
bool parse_target(Method method, std::string_view target, std::string& path, Query& query);

}  // namespace ew::http
