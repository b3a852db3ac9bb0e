#include "api/problem.h"

#include <nlohmann/json.hpp>

namespace ew::api {
namespace {

const char* title_of(unsigned status) {
  switch (status) {
    case 400:
      return "The request is not as the interface describes it";
    case 401:
      return "Sign in first";
    case 403:
      return "Not allowed";
    case 404:
      return "Not found";
    case 405:
      return "This address does not know this method";
    case 409:
      return "The present state does not allow this";
    case 413:
      return "Too large";
    case 415:
      return "This kind of content is not accepted here";
    case 416:
      return "No such part";
    case 429:
      return "Too many attempts";
    case 503:
      return "Took too long or is not available now";
    case 507:
      return "The disk is full";
    default:
      return "The server failed";
  }
}

}  // namespace

std::string to_json(const Problem& problem) {
  nlohmann::ordered_json json = {{"type", "about:blank"},
                                 {"title", title_of(problem.status)},
                                 {"status", problem.status},
                                 {"code", problem.code}};
  if (!problem.detail.empty()) json["detail"] = problem.detail;
  if (!problem.field.empty()) json["field"] = problem.field;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Problem problem_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalid:
    case ErrorCode::kUsage:
    case ErrorCode::kUnsupported:
      return {400, "invalid", error.message(), ""};
    case ErrorCode::kNotFound:
      return {404, "not_found", error.message(), ""};
    case ErrorCode::kExists:
      return {409, "exists", error.message(), ""};
    case ErrorCode::kDenied:
      return {403, "denied", error.message(), ""};
    case ErrorCode::kBusy:
      return {503, "busy", "", ""};
    case ErrorCode::kLimit:
      return {503, "took_too_long", "", ""};
    case ErrorCode::kNoSpace:
      return {507, "no_space", "", ""};
    case ErrorCode::kTruncated:
    case ErrorCode::kIo:
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal:
      break;
  }
  return {500, "failed", "", ""};
}

Problem bad_request(std::string field, std::string expected) {
  return {400, "invalid", "expected " + std::move(expected), std::move(field)};
}
Problem not_found(std::string what) { return {404, "not_found", "there is no such " + std::move(what), ""}; }
Problem conflict(std::string code, std::string detail) {
  return {409, std::move(code), std::move(detail), ""};
}
Problem denied(std::string code, std::string detail) { return {403, std::move(code), std::move(detail), ""}; }

}  // namespace ew::api
