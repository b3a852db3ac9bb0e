#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/descriptor.h"
#include "base/system_error.h"
#include "base/text.h"
#include "io/env.h"
#include "net/socket_address.h"
#include "node/data_directory.h"
#include "selftest/trial_server_internal.h"
#include "srcload/channel.h"

namespace ew::selftest {
namespace {

namespace fs = std::filesystem;

constexpr auto kStartWithin = std::chrono::seconds(60), kStopWithin = std::chrono::seconds(300);
constexpr auto kAskEvery = std::chrono::milliseconds(100);
constexpr size_t kCallsAtOnce = 1'000;

// A port of the loopback address that nobody has just now, for TCP and UDP.
Result<uint16_t> free_port() {
  for (int attempt = 0; attempt < 20; ++attempt) {
    sockaddr_storage address;
    socklen_t size = to_sockaddr({*IpAddress::parse("127.0.0.1"), 0}, address);
    Descriptor tcp(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        udp(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!tcp || !udp) return system_error("socket", errno);
    auto* name = reinterpret_cast<sockaddr*>(&address);
    if (::bind(tcp.get(), name, size) != 0 || ::getsockname(tcp.get(), name, &size) != 0)
      return system_error("bind", errno);
    if (::bind(udp.get(), name, size) == 0) return from_sockaddr(address).port;
  }
  return Error(ErrorCode::kIo, "no port of this machine is free");
}

std::string contents(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The children of a process, by the names of their main threads.
Result<int> child_of(int pid, const std::string& name) {
  const std::string own = std::to_string(pid);
  std::istringstream children(contents("/proc/" + own + "/task/" + own + "/children"));
  for (int child; children >> child;)
    if (trim(contents("/proc/" + std::to_string(child) + "/comm")) == name) return child;
  return Error(ErrorCode::kIo, "the server of the trial has no process " + name);
}

}  // namespace

Result<std::unique_ptr<TrialServer>> TrialServer::start(const TrialSettings& settings, const Clock& clock) {
  std::unique_ptr<TrialServer> server(new TrialServer(settings, clock));
  TRY(server->write_config());
  server->pid_ = TRY(settings.start(server->folder_ + "/earwitness.toml", server->folder_ + "/log"));
  TRY(server->wait_until_it_answers());
  return server;
}

TrialServer::~TrialServer() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Status TrialServer::write_config() {
  TRY(io::posix_env().make_directories(folder_));
  config_.data_directory = folder_ + "/data";
  config_.keys_directory = folder_ + "/keys";
  config_.database = "sqlite";
  sip_ = {*IpAddress::parse("127.0.0.1"), TRY(free_port())};
  const uint16_t http = TRY(free_port());
  std::ofstream file(folder_ + "/earwitness.toml");
  // Literal strings: a path is what it is. The clients' media comes from many addresses of this machine.
  file << "[storage]\ndata = '" << config_.data_directory << "'\nkeys = '" << config_.keys_directory
       << "'\n[recording]\ndefault = \"all\"\n[server]\nhttp = \"127.0.0.1:" << http
       << "\"\n[sip]\nlisten = [\"" << sip_.text() << "\"]\nlisten_tls = []\nmedia_ports = \"10000-59999\"\n"
       << "[[sip.peer]]\nname = \"selftest\"\nnetworks = [\"127.0.0.0/8\"]\nlearn_source = "
          "true\nallow_plain_keys = true\n";
  file.close();
  if (!file) return Error(ErrorCode::kIo, folder_ + ": cannot be written");
  return {};
}

Status TrialServer::wait_until_it_answers() {
  auto channel = TRY(srcload::Channel::open(Transport::kUdp, {sip_.ip, 0}, sip_));
  const std::string own = channel->local().text();
  const auto until = std::chrono::steady_clock::now() + kStartWithin;
  for (int cseq = 1; std::chrono::steady_clock::now() < until; ++cseq) {
    const std::string number = std::to_string(cseq);
    channel->send("OPTIONS sip:srs@" + sip_.text() + " SIP/2.0\r\nVia: SIP/2.0/UDP " + own +
                  ";branch=z9hG4bKselftest" + number + ";rport\r\nMax-Forwards: 70\r\nFrom: <sip:selftest@" +
                  own + ">;tag=selftest\r\nTo: <sip:srs@" + sip_.text() +
                  ">\r\nCall-ID: selftest\r\nCSeq: " + number + " OPTIONS\r\nContent-Length: 0\r\n\r\n");
    std::this_thread::sleep_for(kAskEvery);
    bool is_ready = false;
    channel->receive([&](std::string_view text) { is_ready |= text.starts_with("SIP/2.0 200"); });
    if (is_ready) return {};
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) return pid_ = -1, ended();
  }
  return Error(ErrorCode::kBusy, "the server of the trial does not answer")
      .within(contents(folder_ + "/log"));
}

Error TrialServer::ended() const {
  return Error(ErrorCode::kIo, "the server of the trial has ended").within(contents(folder_ + "/log"));
}

Result<TrialServer::Used> TrialServer::recorder() const {
  const std::string process = "/proc/" + std::to_string(TRY(child_of(pid_, "ew-recorder")));
  Used used;
  // proc(5): behind the name in brackets the state, then numbers; utime and stime are the fields 14 and 15.
  const std::string stat = contents(process + "/stat");
  std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  used.cpu_s = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  const std::string status = contents(process + "/status");
  if (size_t at = status.find("VmHWM:"); at != std::string::npos)
    used.memory_bytes = std::strtoull(status.c_str() + at + 6, nullptr, 10) * 1'024;
  return used;
}

Status TrialServer::stop() {
  ::kill(pid_, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + kStopWithin;
  while (std::chrono::steady_clock::now() < until) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return ended();
      return {};
    }
    std::this_thread::sleep_for(kAskEvery);
  }
  return Error(ErrorCode::kBusy, "the server of the trial does not stop");
}

// Opening brings home what was still in its journals.
Result<TrialServer::Stored> TrialServer::stored() {
  auto data = TRY(node::DataDirectory::open(io::posix_env(), clock_, config_));
  Stored stored;
  std::optional<CallId> last;
  while (true) {
    auto ids = TRY(data->calls().all_calls(config_.tenant, last, kCallsAtOnce));
    if (ids.empty()) break;
    last = ids.back();
    for (CallId id : ids) {
      auto rows = TRY(data->calls().find(config_.tenant, id));
      if (!rows) continue;
      for (const RecordingRecord& recording : rows->recordings)
        for (const MediaStream& stream : recording.streams) stored.packets += stream.packets;
      for (const db::PartRow& part : rows->parts) stored.bytes += part.size;
    }
  }
  TRY(data->close());
  return stored;
}

}  // namespace ew::selftest
