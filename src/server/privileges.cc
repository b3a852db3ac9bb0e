#include "server/privileges.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/system_error.h"
#include "io/env.h"

namespace ew::server {
namespace {

// Both 32-bit halves of the effective and permitted sets; nothing is inheritable.
Status set_capabilities(uint64_t mask) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  for (int half = 0; half < 2; ++half)
    data[half].effective = data[half].permitted = static_cast<uint32_t>(mask >> (32 * half));
  if (::syscall(SYS_capset, &header, data) != 0) return system_error("capset", errno);
  return {};
}

// Of the rights we have only these stay.
Status keep_only(uint64_t mask) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (::syscall(SYS_capget, &header, data) != 0) return system_error("capget", errno);
  return set_capabilities(mask & (uint64_t{data[1].permitted} << 32 | data[0].permitted));
}

// Ports below 1024; packet sockets where interfaces are captured or media of recording sessions comes.
uint64_t rights_for(const config::Config& config) {
  uint64_t rights = uint64_t{1} << CAP_NET_BIND_SERVICE;
  if (!config.capture.interfaces.empty() || config.sip.is_on()) rights |= uint64_t{1} << CAP_NET_RAW;
  return rights;
}

// True if the folder is the user's now.
Result<bool> belongs_to(const std::string& folder, const passwd& user) {
  struct stat status;
  if (::stat(folder.c_str(), &status) == 0) return status.st_uid == user.pw_uid;
  if (errno != ENOENT) return system_error(folder, errno);
  TRY(io::posix_env().make_directories(folder));
  if (::chown(folder.c_str(), user.pw_uid, user.pw_gid) != 0) return system_error(folder, errno);
  return true;
}

Status become(const passwd& user, uint64_t rights) {
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return system_error("keepcaps", errno);
  if (::initgroups(user.pw_name, user.pw_gid) != 0) return system_error("initgroups", errno);
  if (::setresgid(user.pw_gid, user.pw_gid, user.pw_gid) != 0) return system_error("setresgid", errno);
  if (::setresuid(user.pw_uid, user.pw_uid, user.pw_uid) != 0) return system_error("setresuid", errno);
  return set_capabilities(rights);
}

}  // namespace

Result<Identity> drop_privileges(const config::Config& config) {
  if (::geteuid() != 0) {
    TRY(keep_only(rights_for(config)));
    return Identity{};
  }
  const std::string& name = config.server.user;
  const passwd* user = ::getpwnam(name.c_str());
  if (!user && name != config::ServerSettings().user)
    return Error(ErrorCode::kUsage, "server.user: there is no user \"" + name + "\"");
  if (!user) return Identity{true, "there is no user \"" + name + "\" to become"};
  for (const std::string& folder : {config.data_directory, config.keys_directory})
    if (!TRY(belongs_to(folder, *user)))
      return Identity{true, folder + " does not belong to the user \"" + name + "\""};
  TRY(become(*user, rights_for(config)));
  return Identity{};
}

Status drop_capabilities() {
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return set_capabilities(0);
}

}  // namespace ew::server
