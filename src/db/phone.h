// Numbers made comparable.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ew::db {

// What a number is found by: its digits (with * and #), without the marks of writing and a leading + or 00;
// so "+421 905", "00421905" and "421905" are one. A user part that is no number ("alice") is folded text.
std::string number_key(std::string_view presented);

// The E.164 form of a number that begins with + or 00 and is possible in its country; nothing for any other:
// without the country a national number means anything.
std::optional<std::string> e164_of(std::string_view presented);

}  // namespace ew::db
