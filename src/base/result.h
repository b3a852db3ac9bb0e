// Result<T>: a value, or an error that says what was wrong with which input. The three kinds of trouble:
// bad input or environment -> Result; overload -> drop, count, report; broken invariant -> EW_CHECK.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace ew {

enum class ErrorCode {
  kInvalid,      // the input breaks its format
  kTruncated,    // the input ends too early
  kUnsupported,  // understood, but not handled
  kLimit,        // a bound of ours is exceeded
  kNotFound,
  kExists,
  kIo,        // the operating system said no; the message carries errno's text
  kNoSpace,   // ENOSPC, EDQUOT
  kCorrupt,   // stored data fails its check
  kDenied,    // authorisation, a hold, a wrong key
  kBusy,      // somebody else holds the lock
  kUsage,     // the person asked for something that makes no sense
  kInternal,
};

class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  // What the caller was doing, put before the message: "import a.pcap: packet 7: ...".
  Error within(std::string_view what) && {
    message_ = std::string(what) + ": " + message_;
    return std::move(*this);
  }

 private:
  ErrorCode code_;
  std::string message_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  void value() const {}
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

// The value of an expression, or return its error from the enclosing function.
#define TRY(expression)                                       \
  ({                                                          \
    auto&& try_result_ = (expression);                        \
    if (!try_result_.ok()) return std::move(try_result_).error(); \
    std::move(try_result_).value();                           \
  })

// A broken invariant: prints where and stops. Callers on a call's path catch bad input long before.
[[noreturn]] void check_failed(const char* what, const char* file, int line);
#define EW_CHECK(condition) \
  do {                      \
    if (!(condition)) [[unlikely]] ::ew::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)

}  // namespace ew
