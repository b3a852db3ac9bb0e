// CallTable: a list of calls for spreadsheets and other programs, as CSV (RFC 4180): UTF-8 with a byte order
// mark, without which spreadsheets take accents for something else; times as RFC 3339 in UTC; unknown is
// empty. A cell that a spreadsheet would take for a formula begins with an apostrophe: names and numbers come
// from whoever calls.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/call_log.h"

namespace ew::node {

class CallTable {
 public:
  explicit CallTable(db::CallFilter filter) : filter_(std::move(filter)) {}

  // The next lines, newest calls first: the head with the first page of calls, then page by page. Empty at
  // the end. Calls that begin meanwhile are not in it.
  Result<std::string> next(db::CallLog& log);
  uint64_t calls() const { return calls_; }  // so far

 private:
  const db::CallFilter filter_;
  std::optional<db::PageKey> after_;
  bool begun_ = false, ended_ = false;
  uint64_t calls_ = 0;
};

// One cell.
std::string csv_cell(std::string_view text);

}  // namespace ew::node
