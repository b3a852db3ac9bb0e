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
  return Lease(*this, TRY(db::CallLog::open(url_)));
}

void CallLogs::give_back(std::unique_ptr<db::CallLog> log) {
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(log));
}

}  // namespace ew::api
