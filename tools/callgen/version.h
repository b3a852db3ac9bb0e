#pragma once

namespace callgen {
// Written into the captures; change it when their bytes change on purpose.
inline constexpr const char* kVersion = "1.0";
}  // namespace callgen
