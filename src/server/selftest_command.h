// `earwitness selftest`.
#pragma once

#include "cli/command.h"

namespace ew::server {

int selftest_command(cli::Context& context, const cli::SelftestArguments& arguments);

}  // namespace ew::server
