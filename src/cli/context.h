// What every command shares: the options --data, --config, --json, the streams it reads and writes, the
// opened data directory, and how errors are said.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "media/worker.h"
#include "node/importer.h"
#include "node/people.h"

namespace ew::cli {

constexpr int kDone = 0, kFound = 1, kUsage = 2;

// What a server lends to the commands that it runs for others.
struct ServedNode {
  node::DataDirectory& data;
  node::People& people;
  node::ImportFunction import;
  media::WorkerLauncher launcher;
};

struct Context {
  std::string data, config_path;
  bool json = false;
  std::FILE *in = stdin, *out = stdout, *err = stderr;
  std::FILE* output = nullptr;  // what --output names, opened
  int err_fd = STDERR_FILENO;   // behind err

  // Only where a server runs the command.
  const ServedNode* served = nullptr;
  std::vector<Descriptor> files;        // the command's input files in order, opened by who asked for it
  std::function<bool()> is_stopped_by;  // who asked for it is gone, or the server stops

  // The configuration: defaults, then the file (the default one only if it is there), then --data.
  Result<config::Config> configuration() const;
  // Ours until the context ends, or the server's.
  Result<node::DataDirectory*> open();
  // The same with its accounts.
  Result<node::People*> open_people();
  // Into what open() opened.
  Result<node::ImportReport> import(const std::vector<std::string>& paths, node::ImportOptions options);

  media::WorkerLauncher worker_launcher() const;
  bool is_stopped() const { return is_stopped_by && is_stopped_by(); }
  // Whether somebody watches the progress.
  bool is_terminal() const;
  // "earwitness: what: why" on the error stream; the exit code.
  int fail(const Error& error) const;

  SystemClock clock;

 private:
  std::unique_ptr<io::Env> test_env_;  // injects faults where a test asks for it
  std::unique_ptr<node::DataDirectory> data_;
  std::unique_ptr<node::People> people_;
};

}  // namespace ew::cli
