// The keeper: vault, database, audit log, panel, REST interface. It starts no process and opens no port
// itself.
#pragma once

namespace ew::server {

// What the hidden command `keeper-process` runs: orders come on kOrdersFd. The exit code.
int run_keeper();

}  // namespace ew::server
