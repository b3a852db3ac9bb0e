// The recorder: sources, journals, keys sealed with public halves. No database, no HTTP, no private key. What
// it acknowledged outlives it, the keeper and both.
#pragma once

namespace ew::server {

// What the hidden command `recorder-process` runs: orders come on kOrdersFd. The exit code.
int run_recorder();

}  // namespace ew::server
