// What a service of this module answers: a value, or a refusal with a stable word that the panel translates.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.h"

namespace ew::auth {

// The comment is the status that fits HTTP.
enum class Problem : uint8_t {
  kNotSignedIn,           // 401: no session or key, or one that has ended
  kWrongCredentials,      // 401: name, password, code or setup secret; never which
  kTotpRequired,          // 401: the password was right, a code is missing
  kPermissionDenied,      // 403
  kConfirmationRequired,  // 403: give the password or code again (Sessions::confirm)
  kWrongCsrfToken,        // 403
  kTooManyAttempts,       // 429: retry_after_sec says when again
  kBusy,                  // 503: too many passwords are being checked at this moment
  kPasswordTooShort,      // 400
  kPasswordTooLong,       // 400
  kPasswordIsName,        // 400
  kPasswordTooCommon,     // 400
  kInvalidName,           // 400
  kInvalidRequest,        // 400: a member is out of its bounds
  kNameTaken,             // 409
  kLastAdministrator,     // 409: somebody must be able to administer
  kSetupDone,             // 409: there is an account
  kTotpOn,                // 409: the second factor is on already
  kTotpNotBegun,          // 409
  kNotFound,              // 404
  kUnavailable,           // 500: database or audit log; detail is for our log
};
std::string_view name_of(Problem problem);  // "wrong_credentials"

struct Refusal {
  Problem problem = Problem::kUnavailable;
  std::string detail;  // of kUnavailable, for the program's log alone
  int64_t retry_after_sec = 0;
};

// Like Result; an Error of a lower module becomes kUnavailable, so that TRY leads it upward.
template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Outcome(Refusal refusal) : state_(std::in_place_index<1>, std::move(refusal)) {}       // NOLINT
  Outcome(Problem problem) : state_(std::in_place_index<1>, Refusal{problem, {}, 0}) {}  // NOLINT
  Outcome(Error error)                                                                   // NOLINT
      : state_(std::in_place_index<1>, Refusal{Problem::kUnavailable, error.message(), 0}) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Refusal& error() & { return std::get<1>(state_); }
  const Refusal& error() const& { return std::get<1>(state_); }
  Refusal&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Refusal> state_;
};

struct Nothing {};
using Done = Outcome<Nothing>;

}  // namespace ew::auth
