// Commands while a server holds the data directory: the program that a person started hands its arguments,
// its streams and the files that they name to the server, by DATA/control.sock, and the server runs the same
// command. The files are opened by the one who asked, so nobody reads or writes more than they may.
//
// One command per connection: a question with ControlRequest and the descriptors of standard input, output
// and error, then the output file if there is one, then the input files; the answer is the exit code. Whoever
// hangs up stops the command.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "ipc/body.h"

namespace ew::cli {

inline constexpr const char* kControlSocket = "control.sock";
inline constexpr uint8_t kRunCommand = 1;  // the one method

struct ControlRequest {
  std::vector<std::string> arguments;  // with the program's name
  bool has_output = false;             // an output file is among the descriptors
  Bytes encode() const;
  static Result<ControlRequest> parse(ipc::BodyReader& reader);
};

// A path of the socket that fits into an address, however long the directory's is: valid while `directory` is
// open.
std::string control_path(const Descriptor& directory);
Result<Descriptor> open_control_directory(const std::string& data_directory);

// The exit code of the command, run by the server that holds this data directory. Nothing where there is no
// server.
Result<std::optional<int>> run_by_server(const std::string& data_directory,
                                         const std::vector<std::string>& arguments,
                                         const std::vector<std::string>& inputs, std::FILE* output);

}  // namespace ew::cli
