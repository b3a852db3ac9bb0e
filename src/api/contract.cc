#include "api/contract.h"

#include <algorithm>

#include "api/openapi_document.h"

namespace ew::api {
namespace {

using nlohmann::json;

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    size_t end = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_variable(const std::string& segment) { return segment.starts_with('{'); }

const json& parameter_at(const json& document, const json& parameter) {
  auto reference = parameter.find("$ref");
  if (reference == parameter.end()) return parameter;
  return document.at(json::json_pointer(reference->get<std::string>().substr(1)));
}

Operation operation_of(const json& document, const std::string& path, const std::string& method,
                       const json& from) {
  Operation operation;
  operation.id = from.at("operationId");
  operation.method = method;
  std::transform(method.begin(), method.end(), operation.method.begin(),
                 [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  operation.path = path;
  operation.segments = split(path);
  operation.permission = from.at("x-permission");
  operation.status = static_cast<unsigned>(std::stoul(from.at("responses").begin().key()));
  for (const json& listed : from.value("parameters", json::array())) {
    const json& parameter = parameter_at(document, listed);
    if (parameter.at("in") == "header") continue;
    const std::string& name = parameter.at("name").get_ref<const std::string&>();
    // The schema is looked up again, in the document that stays.
    operation.parameters.push_back({name, parameter.at("in") == "path", parameter.at("required"), nullptr});
  }
  if (from.contains("requestBody")) operation.body_media = from.at("requestBody").at("content").begin().key();
  return operation;
}

// Depth of nesting, counted before parsing so that the parser cannot be led deep.
bool is_too_deep(std::string_view text) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > Contract::kMaxDepth) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::string_view Contract::text() const { return openapi_document(); }

Contract::Contract()
    : document_(json::parse(openapi_document())), schemas_(document_.at("components").at("schemas")) {
  for (const auto& [path, methods] : document_.at("paths").items()) {
    for (const auto& [method, from] : methods.items()) {
      Operation operation = operation_of(document_, path, method, from);
      size_t at = 0;
      if (auto parameters = from.find("parameters"); parameters != from.end()) {
        for (const json& listed : *parameters) {
          const json& parameter = parameter_at(document_, listed);
          if (parameter.at("in") != "header") operation.parameters[at++].schema = &parameter.at("schema");
        }
      }
      if (!operation.body_media.empty()) {
        operation.body_schema = &from.at("requestBody").at("content").at(operation.body_media).at("schema");
        operation.body_most = operation.body_schema->value("maxLength", UINT64_MAX);
      }
      operations_.push_back(std::move(operation));
    }
  }
}

Contract::Match Contract::match(std::string_view method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  std::vector<std::string> segments = split(path);
  // A path without variables wins over one with: /calls/count over /calls/{call_id}.
  size_t fewest = SIZE_MAX;
  for (const Operation& operation : operations_) {
    if (operation.segments.size() != segments.size()) continue;
    Query values;
    bool fits = true;
    for (size_t i = 0; fits && i < segments.size(); ++i) {
      const std::string& expected = operation.segments[i];
      if (is_variable(expected)) {
        values.emplace_back(expected.substr(1, expected.size() - 2), segments[i]);
        fits = !segments[i].empty();
      } else {
        fits = expected == segments[i];
      }
    }
    if (!fits || values.size() > fewest) continue;
    if (values.size() < fewest) match = {};
    fewest = values.size();
    match.allowed += (match.allowed.empty() ? "" : ", ") + operation.method;
    bool head = method == "HEAD" && operation.method == "GET";
    if (operation.method == method || head) {
      match.operation = &operation;
      match.path_values = std::move(values);
    }
  }
  return match;
}

std::optional<Problem> Contract::read_parameters(const Operation& operation, const Query& path_values,
                                                 const Query& query, json& out) const {
  out = json::object();
  auto take = [&](bool in_path, const std::string& name, const std::string& text) -> std::optional<Problem> {
    auto parameter =
        std::find_if(operation.parameters.begin(), operation.parameters.end(),
                     [&](const auto& known) { return known.in_path == in_path && known.name == name; });
    if (parameter == operation.parameters.end()) return bad_request(name, "no such parameter");
    if (out.contains(name)) return bad_request(name, "this parameter once");
    json value;
    if (auto fault = schemas_.read(*parameter->schema, text, value)) {
      // An id that cannot be one names nothing.
      if (in_path) return not_found("thing");
      return bad_request(name, fault->expected);
    }
    out[name] = std::move(value);
    return std::nullopt;
  };
  for (const auto& [name, text] : path_values)
    if (auto problem = take(true, name, text)) return problem;
  for (const auto& [name, text] : query)
    if (auto problem = take(false, name, text)) return problem;
  for (const Operation::Parameter& parameter : operation.parameters)
    if (parameter.required && !out.contains(parameter.name))
      return bad_request(parameter.name, "this parameter");
  return std::nullopt;
}

std::optional<Problem> Contract::read_body(const Operation& operation, std::string_view body,
                                           json& out) const {
  if (is_too_deep(body)) return bad_request("", "at most 32 levels of JSON");
  out = json::parse(body, nullptr, false);
  if (out.is_discarded()) return bad_request("", "JSON");
  if (auto fault = schemas_.check(*operation.body_schema, out))
    return bad_request(fault->place, fault->expected);
  return std::nullopt;
}

}  // namespace ew::api
