// The configuration: a TOML file, then what the command line says. Every setting has a default; an unknown
// one is an error, so that a mistyped name is not silently ignored.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace ew::config {

enum class RecordDefault { kNone, kAll };

struct ServerSettings {
  std::vector<std::string> http = {"127.0.0.1:8080"};  // addresses of the panel and the REST interface
  std::string tls_certificate, tls_key;  // PEM files; with them all addresses speak TLS, and only TLS
  bool allow_plain_http = false;         // also where other machines can read it
  std::string user = "earwitness";       // whom a server that was started as root becomes
};

struct LogSettings {
  std::optional<LogFormat> format;  // nothing: journald where it listens, else text
  LogLevel level = LogLevel::kInfo;
};

struct Config {
  std::string data_directory;  // [storage] data
  std::string keys_directory;  // [storage] keys: private halves of the keys, outside the data directory
  std::string database;        // [storage] database: "sqlite" (DATA/calls.sqlite) or "postgresql://…"
  RecordDefault record_default = RecordDefault::kNone;  // [recording] default, for live sources
  bool recording_configured = false;                    // it was said, so the panel does not ask
  std::string legal_ground;                             // [recording] legal_ground, in words
  std::string tenant = "default";                       // [recording] tenant
  ServerSettings server;                                // [server]
  LogSettings log;                                      // [log]
};

// Where data, keys and configuration lie when nothing else is said: for root the system's places, else the
// user's.
Config defaults();
std::string default_path();

// Applies the file's settings to `config`. An error names file, line and what was expected.
Status read_file(const std::string& path, Config& config);
Status read_text(const std::string& name, const std::string& text, Config& config);
// A text that read_text() makes the same configuration of: how one process hands it to another.
std::string to_text(const Config& config);

// One address of server.http, as the file or the command line has it: "127.0.0.1:8080", "[::]:8443".
Status check_address(const std::string& address);
// What only the whole configuration shows: addresses that others reach without TLS, a certificate without its
// key.
Status check(const Config& config);

}  // namespace ew::config
