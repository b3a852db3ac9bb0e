// The panel's files (web/, built by npm), carried by the program.
#pragma once

#include <vector>

#include "http/static_files.h"

namespace ew::panel {

std::vector<http::StaticFile> files();

}  // namespace ew::panel
