#include "db/jobs.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "db/workspace_rows.h"

namespace ew::db {
namespace {

constexpr std::array<std::string_view, 5> kStates = {"waiting", "running", "done", "failed", "cancelled"};

// Kinds are few, so one look at each costs less than a list of a length that no statement can have.
Result<std::optional<JobRow>> oldest_waiting(Connection& connection, const std::vector<std::string>& kinds) {
  if (kinds.empty())
    return select_one<JobRow>(connection, "WHERE state = 'waiting' ORDER BY created_at, job_id LIMIT 1");
  std::optional<JobRow> oldest;
  for (const std::string& kind : kinds) {
    auto job = TRY(select_one<JobRow>(
        connection, "WHERE state = 'waiting' AND kind = ? ORDER BY created_at, job_id LIMIT 1", kind));
    if (job &&
        (!oldest || std::tie(job->created_at, job->job_id) < std::tie(oldest->created_at, oldest->job_id)))
      oldest = std::move(job);
  }
  return oldest;
}

}  // namespace

std::string_view name_of(JobState state) { return kStates.at(static_cast<size_t>(state)); }

Status Jobs::add(const JobRow& job) {
  return connection_.write([&](Connection& connection) { return insert(connection, job); });
}

Result<std::optional<JobRow>> Jobs::find(JobId job) {
  return connection_.read(
      [&](Connection& connection) { return select_one<JobRow>(connection, "WHERE job_id = ?", job); });
}

Result<std::vector<JobRow>> Jobs::list(const std::optional<std::string>& kind, size_t limit) {
  return connection_.read([&](Connection& connection) {
    if (!kind) return select<JobRow>(connection, "ORDER BY created_at DESC, job_id DESC LIMIT ?", limit);
    return select<JobRow>(connection, "WHERE kind = ? ORDER BY created_at DESC, job_id DESC LIMIT ?", *kind,
                          limit);
  });
}

Result<std::optional<JobRow>> Jobs::take(const std::string& worker, WallTime at,
                                         const std::vector<std::string>& kinds) {
  return connection_.exclusive([&](Connection& connection) -> Result<std::optional<JobRow>> {
    auto job = TRY(oldest_waiting(connection, kinds));
    if (!job) return job;
    job->state = JobState::kRunning;
    job->started_at = at;
    job->worker = worker;
    ++job->attempts;
    TRY(execute(connection,
                "UPDATE job SET state = ?, started_at = ?, worker = ?, attempts = ? WHERE job_id = ?",
                job->state, job->started_at, job->worker, job->attempts, job->job_id));
    return job;
  });
}

Status Jobs::take_back(const std::string& worker, WallTime at) {
  return connection_.exclusive([&](Connection& connection) -> Status {
    TRY(execute(connection,
                "UPDATE job SET state = 'cancelled', ended_at = ?, worker = '', cancelling = 0 WHERE state = "
                "'running' AND worker = ? AND cancelling = 1",
                at, worker));
    return execute(connection,
                   "UPDATE job SET state = 'waiting', started_at = NULL, worker = '' WHERE state = 'running' "
                   "AND worker = ?",
                   worker);
  });
}

Result<bool> Jobs::report(JobId job, std::optional<double> progress, const std::string& result) {
  return connection_.write([&](Connection& connection) -> Result<bool> {
    Statement* statement = TRY(connection.prepared(
        Sql("UPDATE job SET progress = ?, result = ? WHERE job_id = ? AND state = 'running' RETURNING "
            "cancelling")));
    WideBinder binder(*statement);
    binder.field("progress", progress);
    binder.long_text("result", result);
    binder.field("job_id", job);
    bool goes_on = TRY(statement->next()) && statement->integer(0) == 0;
    statement->reset();
    return goes_on;
  });
}

Result<bool> Jobs::finish(JobId job, const End& end, WallTime at) {
  return connection_.write([&](Connection& connection) -> Result<bool> {
    Statement* statement = TRY(connection.prepared(
        Sql("UPDATE job SET state = ?, progress = COALESCE(?, progress), result = ?, problem = ?, ended_at = "
            "?, worker = '', cancelling = 0 WHERE job_id = ? AND state = 'running' RETURNING 1")));
    WideBinder binder(*statement);
    binder.field("state", end.state);
    binder.field("progress", end.state == JobState::kDone ? std::optional(1.0) : std::nullopt);
    binder.long_text("result", end.result);
    binder.long_text("problem", end.problem);
    binder.field("ended_at", at);
    binder.field("job_id", job);
    bool ran = TRY(statement->next());
    statement->reset();
    return ran;
  });
}

Result<bool> Jobs::cancel(JobId job, WallTime at) {
  return connection_.exclusive([&](Connection& connection) -> Result<bool> {
    if (TRY(finds(connection,
                  "UPDATE job SET state = 'cancelled', ended_at = ? WHERE job_id = ? AND state = 'waiting' "
                  "RETURNING 1",
                  at, job)))
      return true;
    return finds(connection,
                 "UPDATE job SET cancelling = 1 WHERE job_id = ? AND state = 'running' RETURNING 1", job);
  });
}

}  // namespace ew::db

namespace ew {

template <>
std::optional<db::JobState> enum_of(std::string_view name) {
  auto found = std::find(db::kStates.begin(), db::kStates.end(), name);
  if (found == db::kStates.end()) return std::nullopt;
  return static_cast<db::JobState>(found - db::kStates.begin());
}

}  // namespace ew
