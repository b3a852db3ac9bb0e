#include "db/call_search.h"

#include <algorithm>
#include <limits>

#include "db/rows.h"

namespace ew::db {
namespace {

constexpr int64_t kFirstSliceCalls = 1'000;
constexpr int64_t kMaxSliceDays = 64;
// More rows than this are not counted to find out what is rarest.
constexpr int64_t kCompared = 20'000;

Result<std::optional<int64_t>> one_number(Connection& connection, const Query& query) {
  auto statement = TRY(connection.prepare(query.sql));
  query.bind_to(*statement);
  std::optional<int64_t> number;
  if (TRY(statement->next()) && !statement->is_null(0)) number = statement->integer(0);
  statement->reset();
  return number;
}

int64_t begin_of_day(int64_t us) { return us - ((us % kUsPerDay) + kUsPerDay) % kUsPerDay; }

}  // namespace

Result<std::vector<CallId>> CallSearch::newest(const std::optional<PageKey>& after, size_t limit) {
  std::vector<CallId> ids;
  auto look = [&](const Slice& slice) -> Result<bool> {
    Lead lead = TRY(lead_of(slice));
    Query query = matches(slice, lead, "call.start_at, call.call_id");
    // Said so that it tempts no planner away from the index that leads; the slice ends there already.
    if (after)
      query.add(" AND NOT (call.start_at = ? AND call.call_id >= ?)",
                {after->start_at.us(), after->call_id.text()});
    // PostgreSQL would rather walk the whole slice in the order of time than sort the few calls of rare
    // facets; an expression has no index.
    query.add(lead.by == Lead::kFacets ? Sql(" ORDER BY call.start_at + 0 DESC, call.call_id DESC LIMIT ?")
                                       : Sql(" ORDER BY call.start_at DESC, call.call_id DESC LIMIT ?"),
              {static_cast<int64_t>(limit - ids.size())});
    auto statement = TRY(connection_.prepare(query.sql));
    query.bind_to(*statement);
    while (TRY(statement->next())) {
      auto id = CallId::parse(statement->text(1));
      if (!id) return Error(ErrorCode::kCorrupt, "the call log holds no valid call_id");
      ids.push_back(*id);
    }
    return ids.size() < limit;
  };
  int64_t to_us = search_.to_us.value_or(std::numeric_limits<int64_t>::max());
  if (after) to_us = std::min(to_us, after->start_at.us() + 1);
  if (TRY(choose_facets()))
    TRY(each_slice(search_.from_us.value_or(std::numeric_limits<int64_t>::min()), to_us, look));
  return ids;
}

Result<uint64_t> CallSearch::count(uint64_t limit) {
  uint64_t count = 0;
  auto look = [&](const Slice& slice) -> Result<bool> {
    Query query = matches(slice, TRY(lead_of(slice)), "call.start_at, call.call_id");
    count += static_cast<uint64_t>(TRY(counted(std::move(query), static_cast<int64_t>(limit - count))));
    return count < limit;
  };
  int64_t from_us = search_.from_us.value_or(std::numeric_limits<int64_t>::min());
  int64_t to_us = search_.to_us.value_or(std::numeric_limits<int64_t>::max());
  if (!TRY(choose_facets())) return count;
  if (has_no_terms()) {
    TRY(look({from_us, to_us, !has_facets()}));
  } else {
    TRY(each_slice(from_us, to_us, look));
  }
  return count;
}

Result<bool> CallSearch::choose_facets() {
  if (!has_facets()) return true;
  // From one to the next in the index: it has as many steps as there are different facets.
  std::string first =
      search_.facets.tech_result ? std::string(name_of(*search_.facets.tech_result)) + " " : std::string();
  std::string last = end_of_prefix(first);
  Query query;
  query.add(
      "WITH RECURSIVE known (facets) AS (SELECT min(facets) FROM call WHERE tenant_id = ? AND facets >= ? "
      "AND facets <= ? UNION ALL SELECT (SELECT min(call.facets) FROM call WHERE tenant_id = ? AND "
      "call.facets > known.facets AND call.facets <= ?) FROM known WHERE known.facets IS NOT NULL) SELECT "
      "facets FROM known WHERE facets IS NOT NULL",
      {search_.tenant, first, last, search_.tenant, last});
  auto statement = TRY(connection_.prepare(query.sql));
  query.bind_to(*statement);
  facets_.clear();
  while (TRY(statement->next()))
    if (search_.facets.admits(statement->text(0))) facets_.emplace_back(std::string(statement->text(0)));
  return !facets_.empty();
}

Status CallSearch::each_slice(int64_t from_us, int64_t to_us, const EachSlice& each) {
  bool is_plain = has_no_terms() && !has_facets() && search_.rest.parameters.empty();
  std::optional<int64_t> first;
  if (!is_plain) first = TRY(start_of(from_us, to_us, kFirstSliceCalls));
  bool more = TRY(each({first.value_or(from_us), to_us, true}));
  if (!first) return {};
  to_us = *first;
  for (int64_t days = 1; more; days = std::min(days * 2, kMaxSliceDays)) {
    auto newest = TRY(start_of(from_us, to_us, 0));
    if (!newest) break;
    int64_t begin_us = std::max(from_us, begin_of_day(*newest) - (days - 1) * kUsPerDay);
    more = TRY(each({begin_us, *newest + 1, false}));
    to_us = begin_us;
  }
  return {};
}

Result<std::optional<int64_t>> CallSearch::start_of(int64_t from_us, int64_t to_us, int64_t before) {
  Query query;
  query.add(
      "SELECT start_at FROM call WHERE tenant_id = ? AND start_at >= ? AND start_at < ? ORDER BY start_at "
      "DESC, call_id DESC LIMIT 1 OFFSET ?",
      {search_.tenant, from_us, to_us, before});
  return one_number(connection_, query);
}

Result<CallSearch::Lead> CallSearch::lead_of(const Slice& slice) {
  if (slice.is_first) return Lead{};
  Lead lead{has_facets() ? Lead::kFacets : Lead::kTime, 0};
  if (has_no_terms()) return lead;
  if (search_.terms.size() == 1 && !has_facets()) return Lead{Lead::kTerm, 0};
  int64_t least = kCompared;
  if (has_facets()) {
    Query calls{.sql = Sql("SELECT 1"), .parameters = {}};
    calls.add(calls_with_facets());
    calls.add(in_slice(slice));
    least = TRY(counted(std::move(calls), kCompared));
  }
  for (size_t i = 0; i < search_.terms.size(); ++i) {
    Query rows{.sql = Sql("SELECT 1"), .parameters = {}};
    rows.add(term_rows(search_.terms[i], slice, " FROM term"));
    int64_t count = TRY(counted(std::move(rows), least));
    if (count >= least) continue;
    least = count;
    lead = {Lead::kTerm, i};
  }
  return lead;
}

Result<int64_t> CallSearch::counted(Query inner, int64_t limit) {
  Query query{.sql = Sql("SELECT count(*) FROM ("), .parameters = {}};
  query.add(inner);
  query.add(" LIMIT ?) AS found", {limit});
  return TRY(one_number(connection_, query)).value_or(0);
}

Query CallSearch::term_rows(const TermRange& term, const Slice& slice, SqlLiteral from) const {
  Query query{.sql = Sql(from), .parameters = {}};
  query.add(" WHERE term.tenant_id = ? AND term.kind = ? AND term.day IN (", {search_.tenant, term.kind});
  query.add_list(days_of(slice.from_us, slice.to_us - 1));
  query.add(") AND term.term >= ? AND term.term <= ?", {term.first, term.last});
  return query;
}

Query CallSearch::calls_with_facets() const {
  Query query{.sql = Sql(" FROM (VALUES "), .parameters = {}};
  for (size_t i = 0; i < facets_.size(); ++i) query.add(i == 0 ? Sql("(?)") : Sql(", (?)"), {facets_[i]});
  query.add(") AS wanted CROSS JOIN call WHERE call.facets = wanted.column1 AND ");
  return query;
}

Query CallSearch::in_slice(const Slice& slice) const {
  Query query;
  query.add("call.tenant_id = ? AND call.start_at >= ? AND call.start_at < ?",
            {search_.tenant, slice.from_us, slice.to_us});
  return query;
}

// SQLite takes the tables of a CROSS JOIN in their order, so what leads stands first.
Query CallSearch::matches(const Slice& slice, const Lead& lead, SqlLiteral columns) const {
  Query query{.sql = Sql("SELECT "), .parameters = {}};
  switch (lead.by) {
    case Lead::kTerm:  // several of a call's terms may begin with what was asked for
      query.add("DISTINCT ");
      query.add(columns);
      query.add(term_rows(search_.terms[lead.term], slice, " FROM term CROSS JOIN call"));
      query.add(" AND call.call_id = term.call_id AND ");
      break;
    case Lead::kFacets:
      query.add(columns);
      query.add(calls_with_facets());
      break;
    case Lead::kTime:
      query.add(columns);
      query.add(" FROM call WHERE ");
      break;
  }
  query.add(in_slice(slice));
  if (has_facets() && lead.by != Lead::kFacets) {
    query.add(" AND call.facets IN (");
    query.add_list(facets_);
    query.add(")");
  }
  query.add(search_.rest);
  for (size_t i = 0; i < search_.terms.size(); ++i) {
    if (lead.by == Lead::kTerm && lead.term == i) continue;
    const TermRange& term = search_.terms[i];
    query.add(
        " AND EXISTS (SELECT 1 FROM term AS other WHERE other.tenant_id = ? AND other.call_id = call.call_id "
        "AND other.kind = ? AND other.term >= ? AND other.term <= ?)",
        {search_.tenant, term.kind, term.first, term.last});
  }
  return query;
}

}  // namespace ew::db
