// The databases that every contract suite of this folder runs on: SQLite in a file and in memory, and the
// PostgreSQL server that EW_TEST_POSTGRES names (tools/with_postgres).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "db/connection.h"

namespace ew::db {

struct Backend {
  std::string name;
  std::function<std::optional<std::string>()>
      fresh_url;  // of an empty database; nothing if there is no server
  std::function<Result<std::unique_ptr<Connection>>(const std::string& url)> connect;
  bool shared = true;  // a second connection sees the same rows
};
inline std::ostream& operator<<(std::ostream& out, const Backend& backend) { return out << backend.name; }

std::vector<Backend> backends();

const std::filesystem::path& folder();  // goes away with the test program
std::string fresh_name();
std::optional<std::string> fresh_postgres();

}  // namespace ew::db
