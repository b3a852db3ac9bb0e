#include "api/call_logs.h"

namespace ew::api {

Result<CallLogs::Lease> CallLogs::take() {
  {
    std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      auto log = std::move(free_.back());
      free_.pop_back();
      return Lease(*this, std::move(log));
    }
  }
  auto log = TRY(db::CallLog::open(url_));
  TRY(log->limit_reads(kMaxQueryMs));
  return Lease(*this, std::move(log));
}

void CallLogs::give_back(std::unique_ptr<db::CallLog> log) {
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(log));
}

}  // namespace ew::api
