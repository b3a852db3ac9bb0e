#include "api/contract.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace ew::api {
namespace {

using nlohmann::json;

const Contract& contract() {
  static const Contract kContract;
  return kContract;
}

TEST(Contract, EveryOperationIsFoundByItsOwnPath) {
  std::set<std::string> ids;
  for (const Operation& operation : contract().operations()) {
    EXPECT_TRUE(ids.insert(operation.id).second) << operation.id;
    std::string path;
    for (const std::string& segment : operation.segments)
      path += "/" + (segment.starts_with('{') ? std::string("x") : segment);
    auto match = contract().match(operation.method, path);
    ASSERT_NE(match.operation, nullptr) << operation.method << " " << path;
    EXPECT_EQ(match.operation->id, operation.id);
  }
  EXPECT_GT(ids.size(), 50u);
}

TEST(Contract, PathsWithoutVariablesWin) {
  EXPECT_EQ(contract().match("GET", "/calls/count").operation->id, "countCalls");
  auto call = contract().match("GET", "/calls/019cadca-9220-724c-b8cb-4c84bc2299fd");
  EXPECT_EQ(call.operation->id, "getCall");
  EXPECT_EQ(call.path_values.at(0).second, "019cadca-9220-724c-b8cb-4c84bc2299fd");
  EXPECT_EQ(contract().match("HEAD", "/calls").operation->id, "listCalls");
}

TEST(Contract, UnknownPathsAndMethods) {
  for (const char* path : {"", "/", "calls", "/call", "/calls/", "/calls/x/y/z", "//calls"})
    EXPECT_EQ(contract().match("GET", path).operation, nullptr) << path;
  auto wrong = contract().match("PATCH", "/session");
  EXPECT_EQ(wrong.operation, nullptr);
  EXPECT_EQ(wrong.allowed, "DELETE, GET, POST");
  EXPECT_TRUE(contract().match("GET", "/nowhere").allowed.empty());
}

std::optional<Problem> read(const char* method, const char* path, Contract::Query query, json& out) {
  auto match = contract().match(method, path);
  EXPECT_NE(match.operation, nullptr);
  return contract().read_parameters(*match.operation, match.path_values, query, out);
}

TEST(Contract, ParametersBecomeValues) {
  json out;
  ASSERT_FALSE(
      read("GET", "/calls", {{"limit", "50"}, {"min_duration", "1.5"}, {"direction", "inbound"}}, out));
  EXPECT_EQ(out, (json{{"limit", 50}, {"min_duration", 1.5}, {"direction", "inbound"}}));
}

TEST(Contract, WrongParametersAreNamed) {
  const std::pair<std::string, std::string> kWrong[] = {
      {"limit", "0"},          {"limit", "201"},       {"limit", "ten"},
      {"limit", "1e1"},        {"limit", ""},          {"limit", "99999999999999999999"},
      {"min_duration", "nan"}, {"min_duration", "-1"}, {"min_duration", "inf"},
      {"direction", "up"},     {"from", "today"},      {"number", std::string(65, '1')},
      {"sort", "start_at"},
  };
  for (const auto& [name, text] : kWrong) {
    json out;
    auto problem = read("GET", "/calls", {{name, text}}, out);
    ASSERT_TRUE(problem) << name << "=" << text;
    EXPECT_EQ(problem->status, 400u);
    EXPECT_EQ(problem->field, name);
  }
  json out;
  EXPECT_TRUE(read("GET", "/calls", {{"limit", "5"}, {"limit", "6"}}, out));
  auto missing = read("GET", "/calls/019cadca-9220-724c-b8cb-4c84bc2299fd/export", {}, out);
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->field, "format");
  EXPECT_EQ(read("GET", "/calls/..", {}, out)->status, 404u);
}

std::optional<Problem> read_body(const char* method, const char* path, const std::string& body) {
  json out;
  return contract().read_body(*contract().match(method, path).operation, body, out);
}

TEST(Contract, BodiesAreChecked) {
  EXPECT_FALSE(read_body("POST", "/session", R"({"name":"a","password":"b"})"));
  EXPECT_FALSE(
      read_body("POST", "/accounts", R"({"name":"anna","password":"123456789012","roles":["listener"]})"));
  const std::pair<const char*, const char*> kWrong[] = {
      {R"({"name":"Anna","password":"123456789012","roles":["listener"]})", "name"},
      {R"({"name":"anna","password":"short","roles":["listener"]})", "password"},
      {R"({"name":"anna","password":"123456789012","roles":[]})", "roles"},
      {R"({"name":"anna","password":"123456789012","roles":["king"]})", "roles/0"},
      {R"({"name":"anna","password":"123456789012","roles":["listener","listener"]})", "roles/1"},
      {R"({"name":"anna","password":"123456789012"})", "roles"},
      {R"({"name":"anna","password":"123456789012","roles":["listener"],"admin":true})", "admin"},
      {R"({"name":7,"password":"123456789012","roles":["listener"]})", "name"},
      {"[]", ""},
      {"", ""},
      {"{", ""},
      {"null", ""},
  };
  for (const auto& [body, field] : kWrong) {
    auto problem = read_body("POST", "/accounts", body);
    ASSERT_TRUE(problem) << body;
    EXPECT_EQ(problem->status, 400u) << body;
    EXPECT_EQ(problem->field, field) << body;
  }
}

TEST(Contract, DeepBodiesAreRefusedUnparsed) {
  EXPECT_TRUE(read_body("POST", "/session", std::string(100'000, '[')));
  EXPECT_TRUE(read_body("POST", "/session", R"({"name":")" + std::string(40, '[') + R"(","password":7})"));
  EXPECT_FALSE(read_body("POST", "/session", R"({"name":")" + std::string(40, '[') + R"(","password":"p"})"));
}

TEST(Contract, NullableReferences) {
  EXPECT_FALSE(read_body("POST", "/calls/019cadca-9220-724c-b8cb-4c84bc2299fd/notes",
                         R"({"kind":"note","text":"x","from_seconds":null})"));
  EXPECT_TRUE(read_body("POST", "/calls/019cadca-9220-724c-b8cb-4c84bc2299fd/notes",
                        R"({"kind":"note","text":"x","from_seconds":"1"})"));
}

}  // namespace
}  // namespace ew::api
