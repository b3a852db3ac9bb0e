#include "cli/context.h"

#include <unistd.h>

#include <cstdio>

#include "base/text.h"
#include "cli/fault_hook.h"

namespace ew::cli {

Result<config::Config> Context::configuration() const {
  config::Config config = config::defaults();
  if (!config_path.empty()) {
    TRY(config::read_file(config_path, config));
  } else if (::access(config::default_path().c_str(), F_OK) == 0) {
    TRY(config::read_file(config::default_path(), config));
  }
  if (!data.empty()) config.data_directory = data;
  return config;
}

Result<std::unique_ptr<node::DataDirectory>> Context::open() {
  config::Config config = TRY(configuration());
  test_env = fault_env_from_environment();
  io::Env& env = test_env ? *test_env : io::posix_env();
  auto data = TRY(node::DataDirectory::open(env, clock, config));
  for (const std::string& damage : data->journal_damage())
    std::fprintf(stderr, "earwitness: warning: damaged journal: %s\n", printable(damage, 500).c_str());
  if (!data->journal_damage().empty())
    std::fprintf(stderr,
                 "earwitness: warning: recorded seconds may be lost; the damaged files are kept in %s\n",
                 printable(data->path("journal-damaged")).c_str());
  return data;
}

int fail(const Error& error) {
  std::fprintf(stderr, "earwitness: %s\n", printable(error.message(), 2000).c_str());
  return error.code() == ErrorCode::kUsage ? kUsage : kFound;
}

bool is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace ew::cli
