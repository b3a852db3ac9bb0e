// `earwitness serve`.
#pragma once

#include "cli/command.h"

namespace ew::server {

int serve_command(cli::Context& context, const cli::ServeArguments& arguments);

}  // namespace ew::server
