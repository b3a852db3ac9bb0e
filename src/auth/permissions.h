// Who may do what. One table: what is not in it is not allowed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ew::auth {

enum class Permission : uint8_t {
  kCallsRead,
  kRecordingsListen,
  kRecordingsExport,
  kRecordingsPause,
  kLiveListen,
  kNotesWrite,
  kImportsRun,
  kJobsRead,
  kSettingsRead,
  kSettingsWrite,
  kAccountsManage,
  kKeysManage,
  kAuditRead,
  kAuditVerify,
  kStatusRead,
};
constexpr size_t kPermissions = 15;

enum class Role : uint8_t { kAdministrator, kListener, kAuditor };
constexpr size_t kRoles = 3;

// The words of the REST interface: "calls.read", "administrator".
std::string_view name_of(Permission permission);
std::string_view name_of(Role role);
std::optional<Permission> permission_of(std::string_view name);
std::optional<Role> role_of(std::string_view name);

class PermissionSet {
 public:
  constexpr PermissionSet() = default;
  constexpr PermissionSet(std::initializer_list<Permission> permissions) {
    for (Permission permission : permissions) add(permission);
  }
  static PermissionSet all();

  constexpr void add(Permission permission) { bits_ |= bit(permission); }
  constexpr bool has(Permission permission) const { return bits_ & bit(permission); }
  constexpr bool has_all(PermissionSet other) const { return (bits_ & other.bits_) == other.bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  std::vector<Permission> list() const;
  constexpr PermissionSet operator|(PermissionSet other) const { return PermissionSet(bits_ | other.bits_); }
  constexpr PermissionSet operator&(PermissionSet other) const { return PermissionSet(bits_ & other.bits_); }
  bool operator==(const PermissionSet&) const = default;

 private:
  constexpr explicit PermissionSet(uint32_t bits) : bits_(bits) {}
  static constexpr uint32_t bit(Permission permission) { return uint32_t{1} << static_cast<int>(permission); }

  uint32_t bits_ = 0;
};

PermissionSet permissions_of(Role role);
PermissionSet permissions_of(const std::vector<Role>& roles);

}  // namespace ew::auth
