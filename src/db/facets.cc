#include "db/facets.h"

#include <algorithm>
#include <array>

namespace ew::db {
namespace {

// Where the classes b, c, … of duration begin, in seconds; the migration in schema.cc has them a second time.
constexpr std::array<int64_t, 11> kClassesSec = {5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200};
constexpr char kNoDuration = '-';

char class_of(int64_t duration_us) {
  auto above = std::upper_bound(kClassesSec.begin(), kClassesSec.end(), duration_us,
                                [](int64_t us, int64_t second) { return us < second * 1'000'000; });
  return static_cast<char>('a' + (above - kClassesSec.begin()));
}

template <typename Enum>
bool fits(std::string_view& facets, const std::optional<Enum>& wanted) {
  size_t end = std::min(facets.find(' '), facets.size());
  bool equal = !wanted || facets.substr(0, end) == name_of(*wanted);
  facets.remove_prefix(std::min(end + 1, facets.size()));
  return equal;
}

}  // namespace

std::string facets_of(const CallRecord& call, RecordingState state, std::optional<int64_t> duration_us) {
  std::string facets;
  for (std::string_view name :
       {name_of(call.tech_result), name_of(call.direction), name_of(state), name_of(call.source)})
    facets.append(name) += ' ';
  return facets += duration_us ? class_of(*duration_us) : kNoDuration;
}

bool FacetChoice::is_any() const {
  return !tech_result && !direction && !recording_state && !source && !min_duration_us && !max_duration_us;
}

bool FacetChoice::admits(std::string_view facets) const {
  if (!fits(facets, tech_result) || !fits(facets, direction) || !fits(facets, recording_state) ||
      !fits(facets, source) || facets.size() != 1)
    return false;
  char duration = facets[0];
  if (duration == kNoDuration) return !min_duration_us && !max_duration_us;
  return (!min_duration_us || duration >= class_of(*min_duration_us)) &&
         (!max_duration_us || duration <= class_of(*max_duration_us));
}

}  // namespace ew::db
