// The first run, signing in and out, and what people change of their own.
#include "api/exchange_internal.h"
#include "base/text.h"

namespace ew::api {
namespace {

std::string cookie_text(const Exchange& exchange, const std::string& token, int64_t seconds) {
  bool secure = exchange.parts.secure_cookies;
  return std::string(secure ? "__Host-earwitness=" : "earwitness=") + token +
         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds) +
         (secure ? "; Secure" : "");
}

Answer sign_in(Exchange& exchange) {
  auth::Sessions::SignIn attempt{exchange.body.at("name"), exchange.body.at("password"),
                                 exchange.body.value("totp", ""), exchange.source()};
  return with_session(exchange, TRY(exchange.parts.auth.sessions().sign_in(attempt)), 201);
}

Answer get_session(Exchange& exchange) { return me_json(exchange, exchange.who); }

Answer sign_out(Exchange& exchange) {
  TRY(exchange.parts.auth.sessions().sign_out(exchange.who));
  std::string session = exchange.who.session ? exchange.who.session->text() : "";
  exchange.parts.events.close_where(
      [&](std::string_view owner) { return !session.empty() && owner == session; });
  http::Response response = nothing();
  response.headers.set("Set-Cookie", cookie_text(exchange, "", 0));
  response.headers.set("Clear-Site-Data", "\"cache\", \"storage\"");
  return response;
}

// Having been asked by a person is all that it does.
Answer report_activity(Exchange&) { return nothing(); }

Answer confirm_session(Exchange& exchange) {
  auto opened = TRY(exchange.parts.auth.sessions().confirm(
      exchange.who, exchange.body.value("password", ""), exchange.body.value("totp", ""), exchange.source()));
  return with_session(exchange, opened, 200);
}

Answer change_me(Exchange& exchange) {
  auto text = [&](const char* name) {
    return exchange.body.contains(name) ? std::optional(exchange.body.at(name).get<std::string>())
                                        : std::nullopt;
  };
  auto account =
      TRY(exchange.parts.auth.accounts().change_own(exchange.who, text("language"), text("display_name")));
  auth::Identity changed = exchange.who;
  changed.language = account.language;
  changed.display_name = account.display_name;
  return me_json(exchange, changed);
}

Answer change_own_password(Exchange& exchange) {
  auto opened = TRY(exchange.parts.auth.accounts().change_own_password(
      exchange.who, exchange.body.at("current"), exchange.body.at("password"), exchange.source()));
  http::Response response = with_session(exchange, opened, 204);
  response.body = std::string();
  response.headers.remove("Content-Type");
  return response;
}

Answer begin_totp(Exchange& exchange) {
  auto enrolment = TRY(exchange.parts.auth.accounts().begin_totp(exchange.who));
  return json{{"secret", enrolment.secret}, {"uri", enrolment.uri}};
}

Answer confirm_totp(Exchange& exchange) {
  TRY(exchange.parts.auth.accounts().confirm_totp(exchange.who, exchange.body.at("totp")));
  return nothing();
}

Answer remove_totp(Exchange& exchange) {
  TRY(exchange.parts.auth.accounts().remove_own_totp(exchange.who));
  return nothing();
}

Answer create_first_account(Exchange& exchange) {
  auth::Accounts::FirstAccount first;
  const json& body = exchange.body;
  first.secret = body.at("secret");
  first.account = {
      body.at("name"), body.value("display_name", ""), body.at("password"), {}, body.at("language")};
  first.listens = body.at("listens");
  first.source = exchange.source();
  return with_session(exchange, TRY(exchange.parts.auth.accounts().finish_setup(first)), 201);
}

}  // namespace

json me_json(const Exchange& exchange, const auth::Identity& who) {
  json roles = json::array(), permissions = json::array();
  for (auth::Role role : who.roles) roles.push_back(auth::name_of(role));
  for (auth::Permission permission : who.permissions.list()) permissions.push_back(auth::name_of(permission));
  return {{"account_id", who.account.text()},
          {"name", who.name},
          {"display_name", who.display_name},
          {"roles", roles},
          {"permissions", permissions},
          {"language", who.language},
          {"totp", who.totp},
          {"csrf_token", who.csrf_token},
          {"idle_seconds", exchange.parts.auth.sessions().idle_sec()},
          {"expires_at", to_rfc3339(who.expires_at)},
          {"confirmed_until", time_json(who.confirmed_until)}};
}

http::Response with_session(Exchange& exchange, const auth::OpenedSession& opened, unsigned status) {
  http::Response response = json_text(
      me_json(exchange, opened.identity).dump(-1, ' ', false, json::error_handler_t::replace), status);
  int64_t seconds = (opened.identity.expires_at - exchange.parts.clock.wall()) / kNsPerSec;
  response.headers.set("Set-Cookie", cookie_text(exchange, opened.token, std::max<int64_t>(seconds, 1)));
  return response;
}

void add_session_routes(Routes& routes) {
  routes.handlers.insert({{"createFirstAccount", create_first_account},
                          {"signIn", sign_in},
                          {"getSession", get_session},
                          {"signOut", sign_out},
                          {"reportActivity", report_activity},
                          {"confirmSession", confirm_session},
                          {"changeMe", change_me},
                          {"changeOwnPassword", change_own_password},
                          {"beginTotp", begin_totp},
                          {"confirmTotp", confirm_totp},
                          {"removeTotp", remove_totp}});
}

}  // namespace ew::api
