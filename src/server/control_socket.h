// The socket at which commands reach the server that holds their data directory (cli/control.h).
#pragma once

#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace ew::server {

// DATA/control.sock, mode 0600, listening; one that a killed server left is replaced. For whoever holds the
// directory's lock.
Result<Descriptor> open_control_socket(const std::string& data_directory);
void remove_control_socket(const std::string& data_directory);

}  // namespace ew::server
