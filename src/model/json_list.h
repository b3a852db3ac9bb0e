// Lists as JSON text of their own, in the stored form: what the call log keeps in one column.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/call_record.h"

namespace ew {

// For std::string, Hold, Loss and ExternalId.
template <typename T>
std::string encode_list(const std::vector<T>& members);
template <typename T>
std::optional<std::vector<T>> decode_list(std::string_view json);  // nothing if it is no such list

}  // namespace ew
