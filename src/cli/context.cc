#include "cli/context.h"

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

Result<node::DataDirectory*> Context::open() {
  if (served) return &served->data;
  if (data_) return data_.get();
  config::Config config = TRY(configuration());
  test_env_ = fault_env_from_environment();
  io::Env& env = test_env_ ? *test_env_ : io::posix_env();
  data_ = TRY(node::DataDirectory::open(env, clock, config));
  for (const std::string& damage : data_->journal_damage())
    std::fprintf(err, "earwitness: warning: damaged journal: %s\n", printable(damage, 500).c_str());
  if (!data_->journal_damage().empty())
    std::fprintf(err, "earwitness: warning: recorded seconds may be lost; the damaged files are kept in %s\n",
                 printable(data_->path("journal-damaged")).c_str());
  return data_.get();
}

Result<node::People*> Context::open_people() {
  if (served) return &served->people;
  node::DataDirectory* opened = TRY(open());
  people_ = TRY(node::People::open(*opened));
  return people_.get();
}

Result<node::ImportReport> Context::import(const std::vector<std::string>& paths,
                                           node::ImportOptions options) {
  if (!served) return node::import_captures(*data_, paths, options);
  for (const Descriptor& file : files) options.opened.push_back(file.get());
  return served->import(paths, options);
}

media::WorkerLauncher Context::worker_launcher() const {
  if (served) return served->launcher;
  return {"/proc/self/exe", "media-worker"};
}

bool Context::is_terminal() const { return ::isatty(err_fd) == 1; }

int Context::fail(const Error& error) const {
  std::fprintf(err, "earwitness: %s\n", printable(error.message(), 2000).c_str());
  return error.code() == ErrorCode::kUsage ? kUsage : kFound;
}

}  // namespace ew::cli
