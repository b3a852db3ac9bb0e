#include "api/exchange_internal.h"

namespace ew::api {
namespace {

Problem problem_of(const auth::Refusal& refusal) {
  using enum auth::Problem;
  auto status = [&]() -> unsigned {
    switch (refusal.problem) {
      case kNotSignedIn:
      case kWrongCredentials:
      case kTotpRequired:
        return 401;
      case kPermissionDenied:
      case kConfirmationRequired:
      case kWrongCsrfToken:
        return 403;
      case kTooManyAttempts:
        return 429;
      case kBusy:
        return 503;
      case kPasswordTooShort:
      case kPasswordTooLong:
      case kPasswordIsName:
      case kPasswordTooCommon:
      case kInvalidName:
      case kInvalidRequest:
        return 400;
      case kNameTaken:
      case kLastAdministrator:
      case kSetupDone:
      case kTotpOn:
      case kTotpNotBegun:
        return 409;
      case kNotFound:
        return 404;
      case kUnavailable:
        return 500;
    }
    return 500;
  }();
  Problem problem{status, std::string(auth::name_of(refusal.problem)), "", ""};
  if (refusal.retry_after_sec > 0)
    problem.detail = "try again in " + std::to_string(refusal.retry_after_sec) + " s";
  return problem;
}

}  // namespace

Answer::Answer(auth::Refusal refusal) : state_(problem_of(refusal)), cause_(refusal.detail) {}

Answer::Answer(const json& body, unsigned status)
    : state_(json_text(body.dump(-1, ' ', false, json::error_handler_t::replace), status)) {}

http::Response json_text(std::string text, unsigned status) { return http::json(status, std::move(text)); }
http::Response nothing() { return http::no_content(); }

json time_json(const std::optional<WallTime>& time) { return time ? json(to_rfc3339(*time)) : json(); }

}  // namespace ew::api
