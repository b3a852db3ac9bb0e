// The configuration: a TOML file, then what the command line says. Every setting has a default; an unknown
// one is an error, so that a mistyped name is not silently ignored.
#pragma once

#include <string>

#include "base/result.h"

namespace ew::config {

enum class RecordDefault { kNone, kAll };

struct Config {
  std::string data_directory;  // [storage] data
  std::string keys_directory;  // [storage] keys: private halves of the keys, outside the data directory
  std::string database;        // [storage] database: "sqlite" (DATA/calls.sqlite) or "postgresql://…"
  RecordDefault record_default = RecordDefault::kNone;  // [recording] default, for live sources
  std::string tenant = "default";                       // [recording] tenant
};

// Where data, keys and configuration lie when nothing else is said: for root the system's places, else the
// user's.
Config defaults();
std::string default_path();

// Applies the file's settings to `config`. An error names file, line and what was expected.
Status read_file(const std::string& path, Config& config);
Status read_text(const std::string& name, const std::string& text, Config& config);

}  // namespace ew::config
