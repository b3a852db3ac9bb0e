#include "api/service.h"

#include <algorithm>

#include "api/exchange_internal.h"
#include "api/listeners_internal.h"
#include "api/live_watches_internal.h"
#include "base/text.h"

namespace ew::api {
namespace {

constexpr std::string_view kPrefix = "/api/v1";
constexpr const char* kSecureCookie = "__Host-earwitness";
constexpr const char* kPlainCookie = "earwitness";  // __Host- needs TLS

std::string_view below_prefix(std::string_view path) {
  return path.starts_with(kPrefix) ? path.substr(kPrefix.size()) : std::string_view();
}

std::string bearer_of(const http::Request& request) {
  std::string_view value = request.headers.get("Authorization");
  return starts_with_ignore_case(value, "bearer ") ? std::string(trim(value.substr(7))) : std::string();
}

// Requests that a page makes by itself, while nobody may be there.
bool made_by_person(const Operation& operation) {
  for (const char* id : {"events", "getStatus", "listJobs", "getJob", "getSession", "listLive", "getLiveCall",
                         "getLevels", "getSources"})
    if (operation.id == id) return false;
  return true;
}

// A change that a browser was led to make from another site shows it in one of these (REQUIREMENTS G12).
bool is_cross_site(const http::Request& request) {
  std::string_view site = request.headers.get("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  std::string_view origin = request.headers.get("Origin");
  if (origin.empty()) return false;
  std::string own =
      std::string(request.secure ? "https://" : "http://") + std::string(request.headers.get("Host"));
  return !equals_ignore_case(origin, own);
}

http::Response problem_response(const Problem& problem) {
  http::Response response = http::respond(problem.status, "application/problem+json", to_json(problem));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace

Service::Service(Parts parts)
    : parts_(std::move(parts)),
      routes_(std::make_unique<Routes>()),
      listeners_(std::make_unique<Listeners>(parts_)),
      watches_(std::make_unique<LiveWatches>(parts_)) {
  add_session_routes(*routes_);
  add_account_routes(*routes_);
  add_call_routes(*routes_);
  add_note_routes(*routes_);
  add_playback_routes(*routes_);
  add_live_routes(*routes_);
  add_comparison_routes(*routes_);
  add_import_routes(*routes_);
  add_laboratory_routes(*routes_);
  add_settings_routes(*routes_);
  add_audit_routes(*routes_);
  // The document and the program say the same, or the program does not start.
  for (const Operation& operation : contract_.operations())
    EW_CHECK(routes_->handlers.contains(operation.id));
  EW_CHECK(routes_->handlers.size() == contract_.operations().size());
}

Service::~Service() = default;

Service::BodyRule Service::body_rule(std::string_view method, std::string_view path) const {
  auto match = contract_.match(method, below_prefix(path));
  if (match.operation && match.operation->body_media == "application/octet-stream")
    return {std::min(match.operation->body_most, kMaxUpload), true};
  return {};
}

bool Service::may(const http::Request& request, auth::Permission permission) const {
  std::string bearer = bearer_of(request);
  if (bearer.empty()) return false;
  auto who = parts_.auth.sessions().authenticate("", bearer, auth::Sessions::Activity::kNone);
  return who && who->may(permission);
}

void Service::tend() {
  if (auto tended = parts_.auth.tend(); !tended) parts_.log("sessions: " + tended.error().message());
  listeners_->tend();
  watches_->tend();
}

http::Response Service::handle(http::Request& request) {
  auto match = contract_.match(http::name_of(request.method), below_prefix(request.path));
  if (!match.operation) {
    if (match.allowed.empty()) return problem_response(not_found("address"));
    http::Response response = problem_response({405, "method_not_allowed", "", ""});
    response.headers.set("Allow", match.allowed);
    return response;
  }
  http::Response response = answer(request, *match.operation, match.path_values);
  if (!response.headers.has("Cache-Control")) response.headers.set("Cache-Control", "no-store");
  return response;
}

http::Response Service::answer(http::Request& request, const Operation& operation,
                               const Contract::Query& path_values) {
  Exchange exchange{parts_, *listeners_, *watches_, contract_, request, operation, {}, {}, {}};
  auto refuse = [&](Answer answer) {
    const Problem& problem = std::get<Problem>(answer.state());
    // That something is not there, a call that is not in progress say, is no trouble of ours.
    if (problem.status != 404 && !answer.cause().empty()) parts_.log(operation.id + ": " + answer.cause());
    return problem_response(problem);
  };

  bool for_everybody = operation.permission == "public" || operation.permission == "setup";
  std::string bearer = bearer_of(request);
  if (for_everybody) {
    if (operation.changes() && is_cross_site(request)) return refuse(denied("cross_site", ""));
  } else {
    auto cookie = request.cookie(parts_.secure_cookies ? kSecureCookie : kPlainCookie).value_or("");
    using Activity = auth::Sessions::Activity;
    auto who = parts_.auth.sessions().authenticate(
        cookie, bearer, made_by_person(operation) ? Activity::kPerson : Activity::kNone);
    if (!who) return refuse(who.error());
    exchange.who = std::move(*who);
    if (auto permission = auth::permission_of(operation.permission)) {
      if (auto allowed = exchange.who.require(*permission); !allowed) return refuse(allowed.error());
    } else if (operation.permission != "own") {
      return refuse(auth::Refusal{auth::Problem::kPermissionDenied, {}, 0});
    }
    if (operation.changes() && bearer.empty()) {
      if (is_cross_site(request)) return refuse(denied("cross_site", ""));
      auto meant = parts_.auth.sessions().check_csrf(exchange.who, request.headers.get("X-CSRF-Token"));
      if (!meant) return refuse(meant.error());
    }
  }

  Contract::Query query;
  for (const auto& [name, value] : request.query) query.emplace_back(name, value);
  if (auto problem = contract_.read_parameters(operation, path_values, query, exchange.parameters))
    return problem_response(*problem);
  if (operation.takes_json()) {
    std::string_view media = request.headers.get("Content-Type");
    media = trim(media.substr(0, media.find(';')));
    if (!equals_ignore_case(media, "application/json"))
      return problem_response({415, "unsupported_media_type", "expected application/json", ""});
    if (auto problem = contract_.read_body(operation, request.body, exchange.body))
      return problem_response(*problem);
  }
  Answer answer = routes_->handlers.find(operation.id)->second(exchange);
  if (auto* response = std::get_if<http::Response>(&answer.state())) return std::move(*response);
  http::Response response = refuse(std::move(answer));
  return response;
}

}  // namespace ew::api
