#include "server/selftest_command.h"

#include <pwd.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/system_error.h"
#include "base/text.h"
#include "cli/context.h"
#include "node/rating.h"
#include "selftest/trial.h"
#include "server/child.h"

namespace ew::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using selftest::Capacity;
using selftest::Outcome;
using selftest::Trial;

constexpr const char* kPrefix = "selftest-";
constexpr double kHour = 3'600, kDay = 24 * kHour;

// 12345 -> "12,345"
std::string thousands(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string decimal(double value, int places) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", places, value);
  return text;
}

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kHeld:
      return "held";
    case Outcome::kLost:
      return "lost";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kClientBehind:
      return "client_behind";
  }
  return "";
}

// Where trials write: on the disk that recordings go to. What is made here goes away again.
class Place {
 public:
  static Result<std::unique_ptr<Place>> make(const config::Config& config) {
    std::unique_ptr<Place> place(new Place(config.data_directory));
    std::error_code error;
    place->made_data_ = !fs::exists(config.data_directory, error);
    TRY(io::posix_env().make_directories(config.data_directory));
    // As the server would make it: whom it becomes has to come there.
    const passwd* user = ::geteuid() == 0 ? ::getpwnam(config.server.user.c_str()) : nullptr;
    if (place->made_data_ && user && ::chown(config.data_directory.c_str(), user->pw_uid, user->pw_gid) != 0)
      return system_error(config.data_directory, errno);
    place->remove_leftovers();
    place->folder_ = config.data_directory + "/" + kPrefix + std::to_string(::getpid());
    TRY(io::posix_env().make_directories(place->folder_));
    struct stat status;
    if (::stat(config.data_directory.c_str(), &status) != 0)
      return system_error(config.data_directory, errno);
    if (::geteuid() == 0 && ::chown(place->folder_.c_str(), status.st_uid, status.st_gid) != 0)
      return system_error(place->folder_, errno);
    return place;
  }
  ~Place() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
    if (made_data_) fs::remove(data_, ignored);
  }
  const std::string& folder() const { return folder_; }

 private:
  explicit Place(std::string data) : data_(std::move(data)) {}
  // Of those that were killed.
  void remove_leftovers() const {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(data_, error)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with(kPrefix)) continue;
      auto pid = parse_number(name.substr(std::string(kPrefix).size()), INT32_MAX);
      if (pid && ::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH)
        fs::remove_all(entry.path(), error);
    }
  }

  const std::string data_;
  std::string folder_;
  bool made_data_ = false;
};

Result<bool> is_served(const std::string& data) {
  io::Env& env = io::posix_env();
  if (!TRY(env.exists(data + "/lock"))) return false;
  auto lock = env.lock(data + "/lock");
  return !lock.ok() && lock.error().code() == ErrorCode::kBusy;
}

// What people ask of the figures.
struct Figures {
  double cpu_ms = 0;  // of the recorder, for each second of a call
  double calls_per_core = 0;
  double gb_per_1000_hours = 0;  // of calls
  double days_until_full = 0;    // with so many calls day and night
};

Figures figures_of(const Trial& trial, uint64_t free_bytes) {
  Figures figures;
  if (trial.call_seconds <= 0 || trial.stored_bytes == 0 || trial.recorder_cpu_s <= 0) return figures;
  const double bytes = static_cast<double>(trial.stored_bytes) / trial.call_seconds;
  figures.cpu_ms = 1e3 * trial.recorder_cpu_s / trial.call_seconds;
  figures.calls_per_core = 1e3 / figures.cpu_ms;
  figures.gb_per_1000_hours = bytes * 1'000 * kHour / 1e9;
  figures.days_until_full = static_cast<double>(free_bytes) / (bytes * trial.calls * kDay);
  return figures;
}

std::string line_of(const Trial& trial) {
  std::string line = thousands(trial.calls) + " calls: ";
  if (trial.outcome == Outcome::kHeld)
    line += "all " + thousands(trial.packets_stored) + " packets stored";
  else
    line += "not held, " + trial.why;
  return line + "; INVITE to 200 in " + decimal(trial.answer_ms_p99, 1) + " ms (99 of 100)";
}

json json_of(const Trial& trial) {
  return {{"calls", trial.calls},
          {"outcome", name_of(trial.outcome)},
          {"why", trial.why},
          {"packets_sent", trial.packets_sent},
          {"packets_stored", trial.packets_stored},
          {"answer_ms",
           {{"p50", trial.answer_ms_p50}, {"p99", trial.answer_ms_p99}, {"max", trial.answer_ms_max}}},
          {"recorder_cpu_seconds", trial.recorder_cpu_s},
          {"recorder_memory_bytes", trial.memory_bytes},
          {"call_seconds", trial.call_seconds},
          {"stored_bytes", trial.stored_bytes}};
}

void print_json(cli::Context& context, const Capacity& capacity, uint64_t free_bytes) {
  json trials = json::array();
  for (const Trial& trial : capacity.trials) trials.push_back(json_of(trial));
  json said = {{"calls_at_once", nullptr},
               {"limited_by", nullptr},
               {"processors", std::thread::hardware_concurrency()},
               {"free_bytes", free_bytes},
               {"trials", std::move(trials)}};
  if (const Trial* held = capacity.held()) {
    const Figures figures = figures_of(*held, free_bytes);
    said["calls_at_once"] = held->calls;
    said["recorder_ms_per_call_second"] = figures.cpu_ms;
    said["calls_per_processor"] = figures.calls_per_core;
    said["gb_per_1000_call_hours"] = figures.gb_per_1000_hours;
    said["days_until_disk_full"] = figures.days_until_full;
  }
  if (const Trial* not_held = capacity.not_held())
    said["limited_by"] = {
        {"calls", not_held->calls}, {"outcome", name_of(not_held->outcome)}, {"why", not_held->why}};
  std::fprintf(context.out, "%s\n", said.dump(2).c_str());
}

void print_words(cli::Context& context, const Capacity& capacity, uint64_t free_bytes) {
  auto say = [&](const std::string& text) { std::fprintf(context.out, "%s\n", text.c_str()); };
  const Trial* held = capacity.held();
  const Trial* not_held = capacity.not_held();
  if (!held)
    return say("This machine could not record " + thousands(not_held->calls) + " calls: " + not_held->why +
               ".");
  say("This machine records " + thousands(held->calls) + " calls at once without a lost packet.");
  if (!not_held)
    say("More were not tried.");
  else if (not_held->outcome == Outcome::kClientBehind)
    say("It may be more: with " + thousands(not_held->calls) +
        " the clients of this test, on the same machine, could not keep up themselves.");
  else
    say(thousands(not_held->calls) + " were too many: " + not_held->why + ".");
  const Figures figures = figures_of(*held, free_bytes);
  say("The recorder needs " + decimal(figures.cpu_ms, 3) +
      " ms of processor time for each second of a call: " +
      thousands(static_cast<uint64_t>(figures.calls_per_core)) +
      " calls per processor, of which this machine has " +
      std::to_string(std::thread::hardware_concurrency()) + ".");
  say("1,000 hours of calls (G.711, both sides) take " + decimal(figures.gb_per_1000_hours, 1) +
      " GB. With " + thousands(held->calls) + " calls day and night the disk, of which " +
      decimal(static_cast<double>(free_bytes) / 1e9, 1) + " GB are free, is full in " +
      decimal(figures.days_until_full, figures.days_until_full < 10 ? 2 : 0) + " days.");
}

// For the recorder, who must be able to read it.
Status keep(const std::string& data, const Capacity& capacity, const Clock& clock) {
  const Trial* not_held = capacity.not_held();
  const bool is_limit = not_held && not_held->outcome != Outcome::kClientBehind;
  TRY(node::write_rating(io::posix_env(), data, {capacity.held()->calls, is_limit, clock.wall()}));
  struct stat status;
  const std::string path = node::rating_path(data);
  if (::stat(data.c_str(), &status) != 0 ||
      (::geteuid() == 0 && ::chown(path.c_str(), status.st_uid, status.st_gid) != 0))
    return system_error(path, errno);
  return {};
}

Result<int> measure(cli::Context& context, const cli::SelftestArguments& arguments) {
  const config::Config config = TRY(context.configuration());
  auto place = TRY(Place::make(config));
  const uint64_t free_bytes = TRY(io::posix_env().free_bytes(config.data_directory));
  const bool is_told = !context.json;
  if (TRY(is_served(config.data_directory)))
    std::fprintf(context.err, "A server works in %s: what it does meanwhile takes from what is measured.\n",
                 config.data_directory.c_str());
  if (is_told)
    std::fprintf(context.out, "Recording on %s, up to %s calls at once; this takes some minutes.\n",
                 config.data_directory.c_str(),
                 thousands(arguments.calls ? arguments.calls : arguments.most).c_str());
  int number = 0;
  auto run = [&](uint32_t calls) -> Result<Trial> {
    std::fflush(context.out);
    auto trial = selftest::run_trial({place->folder() + "/" + std::to_string(++number), start_server,
                                      arguments.seconds, arguments.encrypted},
                                     context.clock, calls);
    if (trial.ok() && is_told) std::fprintf(context.out, "  %s\n", line_of(*trial).c_str());
    return trial;
  };
  selftest::Search search;
  search.most = arguments.most;
  if (arguments.calls > 0) search = {arguments.calls, arguments.calls, 1e9};
  const Capacity capacity = TRY(selftest::find_capacity(search, run));
  // A load that was asked for is no search for the greatest one.
  if (arguments.calls == 0 && capacity.held()) TRY(keep(config.data_directory, capacity, context.clock));
  (context.json ? print_json : print_words)(context, capacity, free_bytes);
  return capacity.held() ? cli::kDone : cli::kFound;
}

}  // namespace

int selftest_command(cli::Context& context, const cli::SelftestArguments& arguments) {
  // Its clients need a socket for each connection, and the server it starts inherits the limit.
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  auto code = measure(context, arguments);
  return code.ok() ? *code : context.fail(code.error());
}

}  // namespace ew::server
