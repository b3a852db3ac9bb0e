// Visitors of call_fields.h for rows: into a statement's parameters, from a row of a result, into a line of
// text.
#pragma once

#include <limits>

#include "base/text.h"
#include "db/connection.h"
#include "db/rows.h"
#include "model/json_list.h"

namespace ew::db {

// A text as a column keeps it: valid UTF-8 without NUL, at most kTextMax bytes.
std::string stored_text(std::string_view text);

// A number as a column keeps it: neither infinite nor negative zero, which the databases treat differently.
double stored_number(double value);

class RowBinder {
 public:
  explicit RowBinder(Statement& statement) : statement_(statement) {}

  void field(std::string_view, const std::string& member);
  void field(std::string_view, double member) { statement_.bind(stored_number(member)); }
  void field(std::string_view, WallTime member) { statement_.bind(member.us()); }
  void field(std::string_view, const Uuid& member) { statement_.bind(std::string_view(member.text())); }
  template <typename T>
  requires(std::is_integral_v<T>) void field(std::string_view, T member) {
    statement_.bind(static_cast<int64_t>(member));
  }
  template <typename T>
  requires(std::is_enum_v<T>) void field(std::string_view, T member) { statement_.bind(name_of(member)); }
  template <typename T>
  void field(std::string_view name, const std::optional<T>& member) {
    if (member) {
      field(name, *member);
    } else {
      statement_.bind_null();
    }
  }
  template <typename T>
  void field(std::string_view, const std::vector<T>& members) {
    if (members.empty()) {
      statement_.bind_null();
    } else {
      statement_.bind(std::string_view(encode_list(members)));
    }
  }
  void nonzero(std::string_view name, uint32_t member) { field(name, member); }
  void hex(std::string_view name, uint32_t member) { field(name, member); }

 private:
  Statement& statement_;
};

// A row that the program cannot have written leaves a fault, with the column's name.
class RowReader {
 public:
  explicit RowReader(const Statement& row) : row_(row) {}

  const std::optional<Error>& fault() const { return fault_; }

  void field(std::string_view, std::string& member) { member = row_.text(column_++); }
  void field(std::string_view, double& member) { member = row_.real(column_++); }
  void field(std::string_view name, WallTime& member) {
    constexpr int64_t kMaxUs = std::numeric_limits<int64_t>::max() / kNsPerUs;
    int64_t us = row_.integer(column_++);
    if (us > kMaxUs || us < -kMaxUs) return refuse(name);
    member = WallTime::from_us(us);
  }
  template <typename Tag>
  void field(std::string_view name, Id<Tag>& member) {
    auto id = Id<Tag>::parse(row_.text(column_++));
    if (!id) return refuse(name);
    member = *id;
  }
  // Unsigned 64-bit numbers lie in the column as the signed number of the same bits.
  template <typename T>
  requires(std::is_integral_v<T>) void field(std::string_view name, T& member) {
    int64_t value = row_.integer(column_++);
    member = static_cast<T>(value);
    if (static_cast<int64_t>(member) != value) refuse(name);
  }
  template <typename T>
  requires(std::is_enum_v<T>) void field(std::string_view name, T& member) {
    auto value = enum_of<T>(row_.text(column_++));
    if (!value) return refuse(name);
    member = *value;
  }
  template <typename T>
  void field(std::string_view name, std::optional<T>& member) {
    member.reset();
    if (row_.is_null(column_)) {
      ++column_;
    } else {
      field(name, member.emplace());
    }
  }
  template <typename T>
  void field(std::string_view name, std::vector<T>& members) {
    int column = column_++;
    members.clear();
    if (row_.is_null(column)) return;
    auto list = decode_list<T>(row_.text(column));
    if (!list) return refuse(name);
    members = *std::move(list);
  }
  void nonzero(std::string_view name, uint32_t& member) { field(name, member); }
  void hex(std::string_view name, uint32_t& member) { field(name, member); }

 private:
  void refuse(std::string_view name) {
    if (!fault_) fault_.emplace(ErrorCode::kCorrupt, "the call log holds no valid " + std::string(name));
  }

  const Statement& row_;
  int column_ = 0;
  std::optional<Error> fault_;
};

// "table name=value …": texts in JSON's quotes, what is unknown left out.
class RowLine {
 public:
  explicit RowLine(std::string_view table) : line_(table) {}

  std::string take() { return std::move(line_); }

  void field(std::string_view name, const std::string& member);
  void field(std::string_view name, double member);
  void field(std::string_view name, WallTime member) { add(name, std::to_string(member.us())); }
  void field(std::string_view name, const Uuid& member) { add(name, member.text()); }
  template <typename T>
  requires(std::is_integral_v<T>) void field(std::string_view name, T member) {
    add(name, std::to_string(static_cast<int64_t>(member)));
  }
  template <typename T>
  requires(std::is_enum_v<T>) void field(std::string_view name, T member) { add(name, name_of(member)); }
  template <typename T>
  void field(std::string_view name, const std::optional<T>& member) {
    if (member) field(name, *member);
  }
  template <typename T>
  void field(std::string_view name, const std::vector<T>& members) {
    if (!members.empty()) add(name, encode_list(members));
  }
  void nonzero(std::string_view name, uint32_t member) { field(name, member); }
  void hex(std::string_view name, uint32_t member) { field(name, member); }

 private:
  void add(std::string_view name, std::string_view value) {
    line_.append(" ").append(name).append("=").append(value);
  }

  std::string line_;
};

template <typename Table>
std::string line_of(Table, const typename Table::First& first, const typename Table::Second& second) {
  RowLine line(Table::kName.text());
  visit_fields(line, first);
  visit_fields(line, second);
  return line.take();
}

}  // namespace ew::db
