// The imports that the keeper asks the recorder for: one at a time, on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "server/link.h"
#include "server/remote_import_host.h"

namespace ew::server {

class RecorderImports {
 public:
  RecorderImports(RemoteImportHost::Surroundings around, Log& log);
  ~RecorderImports();  // stops what runs, in order: what was read is in the journal

  // Any thread. kBusy while one runs.
  Status start(ImportRequest request, std::vector<Descriptor> files);
  ImportState state() const;
  void stop();

 private:
  void run(const ImportRequest& request, const std::vector<Descriptor>& files);
  bool progress(uint64_t packets, uint64_t bytes, uint64_t total_bytes);

  RemoteImportHost::Surroundings around_;
  Log& log_;
  mutable std::mutex mutex_;  // guards state_ and thread_
  ImportState state_;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace ew::server
