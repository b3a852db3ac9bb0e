#include "auth/permissions.h"

#include <algorithm>
#include <array>

#include "base/result.h"

namespace ew::auth {
namespace {

constexpr std::array<std::string_view, kPermissions> kPermissionNames = {
    "calls.read",      "recordings.listen", "recordings.export", "recordings.pause", "live.listen",
    "notes.write",     "imports.run",       "jobs.read",         "settings.read",    "settings.write",
    "accounts.manage", "keys.manage",       "audit.read",        "audit.verify",     "status.read"};
constexpr std::array<std::string_view, kRoles> kRoleNames = {"administrator", "listener", "auditor"};

// Whoever administers does not hear by that, whoever hears does not administer, and the auditor changes
// nothing.
using enum Permission;
constexpr std::array<PermissionSet, kRoles> kTable = {
    PermissionSet{kCallsRead, kRecordingsPause, kImportsRun, kJobsRead, kSettingsRead, kSettingsWrite,
                  kAccountsManage, kKeysManage, kStatusRead},
    PermissionSet{kCallsRead, kRecordingsListen, kRecordingsExport, kRecordingsPause, kLiveListen,
                  kNotesWrite, kJobsRead},
    PermissionSet{kCallsRead, kAuditRead, kAuditVerify, kStatusRead, kJobsRead, kSettingsRead},
};

template <typename Enum, size_t size>
std::optional<Enum> value_of(const std::array<std::string_view, size>& names, std::string_view name) {
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view name_of(Permission permission) {
  return kPermissionNames.at(static_cast<size_t>(permission));
}
std::string_view name_of(Role role) { return kRoleNames.at(static_cast<size_t>(role)); }
std::optional<Permission> permission_of(std::string_view name) {
  return value_of<Permission>(kPermissionNames, name);
}
std::optional<Role> role_of(std::string_view name) { return value_of<Role>(kRoleNames, name); }

PermissionSet PermissionSet::all() { return PermissionSet((uint32_t{1} << kPermissions) - 1); }

std::vector<Permission> PermissionSet::list() const {
  std::vector<Permission> permissions;
  for (size_t i = 0; i < kPermissions; ++i)
    if (auto permission = static_cast<Permission>(i); has(permission)) permissions.push_back(permission);
  return permissions;
}

PermissionSet permissions_of(Role role) { return kTable.at(static_cast<size_t>(role)); }

PermissionSet permissions_of(const std::vector<Role>& roles) {
  PermissionSet permissions;
  for (Role role : roles) permissions = permissions | permissions_of(role);
  return permissions;
}

}  // namespace ew::auth
