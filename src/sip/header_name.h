// From header names, long or compact and in any case, to Header, and what each header's grammar allows.
#pragma once

#include <string_view>

#include "sip/message.h"

namespace ew::sip {

enum class Occurrence : uint8_t {
  kOnce,  // single-valued and decisive for a dialog or a body: two different values are an error
  kText,  // may hold commas that separate nothing; never split
  kList,  // comma-separated, also over several fields
};

constexpr size_t kHeaderCount = static_cast<size_t>(Header::kXCid) + 1;

// kOther if the name is none of ours.
Header header_named(std::string_view name);
Occurrence occurrence_of(Header header);

}  // namespace ew::sip
