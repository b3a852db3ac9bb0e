// Connections to the call log for requests that run at the same time: each takes one and gives it back.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "db/call_log.h"

namespace ew::api {

class CallLogs {
 public:
  static constexpr int64_t kMaxQueryMs = 2'000;

  explicit CallLogs(std::string url) : url_(std::move(url)) {}

  class Lease {
   public:
    Lease(CallLogs& owner, std::unique_ptr<db::CallLog> log) : owner_(&owner), log_(std::move(log)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (log_) owner_->give_back(std::move(log_));
    }
    db::CallLog* operator->() { return log_.get(); }
    db::CallLog& operator*() { return *log_; }

   private:
    CallLogs* owner_;
    std::unique_ptr<db::CallLog> log_;
  };
  // A free one, or a new one: there are as many as requests run at once.
  Result<Lease> take();

 private:
  void give_back(std::unique_ptr<db::CallLog> log);

  const std::string url_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<db::CallLog>> free_;  // guarded by mutex_
};

}  // namespace ew::api
