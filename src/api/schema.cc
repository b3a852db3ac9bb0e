#include "api/schema.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>

#include "base/ids.h"
#include "base/time.h"

namespace ew::api {
namespace {

using nlohmann::json;

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(),
                                           [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

bool is_account_name(std::string_view text) {
  auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (text.empty() || !plain(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return plain(c) || c == '.' || c == '_' || c == '@' || c == '-'; });
}

bool is_type(const std::string& type, const json& value) {
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  return type == "null" && value.is_null();
}

std::optional<Fault> check_type(const json& schema, const json& value) {
  auto type = schema.find("type");
  if (type == schema.end()) return std::nullopt;
  if (type->is_string()) {
    const auto& name = type->get_ref<const std::string&>();
    if (is_type(name, value)) return std::nullopt;
    return Fault{"", "a value of type " + name};
  }
  for (const json& one : *type)
    if (is_type(one.get_ref<const std::string&>(), value)) return std::nullopt;
  return Fault{"", "another type of value"};
}

std::optional<Fault> check_enum(const json& schema, const json& value) {
  auto list = schema.find("enum");
  if (list == schema.end() || std::find(list->begin(), list->end(), value) != list->end())
    return std::nullopt;
  std::string names;
  for (const json& one : *list)
    if (one.is_string()) names += (names.empty() ? "" : ", ") + one.get<std::string>();
  return Fault{"", "one of " + names};
}

std::optional<Fault> check_string(const json& schema, const std::string& text) {
  if (auto bound = schema.find("maxLength"); bound != schema.end() && characters(text) > bound->get<size_t>())
    return Fault{"", "at most " + bound->dump() + " characters"};
  if (auto bound = schema.find("minLength"); bound != schema.end() && characters(text) < bound->get<size_t>())
    return Fault{"", "at least " + bound->dump() + " characters"};
  std::string format = schema.value("format", "");
  WallTime time;
  if (format == "uuid" && !Uuid::parse(text)) return Fault{"", "an id"};
  if (format == "date-time" && !parse_rfc3339(text, time))
    return Fault{"", "a time such as 2026-11-21T09:00:00Z"};
  if (format == "account-name" && !is_account_name(text))
    return Fault{"", "lower-case letters, digits and . _ @ - , beginning with a letter or digit"};
  return std::nullopt;
}

std::optional<Fault> check_number(const json& schema, const json& value) {
  double number = value.get<double>();
  if (!std::isfinite(number)) return Fault{"", "a finite number"};
  if (auto bound = schema.find("minimum"); bound != schema.end() && number < bound->get<double>())
    return Fault{"", "at least " + bound->dump()};
  if (auto bound = schema.find("maximum"); bound != schema.end() && number > bound->get<double>())
    return Fault{"", "at most " + bound->dump()};
  return std::nullopt;
}

Fault below(const std::string& name, Fault fault) {
  fault.place = fault.place.empty() ? name : name + "/" + fault.place;
  return fault;
}

}  // namespace

const json& Schemas::resolve(const json& schema) const {
  auto reference = schema.find("$ref");
  if (reference == schema.end()) return schema;
  const auto& path = reference->get_ref<const std::string&>();
  return components_.at(path.substr(path.rfind('/') + 1));
}

std::optional<Fault> Schemas::check_object(const json& schema, const json& value) const {
  static const json kNone = json::object();
  auto listed = schema.find("properties");
  const json& properties = listed == schema.end() ? kNone : *listed;
  if (auto required = schema.find("required"); required != schema.end()) {
    for (const json& name : *required)
      if (!value.contains(name.get_ref<const std::string&>()))
        return Fault{name.get<std::string>(), "this member"};
  }
  bool open = schema.value("additionalProperties", json(true)) != json(false);
  for (const auto& [name, member] : value.items()) {
    auto property = properties.find(name);
    if (property == properties.end()) {
      if (!open) return Fault{name, "no such member"};
    } else if (auto fault = check(*property, member)) {
      return below(name, std::move(*fault));
    }
  }
  return std::nullopt;
}

std::optional<Fault> Schemas::check_array(const json& schema, const json& value) const {
  if (auto bound = schema.find("minItems"); bound != schema.end() && value.size() < bound->get<size_t>())
    return Fault{"", "at least " + bound->dump() + " items"};
  if (auto bound = schema.find("maxItems"); bound != schema.end() && value.size() > bound->get<size_t>())
    return Fault{"", "at most " + bound->dump() + " items"};
  for (size_t i = 0; i < value.size(); ++i) {
    if (auto fault = check(schema.at("items"), value[i])) return below(std::to_string(i), std::move(*fault));
    if (schema.value("uniqueItems", false) && std::find(value.begin(), value.begin() + static_cast<long>(i),
                                                        value[i]) != value.begin() + static_cast<long>(i))
      return Fault{std::to_string(i), "no item twice"};
  }
  return std::nullopt;
}

std::optional<Fault> Schemas::check(const json& unresolved, const json& value) const {
  const json& schema = resolve(unresolved);
  if (auto choices = schema.find("anyOf"); choices != schema.end()) {
    std::optional<Fault> first;
    for (const json& choice : *choices) {
      auto fault = check(choice, value);
      if (!fault) return std::nullopt;
      if (!first) first = std::move(fault);
    }
    return first;
  }
  if (auto fault = check_type(schema, value)) return fault;
  if (auto fault = check_enum(schema, value)) return fault;
  if (value.is_string()) return check_string(schema, value.get_ref<const std::string&>());
  if (value.is_number()) return check_number(schema, value);
  if (value.is_object()) return check_object(schema, value);
  if (value.is_array()) return check_array(schema, value);
  return std::nullopt;
}

std::optional<Fault> Schemas::read(const json& unresolved, const std::string& text, json& value) const {
  const json& schema = resolve(unresolved);
  std::string type = schema.value("type", "string");
  if (type == "string") {
    value = text;
  } else if (type == "boolean") {
    if (text != "true" && text != "false") return Fault{"", "true or false"};
    value = text == "true";
  } else {
    const char* end = text.data() + text.size();
    if (type == "integer") {
      int64_t number = 0;
      auto [stop, error] = std::from_chars(text.data(), end, number);
      if (error != std::errc() || stop != end) return Fault{"", "a whole number"};
      value = number;
    } else {
      double number = 0;
      auto [stop, error] = std::from_chars(text.data(), end, number);
      if (error != std::errc() || stop != end) return Fault{"", "a number"};
      value = number;
    }
  }
  return check(schema, value);
}

}  // namespace ew::api
