#include "server/part_collector.h"

#include <pthread.h>

namespace ew::server {
namespace {

constexpr size_t kPartsAtOnce = 1024;
constexpr int64_t kWaitNs = 200 * kNsPerMs;

}  // namespace

PartCollector::PartCollector(node::DataDirectory& data, RecorderLink& recorder, Log& log)
    : data_(data), recorder_(recorder), log_(log), thread_([this] { work(); }) {}

void PartCollector::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void PartCollector::work() {
  pthread_setname_np(pthread_self(), "collector");
  while (!stopping_) {
    Status status = round();
    std::string trouble = status.ok() ? "" : status.error().message();
    if (!trouble.empty() && trouble != last_trouble_)
      log_.warning("Parts cannot be brought home now", {{"reason", trouble}});
    last_trouble_ = std::move(trouble);
    if (data_.sealer().ready() == 0 || !status.ok()) data_.sealer().wait(kWaitNs);
  }
}

Status PartCollector::meet() {
  uint64_t connection = recorder_.connections();
  if (connection == met_) return {};
  uint64_t run = TRY(recorder_.hello());
  // What a recorder that is gone had offered is in the journals of its run.
  data_.sealer().forget_ready();
  recorder_.forget_stored();
  last_serial_ = 0;
  TRY(data_.recover_journals(run));
  TRY(data_.indexer().run());
  met_ = connection;
  recorder_.note_met(connection);
  return {};
}

Status PartCollector::round() {
  if (!recorder_.is_connected()) return {};
  TRY(meet());
  for (const EndedPart& ended : TRY(recorder_.ended(last_serial_))) {
    data_.sealer().part_ended(recorder_, ended.part);
    last_serial_ = ended.serial;
  }
  // The recorder lets go last: what it no longer offers is in the vault and in the call log.
  for (size_t sealed = 1; sealed > 0 && !stopping_;) {
    sealed = TRY(data_.sealer().seal_ready(kPartsAtOnce));
    rows_late_ |= sealed > 0;
    if (rows_late_) TRY(data_.indexer().run());
    rows_late_ = false;
    TRY(recorder_.tell_stored());
  }
  return {};
}

Status PartCollector::finish() {
  data_.sealer().forget_ready();
  TRY(data_.recover_journals(std::nullopt));
  return data_.indexer().run();
}

}  // namespace ew::server
