// The commands of the program. Each translates what a person typed into a call of a service and prints what
// came of it. Exit codes: 0 done, 1 an input could not be read or something was found, 2 usage.
#pragma once

namespace ew::cli {

int run(int argc, char** argv);

}  // namespace ew::cli
