// Plausible calls in any number for a bench: the same for the same number of calls, day by day.
#pragma once

#include <random>
#include <vector>

#include "db/call_log.h"

namespace ew::bench {

// Two weeks of a company with 600 extensions: few numbers call often and most rarely; nights and weekends are
// quiet; results, durations, codecs and devices have the shares that one sees in such logs. Ids are as
// db::BulkLoad::copy_day wants them.
class SearchCalls {
 public:
  static constexpr int kDays = 14;
  static constexpr int64_t kFirstDay = 20'419;  // since 1970: 2025-11-27, a Thursday

  explicit SearchCalls(uint64_t total);

  // The calls of a day, 0 to kDays - 1, by start.
  std::vector<db::CallRows> day(int number);

 private:
  struct Party {
    std::optional<std::string> number, name;
  };

  uint64_t below(uint64_t bound) { return random_() % bound; }
  double share() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  Party extension();
  Party outsider();
  int64_t second_of_day();
  int64_t talk_us();
  void set_parties(CallRecord& call);
  void set_outcome(CallRecord& call);
  void add_recording(db::CallRows& rows);
  db::CallRows call_at(int64_t us);

  uint64_t total_;
  double weight_ = 0;  // of all days
  std::mt19937_64 random_;
};

}  // namespace ew::bench
