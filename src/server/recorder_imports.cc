#include "server/recorder_imports.h"

#include <cstdlib>

namespace ew::server {
RecorderImports::RecorderImports(RemoteImportHost::Surroundings around, Log& log)
    : around_(std::move(around)), log_(log) {}

RecorderImports::~RecorderImports() {
  stop();
  around_.keeper.stop();  // whoever waits for the keeper is let go
  if (thread_.joinable()) thread_.join();
}

Status RecorderImports::start(ImportRequest request, std::vector<Descriptor> files) {
  std::lock_guard lock(mutex_);
  if (state_.number != 0 && !state_.ended) return Error(ErrorCode::kBusy, "an import is running");
  if (thread_.joinable()) thread_.join();  // it has ended
  stopping_ = false;
  state_ = ImportState{};
  state_.number = request.number;
  thread_ =
      std::thread([this, request = std::move(request), files = std::move(files)] { run(request, files); });
  return {};
}

ImportState RecorderImports::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

void RecorderImports::stop() { stopping_ = true; }

bool RecorderImports::progress(uint64_t packets, uint64_t bytes, uint64_t total_bytes) {
  std::lock_guard lock(mutex_);
  state_.packets = packets;
  state_.bytes = bytes;
  state_.total_bytes = total_bytes;
  return !stopping_;
}

void RecorderImports::run(const ImportRequest& request, const std::vector<Descriptor>& files) {
  node::ImportOptions options;
  options.lanes = request.lanes;
  options.realtime = request.realtime;
  options.progress = [this](uint64_t packets, uint64_t bytes, uint64_t total) {
    return progress(packets, bytes, total);
  };
  if (const char* path = std::getenv("EARWITNESS_ACK_LOG")) options.ack_log_path = path;
  std::vector<std::string> paths;
  for (const ImportRequest::File& file : request.files) {
    options.names.push_back(file.name);
    paths.push_back(file.path);
  }
  for (const Descriptor& file : files) options.opened.push_back(file.get());
  RemoteImportHost host(around_);
  auto report = node::import_captures(host, paths, options);
  if (report.ok())
    log_.info("An import ended", {{"calls", std::to_string(report->recorder.recordings)},
                                  {"packets", std::to_string(report->source.packets)}});
  else
    log_.warning("An import failed", {{"reason", report.error().message()}});
  std::lock_guard lock(mutex_);
  state_.ended = std::move(report);
}

}  // namespace ew::server
