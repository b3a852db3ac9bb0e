// One database for many threads: transactions take turns, those that only read apart from those that write.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "db/connection.h"

namespace ew::db {

class SharedConnection {
 public:
  // Without a reader all transactions take the writer: a database in memory has one connection only.
  SharedConnection(std::unique_ptr<Connection> writer, std::unique_ptr<Connection> reader)
      : writer_(std::make_unique<Line>(std::move(writer))),
        reader_(reader ? std::make_unique<Line>(std::move(reader)) : nullptr) {}

  // Each runs body(connection) in a transaction and gives its result, a Status or Result<T>. An error rolls
  // back.
  template <typename Body>
  auto read(Body body) {
    return run(reader_ ? *reader_ : *writer_, Transaction::read, body);
  }
  template <typename Body>
  auto write(Body body) {
    return run(*writer_, Transaction::write, body);
  }
  // Beside no other of its kind, in any process: for rules over several rows.
  template <typename Body>
  auto exclusive(Body body) {
    return run(*writer_, Transaction::exclusive, body);
  }

 private:
  struct Line {
    explicit Line(std::unique_ptr<Connection> opened) : connection(std::move(opened)) {}
    std::mutex mutex;  // guards the connection
    std::unique_ptr<Connection> connection;
  };

  template <typename Begin, typename Body>
  static auto run(Line& line, Begin begin, Body& body) -> decltype(body(*line.connection)) {
    std::lock_guard lock(line.mutex);
    Transaction transaction = TRY(begin(*line.connection));
    auto done = body(*line.connection);
    if (done.ok()) TRY(transaction.commit());
    return done;
  }

  std::unique_ptr<Line> writer_, reader_;
};

}  // namespace ew::db
