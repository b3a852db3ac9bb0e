// The one implementation of CallLog, over whichever connection. One object is one connection: its calls take
// turns. Threads that are not to wait for each other open a call log each.
#pragma once

#include <memory>
#include <mutex>

#include "base/time.h"
#include "db/call_log.h"
#include "db/connection.h"

namespace ew::db {

class SqlCallLog : public CallLog {
 public:
  SqlCallLog(std::unique_ptr<Connection> connection, std::unique_ptr<const Clock> clock)
      : connection_(std::move(connection)), clock_(std::move(clock)) {}

  Status store(const std::vector<CallRows>& calls, const std::string& cursor_name,
               const std::string& cursor) override;
  Result<std::optional<std::string>> cursor(const std::string& name) override;
  Status clear_machine_rows() override;

  Status limit_reads(int64_t milliseconds) override;
  Result<CallPage> list(const CallFilter& filter, const std::optional<PageKey>& after, size_t limit) override;
  Result<Count> count(const CallFilter& filter) override;
  Result<std::optional<CallRows>> find(const std::string& tenant, CallId call) override;
  Result<std::vector<CallId>> find_by_prefix(const std::string& tenant,
                                             const std::string& id_prefix) override;
  Result<std::optional<CallId>> find_by_sip_call_id(const std::string& tenant, const std::string& sip_call_id,
                                                    WallTime at, int64_t window_ns) override;
  Result<std::vector<CallId>> calls_of_interaction(const std::string& tenant,
                                                   InteractionId interaction) override;
  Result<std::vector<CallId>> calls_of_capture(const std::string& tenant, const std::string& sha256) override;
  Result<std::vector<CallId>> all_calls(const std::string& tenant, const std::optional<CallId>& after,
                                        size_t limit) override;
  Result<std::vector<std::string>> tenants() override;

  Status put_capture(const CaptureRow& capture) override;
  Result<std::optional<CaptureRow>> capture(const std::string& sha256) override;

  Status dump(const std::function<void(const std::string& line)>& each) override;
  Result<std::vector<std::string>> dump_call(const std::string& tenant, CallId call) override;

 private:
  Status store_call(const CallRows& rows, int64_t now_us);
  Status move_cursor(const std::string& name, const std::string& position);
  Result<std::vector<CallRows>> read_calls(const std::string& tenant, const std::vector<CallId>& ids,
                                           bool with_events_and_parts);
  Result<std::vector<CallId>> read_ids(Statement& statement);

  std::mutex mutex_;  // guards the connection
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<const Clock> clock_;
};

}  // namespace ew::db
