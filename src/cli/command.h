// The commands of the program. Each translates what a person typed into a call of a service and prints what
// came of it. Exit codes: 0 done, 1 an input could not be read or something was found, 2 usage.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ew::cli {

struct Context;

// What `serve` was given on the command line; it goes before the configuration file.
struct ServeArguments {
  std::vector<std::string> http;
  std::vector<std::string> capture;
  std::vector<std::string> sip;
};
struct SelftestArguments {
  uint32_t calls = 0;      // this load alone; 0: the greatest that is held
  uint32_t most = 12'000;  // at which it stops
  double seconds = 10;     // that all calls of a trial are there together
  bool encrypted = false;  // media is SRTP
};
// The server's processes lie above the commands, so whoever calls run() brings what starts them.
struct ServerCommands {
  std::function<int(Context&, const ServeArguments&)> serve;
  std::function<int(Context&, const SelftestArguments&)> selftest;
};

// Where a server holds the data directory, it runs the command (cli/control.h).
int run(int argc, char** argv, const ServerCommands& server);
// The server's side of it: the same command with the streams of who asked.
int run_served(Context& context, const std::vector<std::string>& arguments);

}  // namespace ew::cli
