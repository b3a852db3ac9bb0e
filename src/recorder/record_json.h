// The JSON bodies of the records that describe streams and captures (docs/formats/part.md, "Records").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "call/call.h"
#include "call/engine.h"

namespace ew::recorder {

std::string stream_json(const call::Stream& stream);
std::string note_json(const call::Note& note);
std::string capture_json(std::string_view name, uint64_t size);

}  // namespace ew::recorder
