#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "node/people.h"

namespace ew::cli {
namespace {

constexpr size_t kMaxLine = 10'000;

Error error_of(const auth::Refusal& refusal) {
  using enum auth::Problem;
  switch (refusal.problem) {
    case kPasswordTooShort:
      return {ErrorCode::kUsage, "the password has fewer than 12 characters"};
    case kPasswordTooLong:
      return {ErrorCode::kUsage, "the password has more than 1,000 characters"};
    case kPasswordIsName:
      return {ErrorCode::kUsage, "the password is the name"};
    case kPasswordTooCommon:
      return {ErrorCode::kUsage, "this password is among the commonest of all"};
    case kInvalidName:
      return {ErrorCode::kUsage,
              "the name: expected lower-case letters, digits and . _ @ - , beginning with a letter or digit"};
    case kNameTaken:
      return {ErrorCode::kExists, "there is an account of this name"};
    case kUnavailable:
      return {ErrorCode::kIo, refusal.detail};
    default:
      return {ErrorCode::kDenied, std::string(auth::name_of(refusal.problem))};
  }
}

Result<std::string> read_password(std::FILE* in, const UserArguments& arguments) {
  if (!arguments.password_stdin)
    return Error(ErrorCode::kUsage, "give the password on standard input, with --password-stdin");
  std::string password;
  for (int c; password.size() < kMaxLine && (c = std::fgetc(in)) != EOF && c != '\n';)
    password += static_cast<char>(c);
  if (!password.empty() && password.back() == '\r') password.pop_back();
  return password;
}

Result<auth::NewAccount> new_account(std::FILE* in, const UserArguments& arguments) {
  auth::NewAccount account;
  account.name = arguments.name;
  account.display_name = arguments.display_name;
  account.language = arguments.language;
  for (const std::string& name : arguments.roles) {
    auto role = auth::role_of(name);
    if (!role)
      return Error(ErrorCode::kUsage,
                   "--role: expected administrator, listener or auditor, not " + printable(name));
    account.roles.push_back(*role);
  }
  account.password = TRY(read_password(in, arguments));
  return account;
}

Status add(Context& context, const UserArguments& arguments) {
  auth::NewAccount account = TRY(new_account(context.in, arguments));
  node::People* people = TRY(context.open_people());
  auto added = people->auth().accounts().add(auth::Identity::local("cli"), account);
  if (!added) return error_of(added.error());
  node::DataDirectory* data = TRY(context.open());
  TRY(data->close());
  std::fprintf(context.out, "%s can sign in now\n", account.name.c_str());
  return {};
}

Status list(Context& context) {
  node::People* people = TRY(context.open_people());
  auto accounts = people->auth().accounts().list(auth::Identity::local("cli"));
  if (!accounts) return error_of(accounts.error());
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const auth::Account& account : *accounts) {
    std::string roles;
    for (auth::Role role : account.roles)
      roles += (roles.empty() ? "" : ",") + std::string(auth::name_of(role));
    json.push_back({{"name", account.name}, {"roles", roles}, {"disabled", account.disabled}});
    if (!context.json)
      std::fprintf(context.out, "%-24s %-32s %s\n", account.name.c_str(), roles.c_str(),
                   account.disabled ? "disabled" : "");
  }
  if (context.json) std::fprintf(context.out, "%s\n", json.dump(2).c_str());
  return {};
}

}  // namespace

int user_add_command(Context& context, const UserArguments& arguments) {
  Status added = add(context, arguments);
  return added ? kDone : context.fail(added.error());
}

int user_list_command(Context& context) {
  Status listed = list(context);
  return listed ? kDone : context.fail(listed.error());
}

}  // namespace ew::cli
