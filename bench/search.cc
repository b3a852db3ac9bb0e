// Times the searches of bench/search_queries.txt on a call log that search_fill made:
//   search_bench URL QUERIES [ROUNDS]
// What is timed is what the panel waits for: the newest call (for the default range) and a page of 100 with
// all its rows. Each search runs once on a fresh connection whose file the kernel has forgotten (SQLite;
// "first"), then ROUNDS times, all of them in turn. Then each is counted.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>

#include "base/text.h"
#include "db/call_log.h"

using namespace ew;

namespace {

constexpr size_t kPage = 100;
constexpr int64_t kLimitMs = 2'000;
constexpr int64_t kDayNs = 86'400 * kNsPerSec;

struct Question {
  std::string title;
  db::CallFilter filter;
  std::optional<int64_t> days = 30;  // nothing: the whole log
  size_t page = 1;
};

struct Times {
  double first = 0;
  std::vector<double> warm, cpu;
  std::string found;
};

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double percentile(std::vector<double> times, double share) {
  std::sort(times.begin(), times.end());
  return times[std::min(static_cast<size_t>(static_cast<double>(times.size()) * share), times.size() - 1)];
}

std::string unescaped(std::string text) {
  for (size_t at; (at = text.find("%2B")) != std::string::npos;) text.replace(at, 3, "+");
  return text;
}

bool set(Question& question, const std::string& name, const std::string& value) {
  db::CallFilter& filter = question.filter;
  if (name == "range") {
    question.days = value == "all" ? std::nullopt : std::optional(std::strtoll(value.c_str(), nullptr, 10));
  } else if (name == "page") {
    question.page = std::strtoul(value.c_str(), nullptr, 10);
  } else if (name == "result") {
    return (filter.tech_result = enum_of<TechResult>(value)).has_value();
  } else if (name == "direction") {
    return (filter.direction = enum_of<Direction>(value)).has_value();
  } else if (name == "source") {
    return (filter.source = enum_of<SourceKind>(value)).has_value();
  } else if (name == "recording_state") {
    return (filter.recording_state = enum_of<RecordingState>(value)).has_value();
  } else if (name == "min_duration") {
    filter.min_duration_sec = std::strtod(value.c_str(), nullptr);
  } else if (name == "max_duration") {
    filter.max_duration_sec = std::strtod(value.c_str(), nullptr);
  } else if (name == "number") {
    filter.number = value;
  } else if (name == "name") {
    filter.name = value;
  } else if (name == "codec") {
    filter.codec = value;
  } else if (name == "words") {
    filter.words = {value};
  } else {
    return false;
  }
  return true;
}

Result<std::vector<Question>> read_questions(const std::string& path) {
  std::ifstream file(path);
  std::vector<Question> questions;
  for (std::string line; std::getline(file, line);) {
    size_t bar = line.find('|');
    if (line.starts_with('#') || bar == std::string::npos) continue;
    Question question{.title = std::string(trim(line.substr(0, bar))), .filter = {}};
    std::string rest(trim(line.substr(bar + 1)));
    while (!rest.empty()) {
      std::string part = rest.substr(0, rest.find('&'));
      rest.erase(0, part.size() + 1);
      size_t equals = part.find('=');
      if (equals == std::string::npos ||
          !set(question, part.substr(0, equals), unescaped(part.substr(equals + 1))))
        return Error(ErrorCode::kUsage, question.title + ": " + part);
    }
    questions.push_back(std::move(question));
  }
  if (questions.empty()) return Error(ErrorCode::kUsage, path + ": no searches");
  return questions;
}

Status set_range(db::CallLog& log, Question& question) {
  if (!question.days) return {};
  auto newest = TRY(log.list({}, std::nullopt, 1));
  if (!newest.calls.empty()) question.filter.from = newest.calls.front().start_at + -*question.days * kDayNs;
  return {};
}

struct Took {
  double ms = 0, cpu_ms = 0;
};

// How long `act` takes, by the clock and of this process's processor time.
Result<Took> timed(const std::function<Status()>& act) {
  double begin = now_ms();
  std::clock_t cpu = std::clock();
  TRY(act());
  return Took{now_ms() - begin, static_cast<double>(std::clock() - cpu) * 1e3 / CLOCKS_PER_SEC};
}

// The page of the question; the way to a deep page is not timed.
Result<Took> timed_page(db::CallLog& log, Question question, std::string& found) {
  Took range = TRY(timed([&] { return set_range(log, question); }));
  std::optional<db::PageKey> after;
  TRY(log.limit_reads(100 * kLimitMs));
  for (size_t number = 1; number < question.page; ++number) {
    auto passed = log.list(question.filter, after, kPage);
    if (!passed.ok()) return std::move(passed).error().within(question.title);
    if (!passed->next) break;  // the last there is
    after = passed->next;
  }
  TRY(log.limit_reads(kLimitMs));
  Took listed = TRY(timed([&]() -> Status {
    auto page = log.list(question.filter, after, kPage);
    found = page.ok() ? std::to_string(page->calls.size()) + (page->next ? "+" : "") : "cut";
    if (page.ok() || page.error().code() == ErrorCode::kLimit) return {};
    return std::move(page).error();
  }));
  return Took{range.ms + listed.ms, range.cpu_ms + listed.cpu_ms};
}

void forget_file(const std::string& url) {
  if (!url.starts_with("sqlite:")) return;
  int file = ::open(url.substr(7).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  (void)posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  (void)close(file);
}

Result<std::unique_ptr<db::CallLog>> open(const std::string& url) {
  auto log = TRY(db::CallLog::open(url));
  TRY(log->limit_reads(kLimitMs));
  return log;
}

void print_total(const char* what, const std::vector<double>& times) {
  std::printf("%s: p50 %.1f ms, p95 %.1f ms, max %.1f ms\n", what, percentile(times, .5),
              percentile(times, .95), *std::max_element(times.begin(), times.end()));
}

Status count_all(db::CallLog& log, const std::vector<Question>& questions) {
  std::vector<double> times;
  for (Question question : questions) {
    TRY(set_range(log, question));
    std::string text;
    Took took = TRY(timed([&]() -> Status {
      auto count = log.count(question.filter);
      text = count.ok() ? (count->more ? "more than " : "") + std::to_string(count->value) : "cut";
      if (count.ok() || count.error().code() == ErrorCode::kLimit) return {};
      return std::move(count).error();
    }));
    times.push_back(took.ms);
    std::printf("%-44s %18s %8.1f %8.1f\n", question.title.c_str(), text.c_str(), took.ms, took.cpu_ms);
  }
  print_total("counts", times);
  return {};
}

Status run(const std::string& url, const std::string& path, int rounds) {
  auto questions = TRY(read_questions(path));
  std::vector<Times> times(questions.size());
  for (size_t i = 0; i < questions.size(); ++i) {
    forget_file(url);
    auto fresh = TRY(open(url));
    times[i].first = TRY(timed_page(*fresh, questions[i], times[i].found)).ms;
  }
  auto log = TRY(open(url));
  for (int round = 0; round < rounds; ++round)
    for (size_t i = 0; i < questions.size(); ++i) {
      Took took = TRY(timed_page(*log, questions[i], times[i].found));
      times[i].warm.push_back(took.ms);
      times[i].cpu.push_back(took.cpu_ms);
    }

  std::vector<double> first, warm, cpu;
  std::printf("%-44s %6s %8s %8s %8s %8s %8s  ms\n", "search", "found", "first", "p50", "p95", "max",
              "cpu p50");
  for (size_t i = 0; i < questions.size(); ++i) {
    const Times& each = times[i];
    std::printf("%-44s %6s %8.1f %8.1f %8.1f %8.1f %8.1f\n", questions[i].title.c_str(), each.found.c_str(),
                each.first, percentile(each.warm, .5), percentile(each.warm, .95),
                *std::max_element(each.warm.begin(), each.warm.end()), percentile(each.cpu, .5));
    first.push_back(each.first);
    warm.insert(warm.end(), each.warm.begin(), each.warm.end());
    cpu.insert(cpu.end(), each.cpu.begin(), each.cpu.end());
  }
  print_total("first", first);
  print_total("warm", warm);
  print_total("warm, processor time", cpu);
  return count_all(*log, questions);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: search_bench URL QUERIES [ROUNDS]\n");
    return 2;
  }
  Status status = run(argv[1], argv[2], argc > 3 ? std::max(1, std::atoi(argv[3])) : 5);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.error().message().c_str());
  return status.ok() ? 0 : 1;
}
