// A stdio stream over a descriptor that somebody else gave us: a terminal, a pipe, a file. Nobody makes a
// thread of the server wait in it once `is_stopped` is true.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>

#include "base/descriptor.h"

namespace ew::server {

struct CloseStream {
  void operator()(std::FILE* stream) const { std::fclose(stream); }
};
using CommandStream = std::unique_ptr<std::FILE, CloseStream>;

// Where reading or writing ("r", "w") would have to wait it fails once it is stopped. The descriptor is the
// stream's.
CommandStream open_command_stream(Descriptor file, const char* mode, std::function<bool()> is_stopped);

}  // namespace ew::server
