#include "cli/command.h"

int main(int argc, char** argv) { return ew::cli::run(argc, argv); }
