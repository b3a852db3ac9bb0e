#include <cstdio>

#include "cli/commands.h"

namespace ew::cli {

int key_list_command(Context& context) {
  auto data = context.open();
  if (!data) return context.fail(data.error());
  const std::string& tenant = (*data)->config().tenant;
  auto current = (*data)->keks().current(tenant);
  if (!current) return context.fail(current.error());
  auto versions = (*data)->keks().versions(tenant);
  if (!versions) return context.fail(versions.error());
  for (const vault::KekPublic& version : *versions)
    std::fprintf(context.out, "%s  version %u  %s%s\n", tenant.c_str(), version.version,
                 to_hex(version.key).c_str(), version == *current ? "  current" : "");
  return kDone;
}

int key_rotate_command(Context& context) {
  auto data = context.open();
  if (!data) return context.fail(data.error());
  auto made = (*data)->keks().rotate((*data)->config().tenant);
  if (!made) return context.fail(made.error());
  Status audited = (*data)->audit_act("key.rotated", {}, {{"version", std::to_string(made->version)}});
  if (!audited) return context.fail(audited.error());
  if (Status closed = (*data)->close(); !closed) return context.fail(closed.error());
  std::fprintf(context.out, "version %u is current; recordings made from now on are sealed to it\n",
               made->version);
  return kDone;
}

int key_recovery_command(Context& context) {
  auto data = context.open();
  if (!data) return context.fail(data.error());
  const std::string& tenant = (*data)->config().tenant;
  if (auto made = (*data)->keks().current(tenant); !made) return context.fail(made.error());
  // Who takes the key is on record before it is shown.
  Status audited = (*data)->audit_act("key.recovery_shown", {}, {});
  if (!audited) return context.fail(audited.error());
  auto key = (*data)->keks().take_recovery_private(tenant);
  if (!key) return context.fail(key.error());
  if (Status closed = (*data)->close(); !closed) return context.fail(closed.error());
  if (!*key)
    return context.fail(Error(ErrorCode::kDenied, "the recovery key was shown before and is not kept here"));
  std::fprintf(context.out, "%s\nThis is the only time it is shown. Keep it away from this machine.\n",
               to_hex((*key)->view()).c_str());
  return kDone;
}

}  // namespace ew::cli
