// Finds calls without looking at more of the log than it must, however many match.
//
// The log is looked at in slices of time, the newest first, until enough is found: first the newest thousand
// calls, which is all that a search for something frequent needs, then days, ever more of them at once. In
// each slice the rarest of what is asked for leads to the calls (a term, by the index that has all terms of a
// day together, or the facets), and the rest is asked of each call.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "db/filter.h"

namespace ew::db {

// One search, within a transaction of the connection.
class CallSearch {
 public:
  CallSearch(Connection& connection, Search search) : connection_(connection), search_(std::move(search)) {}

  // The first calls of the order that begins behind `after`.
  Result<std::vector<CallId>> newest(const std::optional<PageKey>& after, size_t limit);
  // How many there are; it stops at the limit.
  Result<uint64_t> count(uint64_t limit);

 private:
  struct Slice {
    int64_t from_us, to_us;
    bool is_first;
  };
  // What leads to the calls of a slice.
  struct Lead {
    enum { kTime, kFacets, kTerm } by = kTime;
    size_t term = 0;
  };
  // False: enough is found.
  using EachSlice = std::function<Result<bool>(const Slice&)>;

  bool has_no_terms() const { return search_.terms.empty(); }
  bool has_facets() const { return !search_.facets.is_any(); }

  // Reads which facets fit. False: none does.
  Result<bool> choose_facets();
  Status each_slice(int64_t from_us, int64_t to_us, const EachSlice& each);
  // start_at of the call with `before` newer ones in the range.
  Result<std::optional<int64_t>> start_of(int64_t from_us, int64_t to_us, int64_t before);
  Result<Lead> lead_of(const Slice& slice);
  Result<int64_t> counted(Query inner, int64_t limit);

  // The terms in the days of a slice: `from`, then their condition.
  Query term_rows(const TermRange& term, const Slice& slice, SqlLiteral from) const;
  // " FROM … WHERE … AND ": each of the facets leads to its calls, by their index.
  Query calls_with_facets() const;
  Query in_slice(const Slice& slice) const;
  // "SELECT … FROM … WHERE …", the calls of a slice.
  Query matches(const Slice& slice, const Lead& lead, SqlLiteral columns) const;

  Connection& connection_;
  Search search_;
  std::vector<Parameter> facets_;
};

}  // namespace ew::db
