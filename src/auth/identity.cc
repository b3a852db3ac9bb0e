#include "auth/identity.h"

#include "auth/act_log.h"

namespace ew::auth {

Identity Identity::local(std::string actor) {
  Identity identity;
  identity.local_actor_ = std::move(actor);
  identity.permissions.add(Permission::kAccountsManage);
  identity.confirmed = true;
  return identity;
}

std::string Identity::actor() const { return local_actor_.empty() ? account.text() : local_actor_; }

Done Identity::require(Permission permission) const {
  if (!may(permission)) return Problem::kPermissionDenied;
  return Nothing{};
}

Done Identity::require_confirmed() const {
  if (!confirmed) return Problem::kConfirmationRequired;
  return Nothing{};
}

std::string_view name_of(Act::Result result) {
  switch (result) {
    case Act::Result::kOk:
      return "ok";
    case Act::Result::kDenied:
      return "denied";
    case Act::Result::kFailed:
      return "failed";
  }
  return "failed";
}

}  // namespace ew::auth
