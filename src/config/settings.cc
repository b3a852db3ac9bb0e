#include "config/settings_internal.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ew::config {
namespace {

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

bool read_addresses(const toml::node& node, Config& config) {
  std::vector<std::string> addresses;
  auto take = [&](const toml::node& element) {
    auto value = element.value_exact<std::string>();
    if (value) addresses.push_back(*value);
    return value && check_address(*value).ok();
  };
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& element : *list)
      if (!take(element)) return false;
  } else if (!take(node)) {
    return false;
  }
  config.server.http = std::move(addresses);
  return true;
}

void write_addresses(const Config& config, toml::table& table) {
  toml::array list;
  for (const std::string& address : config.server.http) list.push_back(address);
  table.insert_or_assign("http", list);
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
  static const std::array<Setting, 13> kSettings = {{
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
      {"server", "http",
       "an address and port such as \"127.0.0.1:8080\" or \"[::1]:8080\", or a list of them", read_addresses,
       write_addresses},
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
      {"log", "format", "\"text\", \"json\" or \"journald\"", read_format, write_format},
      {"log", "level", "\"error\", \"warning\", \"notice\", \"info\" or \"debug\"", read_level, write_level},
  }};
  return kSettings;
}

}  // namespace ew::config
