// The program's log: one line per event with a level, a message for people and fields for machines. Whoever
// logs is given a Log; there is no global one. Text from outside cannot forge a line or colour a terminal:
// control bytes are escaped in every format. Secrets, tokens, digits and passwords must not be handed over.
#pragma once

#include <atomic>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/time.h"

namespace ew {

enum class LogLevel : int { kError, kWarning, kNotice, kInfo, kDebug };
enum class LogFormat {
  kText,     // 2026-11-21T19:12:22.123456Z warning keeper: Message; name=value
  kJson,     // {"time":…,"level":…,"process":…,"message":…,"name":"value"}
  kJournald  // systemd's native protocol, fields as EARWITNESS_NAME=
};
std::string_view name_of(LogLevel level);
std::optional<LogLevel> log_level(std::string_view name);  // "error", "warning", "notice", "info", "debug"

struct LogField {
  std::string_view name;  // lower case, digits and _
  std::string value;
};

class Log {
 public:
  struct Options {
    LogFormat format = LogFormat::kText;
    LogLevel level = LogLevel::kInfo;
    std::string process;  // "keeper"; empty for a command
    int fd = 2;           // for text and JSON; stays the caller's
    std::string journal_socket = "/run/systemd/journal/socket";
  };
  Log(const Clock& clock, Options options);

  // Any thread. A line is one write; one that cannot be written is dropped.
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(level, message, std::span(fields.begin(), fields.size()));
  }
  void write(LogLevel level, std::string_view message, std::span<const LogField> fields);
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kError, message, fields);
  }
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kWarning, message, fields);
  }
  void notice(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kNotice, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kInfo, message, fields);
  }
  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kDebug, message, fields);
  }
  bool is_on(LogLevel level) const { return level <= level_; }
  void set_level(LogLevel level) { level_ = level; }  // any thread
  LogFormat format() const { return options_.format; }

 private:
  const Clock& clock_;
  const Options options_;
  std::atomic<LogLevel> level_;
  Descriptor journal_;
};

// Journald if standard error is connected to it, as $JOURNAL_STREAM says; else text.
LogFormat log_format_of_environment();

}  // namespace ew
