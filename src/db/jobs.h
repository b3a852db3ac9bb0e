// Durable jobs: what the program was asked to do, how far it is, how it ended. The work itself is done by
// whoever takes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "db/shared_connection.h"
#include "model/call_record.h"

namespace ew::db {

using JobId = Id<struct JobTag>;

enum class JobState : uint8_t { kWaiting, kRunning, kDone, kFailed, kCancelled };
std::string_view name_of(JobState state);

struct JobRow {
  JobId job_id;
  std::string kind;   // "import", "verify", "reindex", "key_rotation"
  std::string title;  // for people
  std::string owner;  // id of the account, "cli", "server"
  JobState state = JobState::kWaiting;
  std::optional<double> progress;  // 0 to 1; nothing: not known
  std::string parameters = "{}";   // JSON objects
  std::string result = "{}";
  std::optional<std::string> problem;  // JSON: code, detail …
  WallTime created_at;
  std::optional<WallTime> started_at;  // of the last attempt
  std::optional<WallTime> ended_at;
  std::string worker;  // who runs it; empty: nobody
  int64_t attempts = 0;
  bool cancelling = false;  // it runs, and shall stop
  bool operator==(const JobRow&) const = default;
};

class Jobs {
 public:
  explicit Jobs(SharedConnection& connection) : connection_(connection) {}

  Status add(const JobRow& job);
  Result<std::optional<JobRow>> find(JobId job);
  Result<std::vector<JobRow>> list(const std::optional<std::string>& kind, size_t limit);  // newest first

  // The oldest that waits, now running; of these kinds, if any are named. One job is never given to two
  // workers.
  Result<std::optional<JobRow>> take(const std::string& worker, WallTime at,
                                     const std::vector<std::string>& kinds = {});
  // At a worker's start: what it ran when it stopped waits again, or is cancelled if that was asked for.
  Status take_back(const std::string& worker, WallTime at);

  // Of a running job. The answer: whether it shall go on; no longer if it is to be cancelled or is not
  // running.
  Result<bool> report(JobId job, std::optional<double> progress, const std::string& result);
  // How it ended: done, failed or cancelled. False: it did not run.
  struct End {
    JobState state = JobState::kDone;
    std::string result = "{}";
    std::optional<std::string> problem;
  };
  Result<bool> finish(JobId job, const End& end, WallTime at);
  // A waiting one is cancelled at once, a running one is asked to stop. False: it has ended, or there is
  // none.
  Result<bool> cancel(JobId job, WallTime at);

 private:
  SharedConnection& connection_;
};

}  // namespace ew::db

namespace ew {
template <>
std::optional<db::JobState> enum_of(std::string_view name);
}  // namespace ew
