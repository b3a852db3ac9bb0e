#include "cli/control.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "base/system_error.h"
#include "ipc/rpc.h"

namespace ew::cli {
namespace {

constexpr size_t kMaxArguments = 10'000;

// Nothing where nobody listens.
Result<std::optional<Descriptor>> connect_to_server(const std::string& data_directory) {
  auto directory = open_control_directory(data_directory);
  if (!directory) return std::optional<Descriptor>();  // the command itself will say what is wrong with it
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return system_error("socket", errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string path = control_path(*directory);
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
    return std::optional(std::move(socket));
  if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR) return std::optional<Descriptor>();
  return system_error(data_directory + "/" + kControlSocket, errno);
}

}  // namespace

Bytes ControlRequest::encode() const {
  ipc::BodyWriter writer;
  writer.flag(has_output).number(arguments.size());
  for (const std::string& argument : arguments) writer.text(argument);
  return writer.take();
}

Result<ControlRequest> ControlRequest::parse(ipc::BodyReader& reader) {
  ControlRequest request;
  request.has_output = reader.flag();
  size_t left = reader.count(1);
  if (left > kMaxArguments) return Error(ErrorCode::kLimit, "too many arguments");
  for (; left > 0; --left) request.arguments.push_back(reader.text());
  TRY(reader.finish());
  return request;
}

Result<Descriptor> open_control_directory(const std::string& data_directory) {
  Descriptor directory(::open(data_directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return system_error(data_directory, errno);
  return directory;
}

std::string control_path(const Descriptor& directory) {
  return "/proc/self/fd/" + std::to_string(directory.get()) + "/" + kControlSocket;
}

Result<std::optional<int>> run_by_server(const std::string& data_directory,
                                         const std::vector<std::string>& arguments,
                                         const std::vector<std::string>& inputs, std::FILE* output) {
  auto socket = TRY(connect_to_server(data_directory));
  if (!socket) return std::optional<int>();
  std::vector<Descriptor> opened;
  for (const std::string& path : inputs) {
    // As the importer does: opening a pipe must not wait for its writer.
    opened.emplace_back(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!opened.back()) return system_error(path, errno);
  }
  std::vector<int> passed = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  if (output) passed.push_back(::fileno(output));
  for (const Descriptor& file : opened) passed.push_back(file.get());
  if (passed.size() > ipc::kMaxDescriptors)
    return Error(ErrorCode::kUsage, "too many files at once for a command beside a server");

  ipc::Client server(ipc::kForEver);
  server.connect(ipc::Channel(std::move(*socket)));
  ControlRequest request{arguments, output != nullptr};
  auto answer = server.ask(kRunCommand, request.encode(), passed);
  if (!answer) return std::move(answer).error().within("the server");
  ipc::BodyReader reader(answer->body);
  uint64_t exit_code = reader.number();
  TRY(reader.finish());
  return std::optional(static_cast<int>(exit_code));
}

}  // namespace ew::cli
