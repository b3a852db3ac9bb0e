// Who the server runs as.
#pragma once

#include <string>

#include "config/config.h"

namespace ew::server {

struct Identity {
  bool is_root = false;
  std::string detail;  // why it is still root, for the alarm
};

// Started as root, the process becomes [server] user if that user owns the data and the keys (folders that
// are absent are made for it), and keeps only the right to listen on ports below 1024. An error if a user
// that is not the default does not exist.
Result<Identity> drop_privileges(const config::Config& config);

// In a child, which needs no right at all.
Status drop_capabilities();

}  // namespace ew::server
