// Accounts, API keys.
#include "api/exchange_internal.h"

namespace ew::api {
namespace {

std::vector<auth::Role> roles_of(const json& names) {
  std::vector<auth::Role> roles;
  for (const json& name : names) roles.push_back(*auth::role_of(name.get_ref<const std::string&>()));
  return roles;
}

json account_json(const auth::Account& account) {
  json roles = json::array();
  for (auth::Role role : account.roles) roles.push_back(auth::name_of(role));
  return {{"account_id", account.account_id.text()},
          {"name", account.name},
          {"display_name", account.display_name},
          {"roles", roles},
          {"language", account.language},
          {"totp", account.totp},
          {"disabled", account.disabled},
          {"created_at", to_rfc3339(account.created_at)},
          {"last_sign_in_at", time_json(account.last_sign_in_at)}};
}

json key_json(const auth::ApiKey& key) {
  json permissions = json::array();
  for (auth::Permission permission : key.permissions.list()) permissions.push_back(auth::name_of(permission));
  return {{"key_id", key.key_id.text()},
          {"title", key.title},
          {"permissions", permissions},
          {"created_at", to_rfc3339(key.created_at)},
          {"expires_at", to_rfc3339(key.expires_at)},
          {"last_used_at", time_json(key.last_used_at)}};
}

Answer list_accounts(Exchange& exchange) {
  json accounts = json::array();
  for (const auth::Account& account : TRY(exchange.parts.auth.accounts().list(exchange.who)))
    accounts.push_back(account_json(account));
  return json{{"accounts", accounts}};
}

Answer add_account(Exchange& exchange) {
  const json& body = exchange.body;
  auth::NewAccount account{body.at("name"), body.value("display_name", ""), body.at("password"),
                           roles_of(body.at("roles")), body.value("language", "en")};
  return {account_json(TRY(exchange.parts.auth.accounts().add(exchange.who, account))), 201};
}

Answer change_account(Exchange& exchange) {
  const json& body = exchange.body;
  auto text = [&](const char* name) {
    return body.contains(name) ? std::optional(body.at(name).get<std::string>()) : std::nullopt;
  };
  auth::AccountChange change;
  change.display_name = text("display_name");
  change.language = text("language");
  change.password = text("password");
  if (body.contains("roles")) change.roles = roles_of(body.at("roles"));
  if (body.contains("disabled")) change.disabled = body.at("disabled").get<bool>();
  auto account = exchange.id<auth::AccountId>("account_id");
  return account_json(TRY(exchange.parts.auth.accounts().change(exchange.who, account, change)));
}

Answer reset_totp(Exchange& exchange) {
  TRY(exchange.parts.auth.accounts().remove_totp(exchange.who, exchange.id<auth::AccountId>("account_id")));
  return nothing();
}

Answer list_api_keys(Exchange& exchange) {
  json keys = json::array();
  for (const auth::ApiKey& key : TRY(exchange.parts.auth.api_keys().list(exchange.who)))
    keys.push_back(key_json(key));
  return json{{"keys", keys}};
}

Answer add_api_key(Exchange& exchange) {
  auth::ApiKeys::NewApiKey key;
  key.title = exchange.body.at("title");
  for (const json& name : exchange.body.at("permissions"))
    key.permissions.add(*auth::permission_of(name.get_ref<const std::string&>()));
  key.expires_in_days = exchange.body.at("expires_in_days");
  auto made = TRY(exchange.parts.auth.api_keys().make(exchange.who, key));
  return {json{{"key", key_json(made.key)}, {"secret", made.secret}}, 201};
}

Answer remove_api_key(Exchange& exchange) {
  TRY(exchange.parts.auth.api_keys().revoke(exchange.who, exchange.id<auth::ApiKeyId>("key_id")));
  return nothing();
}

}  // namespace

void add_account_routes(Routes& routes) {
  routes.handlers.insert({{"listAccounts", list_accounts},
                          {"addAccount", add_account},
                          {"changeAccount", change_account},
                          {"resetTotp", reset_totp},
                          {"listApiKeys", list_api_keys},
                          {"addApiKey", add_api_key},
                          {"removeApiKey", remove_api_key}});
}

}  // namespace ew::api
