// A CallFilter in the words of the tables.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "db/call_log.h"
#include "db/connection.h"
#include "db/facets.h"

namespace ew::db {

using Parameter = std::variant<int64_t, std::string>;

// A statement, or a piece of one, with what its question marks stand for.
struct Query {
  Sql sql = Sql("");
  std::vector<Parameter> parameters;

  void add(const Sql& more, std::vector<Parameter> values = {});
  void add(SqlLiteral more, std::vector<Parameter> values = {}) { add(Sql(more), std::move(values)); }
  void add(const Query& more) { add(more.sql, more.parameters); }
  // "?, ?, …": a list within brackets.
  void add_list(std::vector<Parameter> values);
  void bind_to(Statement& statement) const;
};

// One of a call's terms of this kind lies from `first` to `last`, both included.
struct TermRange {
  std::string kind, first, last;
};

// All of it must hold.
struct Search {
  std::string tenant;
  std::optional<int64_t> from_us, to_us;  // start_at in [from, to)
  FacetChoice facets;
  std::vector<TermRange> terms;
  Query rest;  // " AND …" over the columns of table call
};

// kLimit: more words than a search may have.
Result<Search> search_of(const CallFilter& filter);

// The days of term.day that calls between these two moments have.
std::vector<Parameter> days_of(int64_t first_us, int64_t last_us);

// Text that sorts behind everything that begins with `prefix`.
std::string end_of_prefix(std::string_view prefix);

}  // namespace ew::db
