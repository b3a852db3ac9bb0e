// Runs durable jobs: takes those that wait, one after the other on each line, and keeps how far they are and
// how they ended. A job that ran when the program stopped runs again at the next start, so its work must be
// repeatable; one that stopped the program too often is given up.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/time.h"
#include "db/workspace.h"

namespace ew::jobs {

class Runner;

// What the work of one job sees of it. One thread.
class Run {
 public:
  const db::JobRow& job() const { return job_; }
  // How far it is (0 to 1, or nothing where that is unknown) and what is known so far, a JSON object. Kept at
  // most twice a second. False: the job is to stop; its work then returns as soon as it can.
  bool report(std::optional<double> progress, const std::string& result);
  bool cancelled() const { return cancelled_; }

 private:
  friend class Runner;
  Run(Runner& runner, db::JobRow job) : runner_(runner), job_(std::move(job)) {}

  Runner& runner_;
  db::JobRow job_;
  int64_t reported_ns_ = 0;
  bool reported_ = false;
  bool cancelled_ = false;
};

// Gives the job's result, a JSON object; an error makes the job a failed one.
using Work = std::function<Result<std::string>(Run&)>;

class Runner {
 public:
  static constexpr int64_t kMaxAttempts = 5;
  static constexpr int64_t kReportNs = 500 * kNsPerMs;

  // `worker` names this process among those that share the database. `changed` is told of each change of a
  // job, from any thread.
  Runner(db::Workspace& workspace, const Clock& clock, std::string worker,
         std::function<void(const db::JobRow&)> changed);
  ~Runner();

  // Before start(): these kinds of jobs are done on a thread of their own, one after the other.
  void add_line(std::map<std::string, Work> kinds);
  Status start();
  // Running work is asked to stop and waits for the next start.
  void stop();

  // Durable on return. `parameters` is a JSON object.
  Result<db::JobRow> submit(const std::string& kind, const std::string& title, const std::string& owner,
                            const std::string& parameters);
  Result<bool> cancel(db::JobId job);  // false: it had ended

 private:
  friend class Run;
  struct Line {
    std::map<std::string, Work> kinds;
    std::thread thread;
  };
  void work(const Line& line);
  void run(const Line& line, db::JobRow job);
  void end(const db::JobRow& job, db::Jobs::End end);
  void tell(db::JobId job);

  db::Workspace& workspace_;
  const Clock& clock_;
  const std::string worker_;
  std::function<void(const db::JobRow&)> changed_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::mutex mutex_;
  std::condition_variable wake_;
  uint64_t submitted_ = 0;  // guarded by mutex_
  std::atomic<bool> stopping_ = false;
};

}  // namespace ew::jobs
