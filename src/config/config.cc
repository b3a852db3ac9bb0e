#include "config/config.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include <toml++/toml.h>

namespace ew::config {
namespace {

Error at(const std::string& name, const toml::source_region& place, const std::string& what) {
  return Error(ErrorCode::kUsage, name + ":" + std::to_string(place.begin.line) + ": " + what);
}

Result<std::string> text_of(const std::string& name, const std::string& setting, const toml::node& node) {
  auto value = node.value<std::string>();
  if (!value || !node.is_string()) return at(name, node.source(), setting + " must be a text in quotes");
  return *value;
}

Status apply_storage(const std::string& name, std::string_view key, const toml::node& node, Config& config) {
  std::map<std::string_view, std::string*> places = {
      {"data", &config.data_directory}, {"keys", &config.keys_directory}, {"database", &config.database}};
  auto place = places.find(key);
  if (place == places.end())
    return at(name, node.source(),
              "unknown setting storage." + std::string(key) + " (known: data, keys, database)");
  *place->second = TRY(text_of(name, "storage." + std::string(key), node));
  return {};
}

Status apply_recording(const std::string& name, std::string_view key, const toml::node& node,
                       Config& config) {
  if (key == "default") {
    std::string value = TRY(text_of(name, "recording.default", node));
    if (value != "none" && value != "all")
      return at(name, node.source(), "recording.default must be \"none\" or \"all\", not \"" + value + "\"");
    config.record_default = value == "all" ? RecordDefault::kAll : RecordDefault::kNone;
    return {};
  }
  if (key == "tenant") {
    config.tenant = TRY(text_of(name, "recording.tenant", node));
    return {};
  }
  return at(name, node.source(),
            "unknown setting recording." + std::string(key) + " (known: default, tenant)");
}

std::string home() {
  const char* home = std::getenv("HOME");
  return home && *home ? home : ".";
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
    std::string_view section_name = section.str();
    if (!table || (section_name != "storage" && section_name != "recording")) {
      return at(name, node.source(),
                "unknown section [" + std::string(section_name) + "] (known: [storage], [recording])");
    }
    for (const auto& [key, value] : *table) {
      TRY(section_name == "storage" ? apply_storage(name, key.str(), value, config)
                                    : apply_recording(name, key.str(), value, config));
    }
  }
  return {};
}

Status read_file(const std::string& path, Config& config) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error(ErrorCode::kUsage, path + ": cannot be read");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return read_text(path, text, config);
}

}  // namespace ew::config
