// The head of a response as bytes.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "http/message.h"

namespace ew::http {

// RFC 9110 section 5.6.7: Sat, 21 Nov 2026 22:31:00 GMT
std::string http_date(WallTime time);

// Status line, headers, those defaults that the response does not have itself, and the empty line. Bytes that
// would end a field early become spaces: what a handler copies from a request cannot add a header.
std::string response_head(unsigned status, const Headers& headers, const std::vector<Header>& defaults);

}  // namespace ew::http
