// The REST interface as openapi.json states it: which operations there are, who may use them, and what they
// take. The document is part of the program; requests are checked against it before a handler sees them, so
// it cannot say anything that does not hold.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/problem.h"
#include "api/schema.h"

namespace ew::api {

struct Operation {
  std::string id, method, path;  // "getCall", "GET", "/calls/{call_id}"
  std::string permission;        // of Permission, or "own", "setup", "public"
  unsigned status = 200;         // when it succeeds
  std::string body_media;        // empty: takes none
  const nlohmann::json* body_schema = nullptr;
  uint64_t body_most = UINT64_MAX;  // bytes, where the document says it (maxLength)
  struct Parameter {
    std::string name;
    bool in_path = false, required = false;
    const nlohmann::json* schema = nullptr;
  };
  std::vector<Parameter> parameters;
  std::vector<std::string> segments;  // of the path

  bool changes() const { return method != "GET"; }
  bool takes_json() const { return body_media == "application/json"; }
};

class Contract {
 public:
  static constexpr size_t kMaxDepth = 32;  // of JSON bodies
  using Query = std::vector<std::pair<std::string, std::string>>;

  Contract();

  std::string_view text() const;  // the document as it is served
  const std::vector<Operation>& operations() const { return operations_; }
  const nlohmann::json& document() const { return document_; }
  const Schemas& schemas() const { return schemas_; }

  // The operation at a path below /api/v1, with what its braces stand for. Without an operation: whether the
  // path is known with other methods (for 405), and with which.
  struct Match {
    const Operation* operation = nullptr;
    Query path_values;
    std::string allowed;  // "GET, POST"
  };
  Match match(std::string_view method, std::string_view path) const;

  // The parameters of a request as one object, checked; or what is wrong.
  std::optional<Problem> read_parameters(const Operation& operation, const Query& path_values,
                                         const Query& query, nlohmann::json& out) const;
  std::optional<Problem> read_body(const Operation& operation, std::string_view body,
                                   nlohmann::json& out) const;

 private:
  nlohmann::json document_;
  Schemas schemas_;
  std::vector<Operation> operations_;
};

}  // namespace ew::api
