// Settings that are made in the panel, and small things that the program remembers: a JSON text under a key.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "db/shared_connection.h"

namespace ew::db {

class Settings {
 public:
  static constexpr size_t kValueMax = 64 * 1024;  // bytes

  explicit Settings(SharedConnection& connection) : connection_(connection) {}

  Result<std::optional<std::string>> get(const std::string& key);
  Status put(const std::string& key, const std::string& json, WallTime at);  // kLimit: longer than kValueMax
  // Keeps what is there; gives what is there afterwards.
  Result<std::string> put_if_absent(const std::string& key, const std::string& json, WallTime at);
  Result<bool> remove(const std::string& key);  // false: there was none

 private:
  SharedConnection& connection_;
};

}  // namespace ew::db
