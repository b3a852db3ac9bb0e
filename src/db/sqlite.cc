#include "db/sqlite.h"

#include <sqlite3.h>

#include <chrono>
#include <optional>

#include "db/dialect.h"

namespace ew::db {
namespace {

// Another process's transaction is waited for this long.
constexpr int kBusyTimeoutMs = 10'000;
// Steps of SQLite's machine between two looks at the clock: some 0.1 ms.
constexpr int kStepsPerLook = 5'000;

Error error_of(sqlite3* handle, std::string_view doing) {
  int code = handle ? sqlite3_extended_errcode(handle) : SQLITE_NOMEM;
  ErrorCode kind = ErrorCode::kIo;
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      kind = ErrorCode::kBusy;
      break;
    case SQLITE_FULL:
      kind = ErrorCode::kNoSpace;
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      kind = ErrorCode::kCorrupt;
      break;
    case SQLITE_CONSTRAINT:
      kind = ErrorCode::kExists;
      break;
    case SQLITE_INTERRUPT:
      kind = ErrorCode::kLimit;
      break;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
      kind = ErrorCode::kInternal;
      break;
    default:
      break;
  }
  return Error(kind, std::string(doing) + ": " + (handle ? sqlite3_errmsg(handle) : "out of memory"));
}

struct CloseHandle {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

class SqliteStatement : public Statement {
 public:
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

  void bind_null() override { check(sqlite3_bind_null(statement_.get(), ++bound_)); }
  void bind(int64_t value) override { check(sqlite3_bind_int64(statement_.get(), ++bound_, value)); }
  void bind(double value) override { check(sqlite3_bind_double(statement_.get(), ++bound_, value)); }
  void bind(std::string_view text) override {
    check(sqlite3_bind_text64(statement_.get(), ++bound_, text.data() ? text.data() : "", text.size(),
                              SQLITE_TRANSIENT, SQLITE_UTF8));
  }

  Status execute() override {
    while (TRY(next())) {
    }
    return {};
  }

  Result<bool> next() override {
    int code = bind_failed_ ? SQLITE_NOMEM : sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
      reset();
      return false;
    }
    Error error = error_of(sqlite3_db_handle(statement_.get()), "SQLite");
    reset();
    return error;
  }

  void reset() override {
    sqlite3_reset(statement_.get());
    bound_ = 0;
    bind_failed_ = false;
  }

  bool is_null(int column) const override {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
  }
  int64_t integer(int column) const override { return sqlite3_column_int64(statement_.get(), column); }
  double real(int column) const override { return sqlite3_column_double(statement_.get(), column); }
  std::string_view text(int column) const override {
    auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    return bytes
               ? std::string_view(bytes, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column)))
               : std::string_view();
  }

 private:
  // A parameter too many is a fault of ours; anything else is memory or size.
  void check(int code) {
    EW_CHECK(code != SQLITE_RANGE && code != SQLITE_MISUSE);
    if (code != SQLITE_OK) bind_failed_ = true;
  }

  std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement_;
  int bound_ = 0;
  bool bind_failed_ = false;
};

class SqliteConnection : public Connection {
 public:
  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}
  ~SqliteConnection() override { forget_prepared(); }

  Status configure() {
    sqlite3_busy_timeout(handle_.get(), kBusyTimeoutMs);
    for (SqlLiteral pragma :
         {SqlLiteral("PRAGMA journal_mode = WAL"), SqlLiteral("PRAGMA synchronous = FULL"),
          SqlLiteral("PRAGMA trusted_schema = OFF"), SqlLiteral("PRAGMA cell_size_check = ON"),
          SqlLiteral("PRAGMA cache_size = -32000"), SqlLiteral("PRAGMA temp_store = MEMORY")}) {
      TRY(execute(pragma));
    }
    return {};
  }

  using Connection::execute;
  Result<std::unique_ptr<Statement>> prepare(const Sql& sql) override {
    std::string text = render(sql, Dialect::kSqlite);
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(handle_.get(), text.data(), static_cast<int>(text.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr))
      return error_of(handle_.get(), "SQLite");
    return std::unique_ptr<Statement>(std::make_unique<SqliteStatement>(statement));
  }

  Status limit_reads(int64_t milliseconds) override {
    limit_ = std::chrono::milliseconds(milliseconds);
    sqlite3_progress_handler(handle_.get(), kStepsPerLook, is_over, this);
    return {};
  }

  Status begin_read() override {
    ends_ = limit_ ? std::optional(Steady::now() + *limit_) : std::nullopt;
    return run("BEGIN DEFERRED");
  }
  Status begin_write() override { return run("BEGIN IMMEDIATE"); }
  Status begin_exclusive() override { return run("BEGIN IMMEDIATE"); }
  Status commit() override {
    ends_.reset();
    Status done = run("COMMIT");
    if (!done.ok()) rollback();
    return done;
  }
  void rollback() override {
    ends_.reset();
    // Some failures have rolled back already.
    if (!sqlite3_get_autocommit(handle_.get())) (void)run("ROLLBACK");
  }

 private:
  using Steady = std::chrono::steady_clock;

  Status run(SqlLiteral sql) { return TRY(prepared(sql))->execute(); }
  static int is_over(void* connection) {
    const auto& ends = static_cast<SqliteConnection*>(connection)->ends_;
    return ends && Steady::now() > *ends;
  }

  std::unique_ptr<sqlite3, CloseHandle> handle_;
  std::optional<std::chrono::milliseconds> limit_;  // of read transactions
  std::optional<Steady::time_point> ends_;          // the one that runs
};

}  // namespace

Result<std::unique_ptr<Connection>> open_sqlite(const std::string& path) {
  sqlite3* handle = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &handle,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  auto connection = std::make_unique<SqliteConnection>(handle);
  if (code != SQLITE_OK) return error_of(handle, "open " + path);
  auto configured = connection->configure();
  if (!configured.ok()) return std::move(configured).error().within("open " + path);
  return std::unique_ptr<Connection>(std::move(connection));
}

}  // namespace ew::db
