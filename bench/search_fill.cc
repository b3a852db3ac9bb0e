// Fills a call log with a year of calls for search_bench:  search_fill URL CALLS [DETAILED_DAYS [FIRST_DAY]]
// Two weeks are made call by call, the others are copies of them. The first two weeks and the newest
// DETAILED_DAYS (default: all) have rows of legs, recordings and streams; without them calls are found as
// well. With FIRST_DAY it goes on where a fill was stopped, at this day (0 to 363).
#include <cstdio>
#include <cstdlib>

#include "db/bulk_load.h"
#include "search_calls.h"

using namespace ew;

namespace {

using bench::SearchCalls;

constexpr int kDays = 26 * SearchCalls::kDays;

Status fill(const std::string& url, uint64_t total, int detailed_days, int first_day) {
  auto load = TRY(db::BulkLoad::open(url));
  bench::SearchCalls calls(total * SearchCalls::kDays / kDays);
  for (int day = first_day; day < kDays; ++day) {
    if (day < SearchCalls::kDays) {
      TRY(load.add(calls.day(day), true));
    } else {
      int64_t from = SearchCalls::kFirstDay + day % SearchCalls::kDays, to = SearchCalls::kFirstDay + day;
      TRY(load.copy_day(from, to, day >= kDays - detailed_days));
    }
    std::printf("\rday %d of %d", day + 1, kDays);
    std::fflush(stdout);
  }
  std::printf("\n");
  return load.finish();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: search_fill URL CALLS [DETAILED_DAYS [FIRST_DAY]]\n");
    return 2;
  }
  auto number = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  Status status = fill(argv[1], std::strtoull(argv[2], nullptr, 10), number(3, kDays), number(4, 0));
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.error().message().c_str());
  return status.ok() ? 0 : 1;
}
