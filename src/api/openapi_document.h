// src/api/openapi.json as it was when the program was built.
#pragma once

#include <string_view>

namespace ew::api {

std::string_view openapi_document();

}  // namespace ew::api
