#include "jobs/runner.h"

#include <nlohmann/json.hpp>

#include "crypto/crypto.h"

namespace ew::jobs {
namespace {

constexpr auto kRetry = std::chrono::seconds(1);  // after the database refused

std::string problem_json(const std::string& code, const std::string& detail) {
  nlohmann::json json = {
      {"type", "about:blank"}, {"title", "The job failed"}, {"status", 500}, {"code", code}};
  if (!detail.empty()) json["detail"] = detail;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string code_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kNoSpace:
      return "no_space";
    case ErrorCode::kInvalid:
    case ErrorCode::kTruncated:
    case ErrorCode::kUnsupported:
      return "unreadable_input";
    case ErrorCode::kCorrupt:
      return "damaged_data";
    default:
      return "failed";
  }
}

}  // namespace

bool Run::report(std::optional<double> progress, const std::string& result) {
  if (runner_.stopping_) cancelled_ = true;
  int64_t now = runner_.clock_.monotonic_ns();
  if (cancelled_ || (reported_ && now - reported_ns_ < Runner::kReportNs)) return !cancelled_;
  reported_ = true;
  reported_ns_ = now;
  auto goes_on = runner_.workspace_.jobs().report(job_.job_id, progress, result);
  // A database that is away delays what people see, not the work.
  if (!goes_on) return true;
  cancelled_ = !*goes_on;
  runner_.tell(job_.job_id);
  return !cancelled_;
}

Runner::Runner(db::Workspace& workspace, const Clock& clock, std::string worker,
               std::function<void(const db::JobRow&)> changed)
    : workspace_(workspace), clock_(clock), worker_(std::move(worker)), changed_(std::move(changed)) {}

Runner::~Runner() { stop(); }

void Runner::add_line(std::map<std::string, Work> kinds) {
  lines_.push_back(std::make_unique<Line>());
  lines_.back()->kinds = std::move(kinds);
}

Status Runner::start() {
  TRY(workspace_.jobs().take_back(worker_, clock_.wall()));
  for (auto& line : lines_) line->thread = std::thread([this, &line = *line] { work(line); });
  return {};
}

void Runner::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& line : lines_)
    if (line->thread.joinable()) line->thread.join();
}

Result<db::JobRow> Runner::submit(const std::string& kind, const std::string& title, const std::string& owner,
                                  const std::string& parameters) {
  db::JobRow job;
  job.created_at = clock_.wall();
  job.job_id = db::JobId(crypto::random_uuid(job.created_at));
  job.kind = kind;
  job.title = title;
  job.owner = owner;
  job.parameters = parameters;
  TRY(workspace_.jobs().add(job));
  tell(job.job_id);
  {
    std::lock_guard lock(mutex_);
    ++submitted_;
  }
  wake_.notify_all();
  return job;
}

Result<bool> Runner::cancel(db::JobId job) {
  bool cancelled = TRY(workspace_.jobs().cancel(job, clock_.wall()));
  if (cancelled) tell(job);
  return cancelled;
}

void Runner::tell(db::JobId job) {
  auto row = workspace_.jobs().find(job);
  if (row && *row) changed_(**row);
}

void Runner::work(const Line& line) {
  std::vector<std::string> kinds;
  for (const auto& [kind, work] : line.kinds) kinds.push_back(kind);
  while (!stopping_) {
    std::unique_lock lock(mutex_);
    uint64_t seen = submitted_;
    lock.unlock();
    auto job = workspace_.jobs().take(worker_, clock_.wall(), kinds);
    if (job && *job) {
      run(line, std::move(**job));
      continue;
    }
    lock.lock();
    auto woken = [&] { return stopping_ || submitted_ != seen; };
    if (job) {
      wake_.wait(lock, woken);
    } else {
      wake_.wait_for(lock, kRetry, [&] { return stopping_.load(); });
    }
  }
}

void Runner::run(const Line& line, db::JobRow job) {
  tell(job.job_id);
  if (job.attempts > kMaxAttempts)
    return end(job, {db::JobState::kFailed, job.result,
                     problem_json("given_up", "it stopped the program again and again")});
  Run state(*this, job);
  auto result = line.kinds.at(job.kind)(state);
  // Stopped with the program: it stays a running job, which the next start takes back.
  if (stopping_ && (state.cancelled() || !result)) return;
  if (state.cancelled()) return end(job, {db::JobState::kCancelled, result ? *result : job.result, {}});
  if (result) return end(job, {db::JobState::kDone, *result, {}});
  end(job,
      {db::JobState::kFailed, job.result, problem_json(code_of(result.error()), result.error().message())});
}

void Runner::end(const db::JobRow& job, db::Jobs::End end) {
  // How it ended must not be lost to a database that is away for a moment.
  while (!workspace_.jobs().finish(job.job_id, end, clock_.wall()).ok()) {
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, kRetry, [&] { return stopping_.load(); })) return;
  }
  tell(job.job_id);
}

}  // namespace ew::jobs
