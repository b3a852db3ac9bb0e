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

struct CaptureSettings {
  std::vector<std::string> interfaces;  // names, or "any"
  uint32_t ring_mb = 64;                // memory in which packets of one interface wait for us
  std::vector<uint16_t> tcp_ports;      // where SIP over TCP is looked for besides 5060 to 5099
};

// Whoever sends copies of calls by SIPREC (RFC 7866).
struct SipPeer {
  std::string name;
  std::vector<std::string> networks;           // "192.0.2.0/24", or an address
  std::vector<std::string> certificate_names;  // of its TLS certificate
  bool strict = false;                         // RFC 7866 to the letter
  bool learn_source = false;                   // media may come from another address than was negotiated
  bool allow_plain_keys = false;               // SRTP keys over signalling that is not encrypted
  bool require_encryption = false;
  std::string digest_user, digest_password;
  bool allow_md5 = false;  // also take digests by MD5
  std::string call;        // "sip:src@192.0.2.1:5060": we begin its sessions, over UDP
  bool operator==(const SipPeer&) const = default;
};

struct SipSettings {
  std::vector<std::string> listen = {"0.0.0.0:5060", "[::]:5060"};      // for UDP and TCP; none: no SIPREC
  std::vector<std::string> listen_tls = {"0.0.0.0:5061", "[::]:5061"};  // once there is a certificate
  std::string tls_certificate, tls_key, tls_client_authorities, tls_client_revocations;  // PEM files
  bool tls_require_client_certificate = false;
  std::string advertised_address;                                // where we stand behind a NAT
  std::vector<std::string> media_addresses;                      // none: the one that the INVITE came to
  uint16_t media_port_first = 20'000, media_port_last = 59'999;  // media_ports = "20000-59999"
  uint32_t session_expires_s = 1'800;                            // RFC 4028, where the peer says nothing
  bool inactive_when_not_ready = false;        // when_not_ready = "refuse" (503) or "inactive"
  std::vector<std::string> withheld_metadata;  // names of elements that are not kept (RFC 7865 section 10)
  std::vector<SipPeer> peers;                  // [[sip.peer]]; none: everybody is taken
  bool speaks_tls() const { return !tls_certificate.empty() && !listen_tls.empty(); }
  bool is_on() const { return !listen.empty() || speaks_tls(); }
};

// Agents that send copies of what they see by HEP: a proxy its SIP, also what went over TLS.
struct HepSettings {
  std::vector<std::string> listen;    // for UDP and TCP; none: no HEP
  std::string key;                    // that packets must bear; empty: none
  std::vector<std::string> networks;  // where agents may send from; none: anywhere
  bool is_on() const { return !listen.empty(); }
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
  // [recording] max_calls: recorded at once, later ones are logged; 0: no bound. Nothing: as it was rated.
  std::optional<uint32_t> max_calls;
  ServerSettings server;    // [server]
  CaptureSettings capture;  // [capture]
  SipSettings sip;          // [sip]
  HepSettings hep;          // [hep]
  LogSettings log;          // [log]
};

// Where data, keys and configuration lie when nothing else is said: for root the system's places, else the
// user's.
Config defaults();
// What the kernel takes as the name of a network interface.
bool is_interface_name(const std::string& name);
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
