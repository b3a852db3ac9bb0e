// Lets tests make the real program's disk fail: EARWITNESS_FAULT=
//   count:PATH          writes the number of file system calls to PATH at the end
//   call:N:KIND[:ever]  fails call number N (and, with ever, all from N on); KIND is eio, enospc, erofs or
//   short sync-ms:N           each sync takes N ms longer
#pragma once

#include <memory>

#include "io/env.h"

namespace ew::cli {

std::unique_ptr<io::Env> fault_env_from_environment();  // nothing where nobody asks

}  // namespace ew::cli
