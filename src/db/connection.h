// A connection to a database and its statements: what SQLite and PostgreSQL have in common. A connection
// serves one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "db/sql.h"

namespace ew::db {

// Parameters are bound in order; then either execute(), or next() for each row. Both begin anew afterwards.
class Statement {
 public:
  virtual ~Statement() = default;

  virtual void bind_null() = 0;
  virtual void bind(int64_t value) = 0;
  virtual void bind(double value) = 0;
  virtual void bind(std::string_view text) = 0;  // valid UTF-8 without NUL; copied

  // Runs it; rows are of no interest. Inside a transaction PostgreSQL may tell of a failure as late as
  // commit().
  virtual Status execute() = 0;
  // Runs it at the first call. False: there are no more rows.
  virtual Result<bool> next() = 0;
  // Forgets parameters and rows not taken.
  virtual void reset() = 0;

  // Of the row that next() reached. Text lives until the next call of next(), execute() or reset().
  virtual bool is_null(int column) const = 0;
  virtual int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
};

class Connection {
 public:
  virtual ~Connection() = default;

  virtual Result<std::unique_ptr<Statement>> prepare(const Sql& sql) = 0;
  // Prepared once and kept: for texts whose number is bounded. Valid until the connection ends.
  Result<Statement*> prepared(const Sql& sql);
  Status execute(const Sql& sql);

  // From now on whatever a transaction that only reads asks ends after so long, with kLimit.
  virtual Status limit_reads(int64_t milliseconds) = 0;

  // Transactions. A write one excludes other writers only where the database does; an exclusive one is for
  // migrations.
  virtual Status begin_read() = 0;  // one moment's view of all tables
  virtual Status begin_write() = 0;
  virtual Status begin_exclusive() = 0;
  virtual Status commit() = 0;
  virtual void rollback() = 0;

 protected:
  void forget_prepared() { prepared_.clear(); }

 private:
  std::unordered_map<std::string, std::unique_ptr<Statement>> prepared_;
};

// Rolls back at the end of its scope unless committed.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  ~Transaction() {
    if (connection_) connection_->rollback();
  }
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;

  Status commit() { return std::exchange(connection_, nullptr)->commit(); }

  static Result<Transaction> read(Connection& connection);
  static Result<Transaction> write(Connection& connection);
  static Result<Transaction> exclusive(Connection& connection);

 private:
  Connection* connection_;
};

}  // namespace ew::db
