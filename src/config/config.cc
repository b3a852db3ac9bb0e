#include "config/config.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "base/text.h"
#include "config/settings_internal.h"
#include "net/endpoint.h"
#include "net/network.h"

namespace ew::config {
namespace {

Error at(const std::string& name, const toml::source_region& place, const std::string& what) {
  return Error(ErrorCode::kUsage, name + ":" + std::to_string(place.begin.line) + ": " + what);
}

Error usage(const std::string& what) { return Error(ErrorCode::kUsage, what); }

// "data, keys, database": the keys of one section, or (without one) the sections.
std::string known(std::string_view section) {
  std::string list;
  std::set<std::string_view> named;
  for (const Setting& setting : settings()) {
    if (!section.empty() && setting.section != section) continue;
    std::string_view name = section.empty() ? setting.section : setting.key;
    if (!named.insert(name).second) continue;
    if (!list.empty()) list += ", ";
    list += section.empty() ? "[" + std::string(name) + "]" : std::string(name);
  }
  return list;
}

// What was found, for the error: short and on one line.
std::string shown(const toml::node& node) {
  std::ostringstream out;
  if (auto text = node.value_exact<std::string>()) return "\"" + printable(*text, 60) + "\"";
  node.visit([&](const auto& value) { out << value; });
  return printable(out.str(), 60);
}

Status apply(const std::string& name, std::string_view section, std::string_view key, const toml::node& node,
             Config& config) {
  auto all = settings();
  auto setting = std::find_if(all.begin(), all.end(),
                              [&](const Setting& one) { return one.section == section && one.key == key; });
  if (setting == all.end())
    return at(name, node.source(),
              "unknown setting " + std::string(section) + "." + printable(key) +
                  " (known: " + known(section) + ")");
  if (setting->read(node, config)) return {};
  return at(name, node.source(),
            setting->name() + " must be " + std::string(setting->expected) + ", not " + shown(node));
}

std::string home() {
  const char* home = std::getenv("HOME");
  return home && *home ? home : ".";
}

// "sip:src@192.0.2.1:5060", the port left out for 5060: an address of its own, since names are not looked up
// and what answers must be the peer.
Status check_call(const std::string& name, const SipPeer& peer) {
  const std::string wanted =
      name + "call: \"" + printable(peer.call, 100) + "\" is no SIP address such as sip:src@192.0.2.1:5060";
  if (!peer.call.starts_with("sip:")) return usage(wanted);
  const size_t at = peer.call.find('@');
  const std::string host = peer.call.substr(at == std::string::npos ? 4 : at + 1);
  auto target = Endpoint::parse(host);
  if (!target) target = Endpoint::parse(host + ":5060");
  if (!target || target->port == 0) return usage(wanted);
  auto is_there = [&](const std::string& text) {
    auto network = Network::parse(text);
    return network && network->contains(target->ip);
  };
  if (std::none_of(peer.networks.begin(), peer.networks.end(), is_there))
    return usage(name + "call: " + target->ip.text() + " is in none of its networks");
  return {};
}

Status check_peer(const SipPeer& peer, const SipSettings& sip) {
  const std::string name = "sip.peer \"" + printable(peer.name, 60) + "\" ";
  if (peer.networks.empty() && peer.certificate_names.empty())
    return usage(name + "needs networks (the addresses it sends from) or certificate_names");
  if (!peer.certificate_names.empty() && (!sip.speaks_tls() || sip.tls_client_authorities.empty()))
    return usage(name +
                 "has certificate_names, which need sip.tls_certificate and sip.tls_client_authorities");
  if (peer.digest_user.empty() != peer.digest_password.empty())
    return usage(name + "must have digest_user and digest_password, or neither");
  if (!peer.call.empty()) TRY(check_call(name, peer));
  return {};
}

bool is_loopback(const std::string& address) {
  return address.rfind("127.", 0) == 0 || address.rfind("[::1]", 0) == 0;
}

// What comes by HEP makes calls and holds their keys: not whoever reaches the port may send it.
Status check_hep(const HepSettings& hep) {
  constexpr size_t kMaxKey = 256;
  if (hep.key.size() > kMaxKey) return usage("hep.key has more than 256 characters");
  for (const std::string& address : hep.listen) {
    TRY(check_address(address));
    if (!is_loopback(address) && hep.key.empty() && hep.networks.empty())
      return usage("hep.listen: " + address +
                   " can be reached by other machines: set hep.networks to the addresses of the agents, or "
                   "hep.key to the password that they send");
  }
  return {};
}

}  // namespace

Config defaults() {
  Config config;
  bool root = geteuid() == 0;
  config.data_directory = root ? "/var/lib/earwitness" : "./data";
  config.keys_directory = root ? "/etc/earwitness/keys" : home() + "/.config/earwitness/keys";
  config.database = "sqlite";
  return config;
}

bool is_interface_name(const std::string& name) {
  constexpr size_t kMaxName = 15;
  return !name.empty() && name.size() <= kMaxName && name != "." && name != ".." &&
         std::none_of(name.begin(), name.end(),
                      [](char c) { return c == '/' || c == ':' || static_cast<unsigned char>(c) <= ' '; });
}

std::string default_path() { return "/etc/earwitness/earwitness.toml"; }

Status read_text(const std::string& name, const std::string& text, Config& config) {
  toml::table parsed;
  try {
    parsed = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return at(name, error.source(), std::string(error.description()));
  }
  for (const auto& [section, node] : parsed) {
    const toml::table* table = node.as_table();
    if (!table || known(section.str()).empty())
      return at(name, node.source(),
                "unknown section [" + printable(section.str()) + "] (known: " + known("") + ")");
    for (const auto& [key, value] : *table) TRY(apply(name, section.str(), key.str(), value, config));
  }
  return {};
}

Status read_file(const std::string& path, Config& config) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return usage(path + ": cannot be read");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return read_text(path, text, config);
}

std::string to_text(const Config& config) {
  toml::table file;
  for (const Setting& setting : settings()) {
    toml::table* section = file[setting.section].as_table();
    if (!section) section = file.insert_or_assign(setting.section, toml::table()).first->second.as_table();
    setting.write(config, *section);
  }
  std::ostringstream out;
  // No literal strings: every text comes back byte for byte.
  out << toml::toml_formatter(file, toml::format_flags::none);
  return out.str();
}

Status check_address(const std::string& address) {
  size_t colon = address.rfind(':');
  std::string host = colon == std::string::npos ? "" : address.substr(0, colon);
  bool is_v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_v6) host = host.substr(1, host.size() - 2);
  uint8_t bytes[16];
  bool fits = colon != std::string::npos && parse_number(address.substr(colon + 1), 65535) &&
              ::inet_pton(is_v6 ? AF_INET6 : AF_INET, host.c_str(), bytes) == 1;
  if (fits) return {};
  return usage("\"" + printable(address) + "\" is no address and port such as 127.0.0.1:8080 or [::1]:8080");
}

Status check(const Config& config) {
  for (const std::string& name : config.capture.interfaces)
    if (!is_interface_name(name))
      return usage("\"" + printable(name) + "\" is no name of a network interface");
  const SipSettings& sip = config.sip;
  if (sip.tls_certificate.empty() != sip.tls_key.empty())
    return usage("sip.tls_certificate and sip.tls_key must be set together");
  if (sip.listen_tls != SipSettings().listen_tls && !sip.listen_tls.empty() && sip.tls_certificate.empty())
    return usage("sip.listen_tls needs sip.tls_certificate and sip.tls_key");
  if (sip.tls_require_client_certificate && sip.tls_client_authorities.empty())
    return usage("sip.tls_require_client_certificate needs sip.tls_client_authorities");
  for (const auto* addresses : {&sip.listen, &sip.listen_tls})
    for (const std::string& address : *addresses) TRY(check_address(address));
  for (const SipPeer& peer : sip.peers) TRY(check_peer(peer, sip));
  TRY(check_hep(config.hep));
  const ServerSettings& server = config.server;
  if (server.tls_certificate.empty() != server.tls_key.empty())
    return usage("server.tls_certificate and server.tls_key must be set together");
  for (const std::string& address : server.http) {
    TRY(check_address(address));
    if (!is_loopback(address) && server.tls_certificate.empty() && !server.allow_plain_http)
      return usage("server.http: " + address +
                   " can be reached by other machines, so it needs TLS: set server.tls_certificate and "
                   "server.tls_key, or server.allow_plain_http = true where a proxy does it");
  }
  return {};
}

}  // namespace ew::config
