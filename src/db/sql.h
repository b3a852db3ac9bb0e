// The text of a statement. It can be made of literals of the source alone: a value that came from anywhere
// else has no way into it but a bound parameter, and the compiler says so (REQUIREMENTS G02).
//
// One text serves both databases: `?` is a parameter in order, {text} {integer} {real} are column types,
// {table} stands behind the bracket that ends a table.
#pragma once

#include <string>
#include <string_view>

namespace ew::db {

class SqlLiteral {
 public:
  consteval SqlLiteral(const char* text) : text_(text) {}  // NOLINT: implicit by design, constants only
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

class Sql {
 public:
  Sql(SqlLiteral literal) : text_(literal.text()) {}  // NOLINT: implicit by design

  Sql& operator+=(const Sql& more) {
    text_ += more.text_;
    return *this;
  }
  Sql& operator+=(SqlLiteral more) {
    text_ += more.text();
    return *this;
  }
  friend Sql operator+(Sql a, const Sql& b) { return a += b; }
  friend Sql operator+(Sql a, SqlLiteral b) { return a += b; }

  // For a list of columns "a, b, c": "?, ?, ?" and "a = excluded.a, b = excluded.b, c = excluded.c".
  static Sql parameters(SqlLiteral columns);
  static Sql parameters(size_t count);
  static Sql assignments(SqlLiteral columns);

  const std::string& text() const { return text_; }

 private:
  Sql() = default;

  std::string text_;
};

}  // namespace ew::db
