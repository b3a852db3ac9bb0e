#include <string_view>

#include "cli/command.h"
#include "server/keeper_process.h"
#include "server/recorder_process.h"
#include "server/selftest_command.h"
#include "server/serve_command.h"

int main(int argc, char** argv) {
  // The server's own processes; nobody types these.
  std::string_view command = argc == 2 ? argv[1] : "";
  if (command == "recorder-process") return ew::server::run_recorder();
  if (command == "keeper-process") return ew::server::run_keeper();
  return ew::cli::run(argc, argv, {ew::server::serve_command, ew::server::selftest_command});
}
