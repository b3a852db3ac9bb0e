// Fills a call log with very many calls at once, as benches need it: for calls that are not there yet, each
// batch in one transaction, and a crash before finish() leaves nothing of use.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "db/call_log.h"
#include "db/connection.h"

namespace ew::db {

class BulkLoad {
 public:
  static Result<BulkLoad> open(const std::string& url);

  // `with_details`: also the rows of legs, recordings, streams, events and parts. What a call is found by is
  // always there.
  Status add(const std::vector<CallRows>& calls, bool with_details);
  // Copies the calls of a day (since 1970, UTC) to a later one, where the first four bytes of each call's id,
  // and of its interaction's and recordings', are the number of its day. Much faster than add().
  Status copy_day(int64_t from, int64_t to, bool with_details);
  // Leaves the database as the program works with it.
  Status finish();

 private:
  BulkLoad(std::unique_ptr<Connection> connection, std::vector<Sql> end)
      : connection_(std::move(connection)), end_(std::move(end)) {}

  std::unique_ptr<Connection> connection_;
  std::vector<Sql> end_;
};

}  // namespace ew::db
