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
// are absent are made for it), and keeps only the rights to listen on ports below 1024 and, where interfaces
// are captured, to open packet sockets. Started as somebody else it keeps of its rights only these. An error
// if a user that is not the default does not exist.
Result<Identity> drop_privileges(const config::Config& config);

// In a child, which needs no right at all.
Status drop_capabilities();

}  // namespace ew::server
