#include "db/filter.h"

#include <algorithm>
#include <cmath>

#include "db/fold.h"
#include "db/phone.h"
#include "db/row_visitors.h"

namespace ew::db {
namespace {

constexpr size_t kWordsPerSearch = 16;

class ConditionBuilder {
 public:
  explicit ConditionBuilder(const std::string& tenant)
      : tenant_(tenant), made_{Sql("tenant_id = ?"), {tenant}} {}

  Condition take() { return std::move(made_); }

  void add(SqlLiteral sql, std::variant<int64_t, std::string> parameter) {
    made_.sql += " AND ";
    made_.sql += sql;
    made_.parameters.push_back(std::move(parameter));
  }
  template <typename Enum>
  void name(SqlLiteral sql, const std::optional<Enum>& value) {
    if (value) add(sql, std::string(name_of(*value)));
  }
  void time(SqlLiteral sql, const std::optional<WallTime>& value) {
    if (value) add(sql, value->us());
  }
  void duration(SqlLiteral sql, const std::optional<double>& seconds) {
    constexpr double kMaxSec = 1e9;  // thirty years
    if (seconds && !std::isnan(*seconds))
      add(sql, std::llround(std::clamp(*seconds, -kMaxSec, kMaxSec) * 1e6));
  }
  void either_name(const std::string& pattern) {
    made_.sql += " AND (caller_name_folded LIKE ? ESCAPE '!' OR called_name_folded LIKE ? ESCAPE '!')";
    made_.parameters.emplace_back(pattern);
    made_.parameters.emplace_back(pattern);
  }
  void term_is(SqlLiteral kind, const std::string& term) {
    begin_term(kind);
    made_.sql += " AND term = ?)";
    made_.parameters.emplace_back(term);
  }
  void term_begins(SqlLiteral kind, const std::string& prefix) {
    begin_term(kind);
    made_.sql += " AND term >= ? AND term < ?)";
    made_.parameters.emplace_back(prefix);
    made_.parameters.emplace_back(end_of_prefix(prefix));
  }

 private:
  void begin_term(SqlLiteral kind) {
    made_.sql += " AND call_id IN (SELECT call_id FROM term WHERE tenant_id = ? AND kind = ";
    made_.sql += kind;
    made_.parameters.emplace_back(tenant_);
  }

  std::string tenant_;
  Condition made_;
};

// A pattern of LIKE that finds the text anywhere; "!" takes the meaning from the signs that have one.
std::string pattern_of(std::string_view text) {
  std::string pattern = "%";
  for (char c : text) {
    if (c == '%' || c == '_' || c == '!') pattern += '!';
    pattern += c;
  }
  return pattern + "%";
}

}  // namespace

void Condition::bind_to(Statement& statement) const {
  for (const auto& parameter : parameters) {
    if (const auto* number = std::get_if<int64_t>(&parameter)) {
      statement.bind(*number);
    } else {
      statement.bind(std::string_view(std::get<std::string>(parameter)));
    }
  }
}

std::string end_of_prefix(std::string_view prefix) { return std::string(prefix) + "\xf4\x8f\xbf\xbf"; }

Result<Condition> condition_of(const CallFilter& filter) {
  ConditionBuilder builder(stored_text(filter.tenant));
  builder.time("start_at >= ?", filter.from);
  builder.time("start_at < ?", filter.to);
  builder.name("tech_result = ?", filter.tech_result);
  builder.name("direction = ?", filter.direction);
  builder.name("recording_state = ?", filter.recording_state);
  builder.name("source = ?", filter.source);
  builder.duration("duration_us >= ?", filter.min_duration_sec);
  builder.duration("duration_us <= ?", filter.max_duration_sec);
  if (filter.name && !filter.name->empty()) builder.either_name(pattern_of(fold(stored_text(*filter.name))));
  if (filter.sip_call_id) builder.term_is("'sip_call_id'", stored_text(*filter.sip_call_id));
  if (filter.codec) builder.term_is("'codec'", fold(stored_text(*filter.codec)));
  if (filter.number) {
    std::string key = number_key(stored_text(*filter.number));
    if (!key.empty()) builder.term_begins("'number'", key);
  }
  size_t words = 0;
  for (const std::string& text : filter.words) {
    for (const std::string& word : words_of(fold(stored_text(text)))) {
      if (++words > kWordsPerSearch) return Error(ErrorCode::kLimit, "a search has at most 16 words");
      builder.term_begins("'word'", word);
    }
  }
  return builder.take();
}

}  // namespace ew::db
