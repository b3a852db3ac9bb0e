#include "db/filter.h"

#include <algorithm>
#include <cmath>

#include "db/fold.h"
#include "db/phone.h"
#include "db/row_visitors.h"

namespace ew::db {
namespace {

constexpr size_t kWordsPerSearch = 16;

std::optional<int64_t> us_of(const std::optional<WallTime>& time) {
  return time ? std::optional(time->us()) : std::nullopt;
}

std::optional<int64_t> duration_us_of(const std::optional<double>& seconds) {
  constexpr double kMaxSec = 1e9;  // thirty years
  if (!seconds || std::isnan(*seconds)) return std::nullopt;
  return std::llround(std::clamp(*seconds, -kMaxSec, kMaxSec) * 1e6);
}

// A pattern of LIKE that finds the text anywhere; "!" takes the meaning from the signs that have one.
std::string pattern_of(std::string_view text) {
  std::string pattern = "%";
  for (char c : text) {
    if (c == '%' || c == '_' || c == '!') pattern += '!';
    pattern += c;
  }
  return pattern + "%";
}

Status add_words(Search& search, const std::string& text, size_t& count) {
  for (const std::string& word : words_of(fold(stored_text(text)))) {
    if (++count > kWordsPerSearch) return Error(ErrorCode::kLimit, "a search has at most 16 words");
    search.terms.push_back({"word", word, end_of_prefix(word)});
  }
  return {};
}

void add_exact(Search& search, const char* kind, const std::string& term) {
  search.terms.push_back({kind, term, term});
}

}  // namespace

void Query::add(const Sql& more, std::vector<Parameter> values) {
  sql += more;
  std::move(values.begin(), values.end(), std::back_inserter(parameters));
}

void Query::add_list(std::vector<Parameter> values) {
  Sql list = Sql::parameters(values.size());
  add(list, std::move(values));
}

void Query::bind_to(Statement& statement) const {
  for (const Parameter& parameter : parameters) {
    if (const auto* number = std::get_if<int64_t>(&parameter)) {
      statement.bind(*number);
    } else {
      statement.bind(std::string_view(std::get<std::string>(parameter)));
    }
  }
}

std::vector<Parameter> days_of(int64_t first_us, int64_t last_us) {
  std::vector<Parameter> days;
  for (int64_t day = day_of(first_us); day <= day_of(last_us); ++day) days.emplace_back(day);
  return days;
}

std::string end_of_prefix(std::string_view prefix) { return std::string(prefix) + "\xf4\x8f\xbf\xbf"; }

Result<Search> search_of(const CallFilter& filter) {
  Search search;
  search.tenant = stored_text(filter.tenant);
  search.from_us = us_of(filter.from);
  search.to_us = us_of(filter.to);
  search.facets = {filter.tech_result,
                   filter.direction,
                   filter.recording_state,
                   filter.source,
                   duration_us_of(filter.min_duration_sec),
                   duration_us_of(filter.max_duration_sec)};
  if (auto least = search.facets.min_duration_us) search.rest.add(" AND duration_us >= ?", {*least});
  if (auto most = search.facets.max_duration_us) search.rest.add(" AND duration_us <= ?", {*most});
  if (filter.sip_call_id) add_exact(search, "sip_call_id", stored_text(*filter.sip_call_id));
  if (filter.external_id) add_exact(search, "external_id", stored_text(*filter.external_id));
  if (filter.codec) add_exact(search, "codec", fold(stored_text(*filter.codec)));
  if (filter.number) {
    std::string key = number_key(stored_text(*filter.number));
    if (!key.empty()) search.terms.push_back({"number", key, end_of_prefix(key)});
  }
  size_t words = 0;
  for (const std::string& text : filter.words) TRY(add_words(search, text, words));
  if (filter.name && !filter.name->empty()) {
    // Its words lead to the calls, the columns tell whether it is a name that has them.
    TRY(add_words(search, *filter.name, words));
    std::string pattern = pattern_of(fold(stored_text(*filter.name)));
    search.rest.add(" AND (caller_name_folded LIKE ? ESCAPE '!' OR called_name_folded LIKE ? ESCAPE '!')",
                    {pattern, pattern});
  }
  return search;
}

}  // namespace ew::db
