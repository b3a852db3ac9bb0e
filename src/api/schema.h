// Checks values against the JSON Schemas of openapi.json, as far as that document uses them: type, enum,
// format (uuid, date-time, account-name), bounds of numbers, lengths and counts, properties, anyOf, $ref.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace ew::api {

struct Fault {
  std::string place;     // "roles/0", empty for the value itself
  std::string expected;  // "one of administrator, listener, auditor"
};

class Schemas {
 public:
  // `components` is the document's components.schemas, which outlives this.
  explicit Schemas(const nlohmann::json& components) : components_(components) {}

  // The first fault of a value, or nothing.
  std::optional<Fault> check(const nlohmann::json& schema, const nlohmann::json& value) const;
  // A parameter's text as a value of the schema's type; a fault where it is none.
  std::optional<Fault> read(const nlohmann::json& schema, const std::string& text,
                            nlohmann::json& value) const;

  const nlohmann::json& resolve(const nlohmann::json& schema) const;

 private:
  std::optional<Fault> check_object(const nlohmann::json& schema, const nlohmann::json& value) const;
  std::optional<Fault> check_array(const nlohmann::json& schema, const nlohmann::json& value) const;

  const nlohmann::json& components_;
};

}  // namespace ew::api
