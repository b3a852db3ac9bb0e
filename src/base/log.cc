#include "base/log.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace ew {
namespace {

constexpr size_t kMaxText = 2000;
constexpr std::array<std::string_view, 5> kLevelNames = {"error", "warning", "notice", "info", "debug"};
constexpr std::array<char, 5> kSyslogPriorities = {'3', '4', '5', '6', '7'};

size_t index_of(LogLevel level) { return static_cast<size_t>(level); }

// "Message; name=value name=value"
std::string with_fields(std::string_view message, std::span<const LogField> fields) {
  std::string text = printable(message, kMaxText);
  for (size_t i = 0; i < fields.size(); ++i)
    text += (i == 0 ? "; " : " ") + std::string(fields[i].name) + "=" + printable(fields[i].value, kMaxText);
  return text;
}

std::string text_line(WallTime at, LogLevel level, const std::string& process, std::string_view message,
                      std::span<const LogField> fields) {
  std::string line = to_rfc3339(at) + " " + std::string(name_of(level)) + " ";
  if (!process.empty()) line += process + ": ";
  return line + with_fields(message, fields) + "\n";
}

// What printable() leaves holds no control byte and is valid UTF-8, so quotes and backslashes are all that is
// left to escape.
void append_json(std::string& out, std::string_view name, std::string_view value) {
  out += out.empty() ? "{\"" : ",\"";
  out += name;
  out += "\":\"";
  for (char c : printable(value, kMaxText)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

std::string json_line(WallTime at, LogLevel level, const std::string& process, std::string_view message,
                      std::span<const LogField> fields) {
  std::string line;
  append_json(line, "time", to_rfc3339(at));
  append_json(line, "level", name_of(level));
  if (!process.empty()) append_json(line, "process", process);
  append_json(line, "message", message);
  for (const LogField& field : fields) append_json(line, field.name, field.value);
  return line + "}\n";
}

std::string upper(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

// https://systemd.io/JOURNAL_NATIVE_PROTOCOL: NAME=VALUE lines; no value of ours holds a line feed.
std::string journal_entry(LogLevel level, const std::string& process, std::string_view message,
                          std::span<const LogField> fields) {
  std::string entry = "PRIORITY=";
  entry += kSyslogPriorities[index_of(level)];
  entry += "\nSYSLOG_IDENTIFIER=earwitness";
  if (!process.empty()) entry += "-" + process;
  entry += "\nMESSAGE=" + with_fields(message, fields) + "\n";
  for (const LogField& field : fields)
    entry += "EARWITNESS_" + upper(field.name) + "=" + printable(field.value, kMaxText) + "\n";
  return entry;
}

Descriptor connect_journal(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, path.data(), path.size());
  Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return {};
  return socket;
}

}  // namespace

std::string_view name_of(LogLevel level) { return kLevelNames[index_of(level)]; }

std::optional<LogLevel> log_level(std::string_view name) {
  for (size_t i = 0; i < kLevelNames.size(); ++i)
    if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
  return std::nullopt;
}

Log::Log(const Clock& clock, Options options)
    : clock_(clock), options_(std::move(options)), level_(options_.level) {
  if (options_.format == LogFormat::kJournald) journal_ = connect_journal(options_.journal_socket);
}

void Log::write(LogLevel level, std::string_view message, std::span<const LogField> fields) {
  if (!is_on(level)) return;
  if (journal_) {
    std::string entry = journal_entry(level, options_.process, message, fields);
    if (::send(journal_.get(), entry.data(), entry.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return;
  }
  std::string line = options_.format == LogFormat::kJson
                         ? json_line(clock_.wall(), level, options_.process, message, fields)
                         : text_line(clock_.wall(), level, options_.process, message, fields);
  (void)!::write(options_.fd, line.data(), line.size());
}

LogFormat log_format_of_environment() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status;
  if (!stream || ::fstat(STDERR_FILENO, &status) != 0) return LogFormat::kText;
  std::string ours = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  return ours == stream ? LogFormat::kJournald : LogFormat::kText;
}

}  // namespace ew
