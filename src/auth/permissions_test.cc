#include "auth/permissions.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace ew::auth {
namespace {

// Written out a second time, as one table of every role and permission.
TEST(Permissions, TableOfRoles) {
  struct Row {
    const char* permission;
    bool administrator, listener, auditor;
  };
  const Row kRows[] = {
      {"calls.read", true, true, true},          {"recordings.listen", false, true, false},
      {"recordings.export", false, true, false}, {"recordings.pause", true, true, false},
      {"live.listen", false, true, false},       {"notes.write", false, true, false},
      {"imports.run", true, false, false},       {"jobs.read", true, true, true},
      {"settings.read", true, false, true},      {"settings.write", true, false, false},
      {"accounts.manage", true, false, false},   {"keys.manage", true, false, false},
      {"audit.read", false, false, true},        {"audit.verify", false, false, true},
      {"status.read", true, false, true},
  };
  ASSERT_EQ(std::size(kRows), kPermissions);
  for (const Row& row : kRows) {
    auto permission = permission_of(row.permission);
    ASSERT_TRUE(permission) << row.permission;
    EXPECT_EQ(name_of(*permission), row.permission);
    EXPECT_EQ(permissions_of(Role::kAdministrator).has(*permission), row.administrator) << row.permission;
    EXPECT_EQ(permissions_of(Role::kListener).has(*permission), row.listener) << row.permission;
    EXPECT_EQ(permissions_of(Role::kAuditor).has(*permission), row.auditor) << row.permission;
  }
}

TEST(Permissions, WithoutARoleThereIsNone) {
  EXPECT_TRUE(permissions_of(std::vector<Role>{}).empty());
  EXPECT_FALSE(role_of("Administrator"));
  EXPECT_FALSE(role_of(""));
  EXPECT_FALSE(permission_of("calls.*"));
}

TEST(Permissions, RolesAddUp) {
  auto both = permissions_of({Role::kAdministrator, Role::kListener});
  EXPECT_TRUE(both.has(Permission::kAccountsManage));
  EXPECT_TRUE(both.has(Permission::kRecordingsListen));
  EXPECT_FALSE(both.has(Permission::kAuditRead));
  EXPECT_TRUE(PermissionSet::all().has_all(both));
  EXPECT_FALSE(both.has_all(PermissionSet::all()));
  EXPECT_EQ(PermissionSet::all().list().size(), kPermissions);
}

TEST(Permissions, AreTheWordsOfTheRestInterface) {
  std::ifstream file(EW_SOURCE_DIR "/src/api/openapi.json");
  std::stringstream text;
  text << file.rdbuf();
  for (Permission permission : PermissionSet::all().list())
    EXPECT_NE(text.str().find("\"" + std::string(name_of(permission)) + "\""), std::string::npos)
        << name_of(permission);
}

}  // namespace
}  // namespace ew::auth
