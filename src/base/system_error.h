// What the operating system said no to, as an Error.
#pragma once

#include <string>
#include <system_error>

#include "base/result.h"

namespace ew {

// "WHAT: the errno's text"; `number` is an errno value.
inline Error system_error(const std::string& what, int number) {
  bool is_full = number == ENOSPC || number == EDQUOT;
  return Error(is_full ? ErrorCode::kNoSpace : ErrorCode::kIo,
               what + ": " + std::generic_category().message(number));
}

}  // namespace ew
