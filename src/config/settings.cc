#include "config/settings_internal.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "net/network.h"

namespace ew::config {
namespace {

constexpr int64_t kMaxRingMb = 4'096;
constexpr int64_t kMaxCalls = 1'000'000;
constexpr size_t kMaxTcpPorts = 64;
constexpr int64_t kMinSessionExpires = 90, kMaxSessionExpires = 86'400;  // RFC 4028 section 5

template <typename Value>
using Place = std::function<Value&(Config&)>;

template <typename Value>
const Value& value_at(const Place<Value>& place, const Config& config) {
  return place(const_cast<Config&>(config));  // only read through the reference that is returned
}

Setting text(std::string_view section, std::string_view key, Place<std::string> place) {
  return {section, key, "a text in quotes",
          [place](const toml::node& node, Config& config) {
            auto value = node.value_exact<std::string>();
            if (value) place(config) = *value;
            return value.has_value();
          },
          [place, key](const Config& config, toml::table& table) {
            table.insert_or_assign(key, value_at(place, config));
          }};
}

Setting truth(std::string_view section, std::string_view key, Place<bool> place) {
  return {section, key, "true or false",
          [place](const toml::node& node, Config& config) {
            auto value = node.value_exact<bool>();
            if (value) place(config) = *value;
            return value.has_value();
          },
          [place, key](const Config& config, toml::table& table) {
            table.insert_or_assign(key, value_at(place, config));
          }};
}

// A text, or a list of texts.
std::optional<std::vector<std::string>> texts_of(const toml::node& node) {
  std::vector<std::string> texts;
  if (auto one = node.value_exact<std::string>()) return std::vector{*one};
  const toml::array* list = node.as_array();
  if (!list) return std::nullopt;
  for (const toml::node& element : *list) {
    auto text = element.value_exact<std::string>();
    if (!text) return std::nullopt;
    texts.push_back(*text);
  }
  return texts;
}

toml::array list_of(const std::vector<std::string>& texts) {
  toml::array list;
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

Setting addresses(std::string_view section, std::string_view key, Place<std::vector<std::string>> place) {
  return {section, key, "an address and port such as \"127.0.0.1:8080\" or \"[::1]:8080\", or a list of them",
          [place](const toml::node& node, Config& config) {
            auto texts = texts_of(node);
            auto is_good = [](const std::string& address) { return check_address(address).ok(); };
            if (!texts || !std::all_of(texts->begin(), texts->end(), is_good)) return false;
            place(config) = std::move(*texts);
            return true;
          },
          [place, key](const Config& config, toml::table& table) {
            table.insert_or_assign(key, list_of(value_at(place, config)));
          }};
}

bool read_interfaces(const toml::node& node, Config& config) {
  auto names = texts_of(node);
  if (!names || !std::all_of(names->begin(), names->end(), is_interface_name)) return false;
  config.capture.interfaces = std::move(*names);
  return true;
}

void write_interfaces(const Config& config, toml::table& table) {
  table.insert_or_assign("interfaces", list_of(config.capture.interfaces));
}

bool read_ring(const toml::node& node, Config& config) {
  auto megabytes = node.value_exact<int64_t>();
  if (!megabytes || *megabytes < 1 || *megabytes > kMaxRingMb) return false;
  config.capture.ring_mb = static_cast<uint32_t>(*megabytes);
  return true;
}

void write_ring(const Config& config, toml::table& table) {
  table.insert_or_assign("ring_mb", int64_t{config.capture.ring_mb});
}

bool read_ports(const toml::node& node, Config& config) {
  const toml::array* list = node.as_array();
  if (!list || list->size() > kMaxTcpPorts) return false;
  std::vector<uint16_t> ports;
  for (const toml::node& element : *list) {
    auto port = element.value_exact<int64_t>();
    if (!port || *port < 1 || *port > 65'535) return false;
    ports.push_back(static_cast<uint16_t>(*port));
  }
  config.capture.tcp_ports = std::move(ports);
  return true;
}

void write_ports(const Config& config, toml::table& table) {
  toml::array list;
  for (uint16_t port : config.capture.tcp_ports) list.push_back(int64_t{port});
  table.insert_or_assign("tcp_ports", list);
}

bool is_ip_address(const std::string& text) { return IpAddress::parse(text).has_value(); }
bool is_network(const std::string& text) { return Network::parse(text).has_value(); }

bool read_advertised(const toml::node& node, Config& config) {
  auto address = node.value_exact<std::string>();
  if (!address || (!address->empty() && !is_ip_address(*address))) return false;
  config.sip.advertised_address = *address;
  return true;
}

void write_advertised(const Config& config, toml::table& table) {
  table.insert_or_assign("advertised_address", config.sip.advertised_address);
}

// At most one of each family.
bool read_media_addresses(const toml::node& node, Config& config) {
  auto addresses = texts_of(node);
  if (!addresses || !std::all_of(addresses->begin(), addresses->end(), is_ip_address)) return false;
  auto is_v4 = [](const std::string& address) { return IpAddress::parse(address)->is_v4(); };
  const auto v4 = std::count_if(addresses->begin(), addresses->end(), is_v4);
  if (v4 > 1 || static_cast<ptrdiff_t>(addresses->size()) - v4 > 1) return false;
  config.sip.media_addresses = std::move(*addresses);
  return true;
}

void write_media_addresses(const Config& config, toml::table& table) {
  table.insert_or_assign("media_addresses", list_of(config.sip.media_addresses));
}

bool read_max_calls(const toml::node& node, Config& config) {
  auto calls = node.value_exact<int64_t>();
  if (!calls || *calls < 0 || *calls > kMaxCalls) return false;
  config.max_calls = static_cast<uint32_t>(*calls);
  return true;
}

void write_max_calls(const Config& config, toml::table& table) {
  if (config.max_calls) table.insert_or_assign("max_calls", int64_t{*config.max_calls});
}

bool read_session_expires(const toml::node& node, Config& config) {
  auto seconds = node.value_exact<int64_t>();
  if (!seconds || *seconds < kMinSessionExpires || *seconds > kMaxSessionExpires) return false;
  config.sip.session_expires_s = static_cast<uint32_t>(*seconds);
  return true;
}

void write_session_expires(const Config& config, toml::table& table) {
  table.insert_or_assign("session_expires_s", int64_t{config.sip.session_expires_s});
}

bool read_when_not_ready(const toml::node& node, Config& config) {
  auto value = node.value_exact<std::string>();
  config.sip.inactive_when_not_ready = value == "inactive";
  return value == "inactive" || value == "refuse";
}

void write_when_not_ready(const Config& config, toml::table& table) {
  table.insert_or_assign("when_not_ready", config.sip.inactive_when_not_ready ? "inactive" : "refuse");
}

bool is_element_name(const std::string& name) {
  constexpr std::string_view kAlsoAllowed = "_-.";
  return !name.empty() && name.size() <= 100 && std::all_of(name.begin(), name.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || kAlsoAllowed.find(c) != std::string_view::npos;
  });
}

bool read_withheld(const toml::node& node, Config& config) {
  auto names = texts_of(node);
  if (!names || !std::all_of(names->begin(), names->end(), is_element_name)) return false;
  config.sip.withheld_metadata = std::move(*names);
  return true;
}

void write_withheld(const Config& config, toml::table& table) {
  table.insert_or_assign("withheld_metadata", list_of(config.sip.withheld_metadata));
}

bool read_media_ports(const toml::node& node, Config& config) {
  const std::string range = node.value_exact<std::string>().value_or("");
  const size_t dash = range.find('-');
  if (dash == std::string::npos) return false;
  auto first = parse_number(range.substr(0, dash), 65'535),
       last = parse_number(range.substr(dash + 1), 65'535);
  if (!first || !last || *first < 1'024 || *last < *first + 3) return false;
  config.sip.media_port_first = static_cast<uint16_t>(*first);
  config.sip.media_port_last = static_cast<uint16_t>(*last);
  return true;
}

void write_media_ports(const Config& config, toml::table& table) {
  table.insert_or_assign("media_ports", std::to_string(config.sip.media_port_first) + "-" +
                                            std::to_string(config.sip.media_port_last));
}

constexpr std::pair<std::string_view, std::string SipPeer::*> kPeerTexts[] = {
    {"name", &SipPeer::name},
    {"digest_user", &SipPeer::digest_user},
    {"digest_password", &SipPeer::digest_password},
    {"call", &SipPeer::call}};
constexpr std::pair<std::string_view, std::vector<std::string> SipPeer::*> kPeerLists[] = {
    {"networks", &SipPeer::networks}, {"certificate_names", &SipPeer::certificate_names}};
constexpr std::pair<std::string_view, bool SipPeer::*> kPeerTruths[] = {
    {"strict", &SipPeer::strict},
    {"learn_source", &SipPeer::learn_source},
    {"allow_plain_keys", &SipPeer::allow_plain_keys},
    {"require_encryption", &SipPeer::require_encryption},
    {"allow_md5", &SipPeer::allow_md5}};

bool read_hep_networks(const toml::node& node, Config& config) {
  auto networks = texts_of(node);
  if (!networks || !std::all_of(networks->begin(), networks->end(), is_network)) return false;
  config.hep.networks = std::move(*networks);
  return true;
}

void write_hep_networks(const Config& config, toml::table& table) {
  table.insert_or_assign("networks", list_of(config.hep.networks));
}

// One value of a peer's table into the member that has the key; false if there is none, or it is another
// kind.
bool read_peer_value(std::string_view key, const toml::node& node, SipPeer& peer) {
  for (const auto& [name, member] : kPeerTexts)
    if (name == key) {
      auto value = node.value_exact<std::string>();
      if (value) peer.*member = *value;
      return value.has_value();
    }
  for (const auto& [name, member] : kPeerLists)
    if (name == key) {
      auto value = texts_of(node);
      if (value) peer.*member = *value;
      const bool are_networks = name == "networks";
      return value && (!are_networks || std::all_of(value->begin(), value->end(), is_network));
    }
  for (const auto& [name, member] : kPeerTruths)
    if (name == key) {
      auto value = node.value_exact<bool>();
      if (value) peer.*member = *value;
      return value.has_value();
    }
  return false;
}

bool read_peers(const toml::node& node, Config& config) {
  const toml::array* list = node.as_array();
  if (!list) return false;
  std::vector<SipPeer> peers;
  for (const toml::node& element : *list) {
    const toml::table* table = element.as_table();
    if (!table) return false;
    SipPeer& peer = peers.emplace_back();
    for (const auto& [key, value] : *table)
      if (!read_peer_value(key.str(), value, peer)) return false;
    if (peer.name.empty()) return false;
  }
  config.sip.peers = std::move(peers);
  return true;
}

void write_peers(const Config& config, toml::table& table) {
  toml::array list;
  for (const SipPeer& peer : config.sip.peers) {
    toml::table one;
    for (const auto& [name, member] : kPeerTexts) one.insert_or_assign(name, peer.*member);
    for (const auto& [name, member] : kPeerLists) one.insert_or_assign(name, list_of(peer.*member));
    for (const auto& [name, member] : kPeerTruths) one.insert_or_assign(name, peer.*member);
    list.push_back(std::move(one));
  }
  table.insert_or_assign("peer", std::move(list));
}

bool read_default(const toml::node& node, Config& config) {
  auto value = node.value_exact<std::string>();
  if (value != "none" && value != "all") return false;
  config.record_default = value == "all" ? RecordDefault::kAll : RecordDefault::kNone;
  config.recording_configured = true;
  return true;
}

void write_default(const Config& config, toml::table& table) {
  if (config.recording_configured)
    table.insert_or_assign("default", config.record_default == RecordDefault::kAll ? "all" : "none");
}

constexpr std::array<std::pair<std::string_view, LogFormat>, 3> kLogFormats = {
    {{"text", LogFormat::kText}, {"json", LogFormat::kJson}, {"journald", LogFormat::kJournald}}};

bool read_format(const toml::node& node, Config& config) {
  auto value = node.value_exact<std::string>();
  for (const auto& [name, format] : kLogFormats) {
    if (value != name) continue;
    config.log.format = format;
    return true;
  }
  return false;
}

void write_format(const Config& config, toml::table& table) {
  for (const auto& [name, format] : kLogFormats)
    if (config.log.format == format) table.insert_or_assign("format", name);
}

bool read_level(const toml::node& node, Config& config) {
  auto level = log_level(node.value_exact<std::string>().value_or(""));
  if (level) config.log.level = *level;
  return level.has_value();
}

void write_level(const Config& config, toml::table& table) {
  table.insert_or_assign("level", name_of(config.log.level));
}

}  // namespace

std::span<const Setting> settings() {
  static const std::array<Setting, 34> kSettings = {{
      text(
          "storage", "data", [](Config & config) -> auto& { return config.data_directory; }),
      text(
          "storage", "keys", [](Config & config) -> auto& { return config.keys_directory; }),
      text(
          "storage", "database", [](Config & config) -> auto& { return config.database; }),
      {"recording", "default", "\"none\" or \"all\"", read_default, write_default},
      text(
          "recording", "legal_ground", [](Config & config) -> auto& { return config.legal_ground; }),
      text(
          "recording", "tenant", [](Config & config) -> auto& { return config.tenant; }),
      {"recording", "max_calls", "a number of calls up to 1000000, 0 for no bound", read_max_calls,
       write_max_calls},
      addresses(
          "server", "http", [](Config & config) -> auto& { return config.server.http; }),
      text(
          "server", "tls_certificate",
          [](Config & config) -> auto& { return config.server.tls_certificate; }),
      text(
          "server", "tls_key", [](Config & config) -> auto& { return config.server.tls_key; }),
      truth(
          "server", "allow_plain_http",
          [](Config & config) -> auto& { return config.server.allow_plain_http; }),
      text(
          "server", "user", [](Config & config) -> auto& { return config.server.user; }),
      {"capture", "interfaces",
       "the name of a network interface such as \"eth0\", or \"any\", or a list of them", read_interfaces,
       write_interfaces},
      {"capture", "ring_mb", "a number of megabytes from 1 to 4096", read_ring, write_ring},
      {"capture", "tcp_ports", "a list of at most 64 ports", read_ports, write_ports},
      addresses(
          "sip", "listen", [](Config & config) -> auto& { return config.sip.listen; }),
      addresses(
          "sip", "listen_tls", [](Config & config) -> auto& { return config.sip.listen_tls; }),
      text(
          "sip", "tls_certificate", [](Config & config) -> auto& { return config.sip.tls_certificate; }),
      text(
          "sip", "tls_key", [](Config & config) -> auto& { return config.sip.tls_key; }),
      text(
          "sip", "tls_client_authorities",
          [](Config & config) -> auto& { return config.sip.tls_client_authorities; }),
      text(
          "sip", "tls_client_revocations",
          [](Config & config) -> auto& { return config.sip.tls_client_revocations; }),
      truth(
          "sip", "tls_require_client_certificate",
          [](Config & config) -> auto& { return config.sip.tls_require_client_certificate; }),
      {"sip", "advertised_address", "an IP address", read_advertised, write_advertised},
      {"sip", "media_addresses", "an IP address, or a list of one IPv4 and one IPv6 address",
       read_media_addresses, write_media_addresses},
      {"sip", "media_ports", "a range of ports such as \"20000-59999\"", read_media_ports, write_media_ports},
      {"sip", "session_expires_s", "a number of seconds from 90 to 86400", read_session_expires,
       write_session_expires},
      {"sip", "when_not_ready", "\"refuse\" or \"inactive\"", read_when_not_ready, write_when_not_ready},
      {"sip", "withheld_metadata", "a name of a metadata element such as \"nameID\", or a list of them",
       read_withheld, write_withheld},
      {"sip", "peer",
       "tables [[sip.peer]] with name, networks (a list of addresses and of ranges such as "
       "\"192.0.2.0/24\"), certificate_names (a list of texts), strict, learn_source, allow_plain_keys, "
       "require_encryption, allow_md5 (true or false), digest_user, digest_password, call",
       read_peers, write_peers},
      addresses(
          "hep", "listen", [](Config & config) -> auto& { return config.hep.listen; }),
      text(
          "hep", "key", [](Config & config) -> auto& { return config.hep.key; }),
      {"hep", "networks", "an address or a range of them such as \"192.0.2.0/24\", or a list",
       read_hep_networks, write_hep_networks},
      {"log", "format", "\"text\", \"json\" or \"journald\"", read_format, write_format},
      {"log", "level", "\"error\", \"warning\", \"notice\", \"info\" or \"debug\"", read_level, write_level},
  }};
  return kSettings;
}

}  // namespace ew::config
