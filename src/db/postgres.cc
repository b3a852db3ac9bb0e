#include "db/postgres.h"

#include <libpq-fe.h>

#include <charconv>
#include <chrono>
#include <vector>

#include "base/text.h"
#include "db/dialect.h"

namespace ew::db {
namespace {

// Statements of a transaction are sent without waiting for each answer; after this many the answers are
// taken, so that neither side keeps more of them in memory.
constexpr int kPipelineMax = 1'000;
// Migrations of two processes come one after the other: the key of an advisory lock, "ewmigrat".
constexpr SqlLiteral kMigrationLock = "SELECT pg_advisory_xact_lock(7311424822412960116)";

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;
struct FinishConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

bool succeeded(const PGresult* result) {
  auto status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

class PostgresConnection;

class PostgresStatement : public Statement {
 public:
  PostgresStatement(PostgresConnection& connection, std::string sql)
      : connection_(connection), sql_(std::move(sql)) {}

  void bind_null() override { parameters_.emplace_back(); }
  void bind(int64_t value) override { bind_number(value); }
  void bind(double value) override { bind_number(value); }
  void bind(std::string_view text) override { parameters_.emplace_back(text); }
  Status execute() override;
  Result<bool> next() override;
  void reset() override {
    parameters_.clear();
    result_.reset();
  }

  bool is_null(int column) const override { return PQgetisnull(result_.get(), row_, column); }
  int64_t integer(int column) const override {
    int64_t value = 0;
    std::string_view digits = text(column);
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }
  double real(int column) const override {
    double value = 0;
    std::string_view digits = text(column);
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }
  std::string_view text(int column) const override {
    return {PQgetvalue(result_.get(), row_, column),
            static_cast<size_t>(PQgetlength(result_.get(), row_, column))};
  }

 private:
  void bind_number(auto value) {
    char digits[32];
    parameters_.emplace_back(std::string(digits, std::to_chars(digits, digits + sizeof digits, value).ptr));
  }
  std::vector<const char*> values() const {
    std::vector<const char*> pointers;
    for (const auto& parameter : parameters_) pointers.push_back(parameter ? parameter->c_str() : nullptr);
    return pointers;
  }
  bool to_prepare();
  bool send();   // within a pipeline
  Status run();  // and wait for the answer

  PostgresConnection& connection_;
  std::string sql_;
  std::string name_;         // the server's, once it is prepared
  uint64_t generation_ = 0;  // of the connection when it was
  bool used_ = false;
  std::vector<std::optional<std::string>> parameters_;
  ResultPtr result_;
  int row_ = 0;
};

class PostgresConnection : public Connection {
 public:
  explicit PostgresConnection(std::string password) : password_(std::move(password)) {}
  ~PostgresConnection() override { forget_prepared(); }

  Status connect(const std::string& url) {
    connection_.reset(PQconnectdb(url.c_str()));
    if (PQstatus(connection_.get()) != CONNECTION_OK) return error("connect to PostgreSQL");
    return configure();
  }

  using Connection::execute;
  Result<std::unique_ptr<Statement>> prepare(const Sql& sql) override {
    return std::unique_ptr<Statement>(
        std::make_unique<PostgresStatement>(*this, render(sql, Dialect::kPostgres)));
  }

  Status limit_reads(int64_t milliseconds) override {
    limit_ms_ = milliseconds;
    return set_limit();
  }

  Status begin_read() override {
    if (limit_ms_ > 0) ends_ = Steady::now() + std::chrono::milliseconds(limit_ms_);
    return begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  }
  Status begin_write() override { return begin("BEGIN"); }
  Status begin_exclusive() override {
    TRY(begin("BEGIN"));
    return run(kMigrationLock);
  }
  Status commit() override {
    ends_.reset();
    Status done = leave_pipeline();
    if (done.ok()) done = run("COMMIT");
    if (!done.ok()) rollback();
    return done;
  }
  void rollback() override {
    ends_.reset();
    (void)leave_pipeline();
    if (PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) (void)run("ROLLBACK");
  }

  PGconn* get() { return connection_.get(); }
  uint64_t generation() const { return generation_; }
  std::string new_name() { return "ew" + std::to_string(++names_); }
  Error error(std::string_view doing) const {
    return error_of(PQerrorMessage(connection_.get()), nullptr, doing);
  }

  Status check(const PGresult* result) {
    if (succeeded(result)) return {};
    return error_of(result ? PQresultErrorMessage(result) : PQerrorMessage(connection_.get()),
                    result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr, "PostgreSQL");
  }

  // The server ends a statement that takes as long as a whole transaction may. Once a sixteenth of that is
  // over, the next statement is given what is left.
  Status limit_statement() {
    if (!ends_) return {};
    auto left = std::chrono::ceil<std::chrono::milliseconds>(*ends_ - Steady::now()).count();
    if (left <= 0) return Error(ErrorCode::kLimit, "PostgreSQL: the time for reading is over");
    return left > limit_ms_ - limit_ms_ / 16 ? Status() : set_timeout(left, true);
  }

  // Answers that are still to come, so that the statements before are known to be done or to have failed.
  Status leave_pipeline() {
    if (PQpipelineStatus(connection_.get()) == PQ_PIPELINE_OFF) return {};
    Status first = drain();
    PQexitPipelineMode(connection_.get());
    return first;
  }
  Status enter_pipeline() {
    if (PQpipelineStatus(connection_.get()) != PQ_PIPELINE_OFF) return {};
    if (!PQenterPipelineMode(connection_.get())) return error("PostgreSQL");
    return {};
  }
  Status sent() { return ++pending_ >= kPipelineMax ? drain() : Status(); }

 private:
  using Steady = std::chrono::steady_clock;

  Error error_of(std::string message, const char* state, std::string_view doing) const {
    for (size_t at; !password_.empty() && (at = message.find(password_)) != std::string::npos;)
      message.replace(at, password_.size(), "…");
    std::string_view code = state ? state : "08000";
    ErrorCode kind = code == "57014" ? ErrorCode::kLimit  // statement_timeout
                     : code.starts_with("08") || code.starts_with("57") ? ErrorCode::kIo
                     : code.starts_with("23")                           ? ErrorCode::kExists
                     : code.starts_with("40") || code == "55P03"        ? ErrorCode::kBusy
                     : code.starts_with("53")                           ? ErrorCode::kNoSpace
                     : code.starts_with("28") || code == "42501"        ? ErrorCode::kDenied
                                                                        : ErrorCode::kInternal;
    return Error(kind, std::string(doing) + ": " + std::string(trim(message)));
  }

  Status configure() {
    ++generation_;
    if (PQsetClientEncoding(connection_.get(), "UTF8") != 0) return error("PostgreSQL");
    // Notices of IF NOT EXISTS belong in no one's terminal.
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    return set_limit();
  }

  Status set_limit() { return limit_ms_ == 0 ? Status() : set_timeout(limit_ms_, false); }
  Status set_timeout(int64_t milliseconds, bool in_transaction) {
    std::string limit = std::to_string(milliseconds);
    const char* values[] = {limit.c_str(), in_transaction ? "true" : "false"};
    return check(
        ResultPtr(PQexecParams(connection_.get(), "SELECT set_config('statement_timeout', $1, $2::boolean)",
                               2, nullptr, values, nullptr, nullptr, 0))
            .get());
  }

  Status run(SqlLiteral sql) {
    return check(ResultPtr(PQexec(connection_.get(), std::string(sql.text()).c_str())).get());
  }

  // The server may have gone since the last transaction; one that has not begun can be begun again.
  Status begin(SqlLiteral sql) {
    Status begun = run(sql);
    if (begun.ok() || PQstatus(connection_.get()) == CONNECTION_OK) return begun;
    PQreset(connection_.get());
    if (PQstatus(connection_.get()) != CONNECTION_OK) return error("connect to PostgreSQL");
    TRY(configure());
    return run(sql);
  }

  Status drain() {
    pending_ = 0;
    if (!PQpipelineSync(connection_.get())) return error("PostgreSQL");
    Status first;
    for (;;) {
      ResultPtr result(PQgetResult(connection_.get()));
      if (!result) {
        // The end of one statement's answers; a lost connection gives nothing else for ever.
        if (PQstatus(connection_.get()) != CONNECTION_OK)
          return first.ok() ? Status(error("PostgreSQL")) : std::move(first);
        continue;
      }
      if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) break;
      if (first.ok() && !succeeded(result.get())) first = check(result.get());
    }
    // What was to be prepared behind the failure is not.
    if (!first.ok()) ++generation_;
    return first;
  }

  std::unique_ptr<PGconn, FinishConnection> connection_;
  std::string password_;
  uint64_t generation_ = 0, names_ = 0;
  int64_t limit_ms_ = 0;                    // of reading transactions; 0: none
  std::optional<Steady::time_point> ends_;  // the one that runs
  int pending_ = 0;
};

// A statement that is used again is prepared at its second use.
bool PostgresStatement::to_prepare() {
  if (!std::exchange(used_, true)) return false;
  if (!name_.empty() && generation_ == connection_.generation()) return false;
  name_ = connection_.new_name();
  generation_ = connection_.generation();
  return true;
}

bool PostgresStatement::send() {
  auto pointers = values();
  int count = static_cast<int>(pointers.size());
  PGconn* connection = connection_.get();
  if (to_prepare() && !PQsendPrepare(connection, name_.c_str(), sql_.c_str(), count, nullptr)) return false;
  return name_.empty()
             ? PQsendQueryParams(connection, sql_.c_str(), count, nullptr, pointers.data(), nullptr, nullptr,
                                 0)
             : PQsendQueryPrepared(connection, name_.c_str(), count, pointers.data(), nullptr, nullptr, 0);
}

Status PostgresStatement::run() {
  TRY(connection_.limit_statement());
  auto pointers = values();
  int count = static_cast<int>(pointers.size());
  PGconn* connection = connection_.get();
  if (to_prepare()) {
    ResultPtr prepared(PQprepare(connection, name_.c_str(), sql_.c_str(), count, nullptr));
    if (!succeeded(prepared.get())) name_.clear();
    TRY(connection_.check(prepared.get()));
  }
  result_.reset(
      name_.empty()
          ? PQexecParams(connection, sql_.c_str(), count, nullptr, pointers.data(), nullptr, nullptr, 0)
          : PQexecPrepared(connection, name_.c_str(), count, pointers.data(), nullptr, nullptr, 0));
  row_ = -1;
  return connection_.check(result_.get());
}

Status PostgresStatement::execute() {
  // Outside a transaction there is nothing to gather.
  if (PQtransactionStatus(connection_.get()) == PQTRANS_IDLE &&
      PQpipelineStatus(connection_.get()) == PQ_PIPELINE_OFF) {
    while (TRY(next())) {
    }
    return {};
  }
  TRY(connection_.enter_pipeline());
  bool sent = send();
  reset();
  if (!sent) return connection_.error("PostgreSQL");
  return connection_.sent();
}

Result<bool> PostgresStatement::next() {
  if (!result_) {
    TRY(connection_.leave_pipeline());
    Status done = run();
    if (!done.ok()) {
      reset();
      return std::move(done).error();
    }
  }
  if (++row_ < PQntuples(result_.get())) return true;
  reset();
  return false;
}

}  // namespace

Result<std::unique_ptr<Connection>> open_postgres(const std::string& url) {
  // libpq's own words for a malformed URL would repeat it, with its password.
  std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(url.c_str(), nullptr));
  if (!options) return Error(ErrorCode::kUsage, "the URL of the PostgreSQL database is malformed");
  std::string password;
  for (auto* option = options.get(); option->keyword; ++option)
    if (std::string_view(option->keyword) == "password" && option->val) password = option->val;
  auto connection = std::make_unique<PostgresConnection>(password);
  TRY(connection->connect(url));
  return std::unique_ptr<Connection>(std::move(connection));
}

}  // namespace ew::db
