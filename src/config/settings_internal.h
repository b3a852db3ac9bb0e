// The table of all settings: one line each says how it is read from the file and written for another process.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <toml++/toml.h>

#include "config/config.h"

namespace ew::config {

struct Setting {
  std::string_view section, key;
  std::string_view expected;                             // "a text in quotes": what the error says
  std::function<bool(const toml::node&, Config&)> read;  // false: not what is expected
  std::function<void(const Config&, toml::table& section)> write;

  std::string name() const { return std::string(section) + "." + std::string(key); }
};

std::span<const Setting> settings();

}  // namespace ew::config
