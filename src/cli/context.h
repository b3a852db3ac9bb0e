// What every command shares: the options --data, --config, --json, the opened data directory, and how errors
// are said.
#pragma once

#include <memory>
#include <string>

#include "node/data_directory.h"

namespace ew::cli {

constexpr int kDone = 0, kFound = 1, kUsage = 2;

struct Context {
  std::string data, config_path;
  bool json = false;

  // The configuration: defaults, then the file (the default one only if it is there), then --data.
  Result<config::Config> configuration() const;
  Result<std::unique_ptr<node::DataDirectory>> open();

  SystemClock clock;
  std::unique_ptr<io::Env> test_env;  // injects faults where a test asks for it
};

// "earwitness: what: why" on standard error.
int fail(const Error& error);
bool is_terminal();

}  // namespace ew::cli
