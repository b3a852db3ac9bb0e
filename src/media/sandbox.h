// The cage of the media worker: after this call the process can compute, and talk over descriptors it already
// has.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace ew::media {

struct SandboxLimits {
  uint64_t memory_bytes = 512ull * 1024 * 1024;
  // A backstop against a worker whose parent is gone; the parent's time limit per request is far shorter.
  uint64_t cpu_seconds = 4 * 3600;
};

// In this order: closes every descriptor but `fd` and standard error (input and output become /dev/null),
// sets the limits, drops root, and loads a seccomp filter under which what is not listed fails with EPERM and
// starting or touching another process kills. Any step that fails is an error: the caller must not decode
// then. Cannot be undone.
Status enter_sandbox(int fd, const SandboxLimits& limits = {});

}  // namespace ew::media
