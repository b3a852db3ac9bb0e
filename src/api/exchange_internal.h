// What a handler sees of a request, and what it answers. By then the request is authorised and well-formed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include <nlohmann/json.hpp>

#include "api/service.h"

namespace ew::api {

using nlohmann::json;

// A response or a problem; errors of services become problems, so that TRY leads them here.
class [[nodiscard]] Answer {
 public:
  Answer(http::Response response) : state_(std::move(response)) {}             // NOLINT: implicit by design
  Answer(Problem problem) : state_(std::move(problem)) {}                      // NOLINT
  Answer(Error error) : state_(problem_of(error)), cause_(error.message()) {}  // NOLINT
  Answer(auth::Refusal refusal);                                               // NOLINT
  Answer(const json& body, unsigned status = 200);                             // NOLINT

  std::variant<http::Response, Problem>& state() { return state_; }
  const std::string& cause() const { return cause_; }  // for the log; empty if the problem says it all

 private:
  std::variant<http::Response, Problem> state_;
  std::string cause_;
  friend struct Exchange;
};

struct Exchange {
  Parts& parts;
  Listeners& listeners;
  LiveWatches& watches;
  const Contract& contract;
  http::Request& request;
  const Operation& operation;
  auth::Identity who;  // of nobody for public operations
  json parameters, body;

  const std::string& text(const char* parameter) const {
    return parameters.at(parameter).get_ref<const std::string&>();
  }
  std::optional<std::string> optional_text(const char* parameter) const {
    auto found = parameters.find(parameter);
    return found == parameters.end() ? std::nullopt : std::optional(found->get<std::string>());
  }
  template <typename Id>
  Id id(const char* parameter) const {
    return *Id::parse(text(parameter));  // checked: it is one
  }
  const std::string& tenant() const { return who.tenant; }
  const IpAddress& source() const { return request.remote.ip; }
};

using Handler = Answer (*)(Exchange&);
struct Routes {
  std::map<std::string, Handler, std::less<>> handlers;  // by operationId
};

void add_session_routes(Routes& routes);
void add_account_routes(Routes& routes);
void add_call_routes(Routes& routes);
void add_note_routes(Routes& routes);
void add_playback_routes(Routes& routes);
void add_live_routes(Routes& routes);
void add_comparison_routes(Routes& routes);
void add_import_routes(Routes& routes);
void add_laboratory_routes(Routes& routes);
void add_settings_routes(Routes& routes);
void add_audit_routes(Routes& routes);

// Forms that several groups of routes share.
const char* transport_name(Transport transport);
json time_json(const std::optional<WallTime>& time);
json me_json(const Exchange& exchange, const auth::Identity& who);
json job_json(const db::JobRow& job);
json findings_json(const std::vector<Finding>& findings);
http::Response with_session(Exchange& exchange, const auth::OpenedSession& opened, unsigned status);
http::Response json_text(std::string text, unsigned status = 200);
http::Response nothing();

}  // namespace ew::api
