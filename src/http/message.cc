#include "http/message.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "base/text.h"

namespace ew::http {
namespace {

constexpr std::array<std::string_view, 7> kMethods = {"GET",   "HEAD",   "POST",   "PUT",
                                                      "PATCH", "DELETE", "OPTIONS"};

std::string quoted_json(std::string_view text) {
  std::string result = "\"";
  for (char c : to_utf8(text)) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<uint8_t>(c) < 0x20) {
      char escaped[7];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      result += escaped;
    } else {
      result += c;
    }
  }
  return result + '"';
}

}  // namespace

std::optional<Method> parse_method(std::string_view text) {
  auto found = std::find(kMethods.begin(), kMethods.end(), text);
  if (found == kMethods.end()) return std::nullopt;
  return static_cast<Method>(found - kMethods.begin());
}

std::string_view name_of(Method method) { return kMethods[static_cast<size_t>(method)]; }

std::string_view Headers::get(std::string_view name) const {
  for (const Header& field : fields_)
    if (equals_ignore_case(field.name, name)) return field.value;
  return {};
}

size_t Headers::count(std::string_view name) const {
  return static_cast<size_t>(std::count_if(fields_.begin(), fields_.end(), [&](const Header& field) {
    return equals_ignore_case(field.name, name);
  }));
}

std::string Headers::joined(std::string_view name) const {
  std::string result;
  for (const Header& field : fields_) {
    if (!equals_ignore_case(field.name, name)) continue;
    if (!result.empty()) result += ", ";
    result += field.value;
  }
  return result;
}

void Headers::add(std::string_view name, std::string_view value) {
  fields_.push_back({std::string(name), std::string(value)});
}

void Headers::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Header& field) { return equals_ignore_case(field.name, name); });
}

std::optional<std::string_view> Query::get(std::string_view name) const {
  for (const Parameter& parameter : parameters_)
    if (parameter.name == name) return parameter.value;
  return std::nullopt;
}

std::vector<std::string_view> Query::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Parameter& parameter : parameters_)
    if (parameter.name == name) values.push_back(parameter.value);
  return values;
}

std::optional<std::string_view> Request::cookie(std::string_view name) const {
  for (const Header& field : headers) {
    if (!equals_ignore_case(field.name, "Cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      size_t end = std::min(rest.find(';'), rest.size());
      std::string_view pair = trim(rest.substr(0, end));
      size_t equals = pair.find('=');
      if (equals != pair.npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return std::nullopt;
}

Response respond(unsigned status, std::string_view media_type, std::string body) {
  Response response{status, {}, std::move(body)};
  response.headers.add("Content-Type", media_type);
  return response;
}

Response json(unsigned status, std::string body) {
  return respond(status, "application/json", std::move(body));
}

Response no_content() { return Response{204, {}, {}}; }

Response redirect(unsigned status, std::string_view location) {
  Response response{status, {}, {}};
  response.headers.add("Location", location);
  return response;
}

Response stream(std::string_view media_type, std::unique_ptr<BodySource> source) {
  Response response{200, {}, std::move(source)};
  response.headers.add("Content-Type", media_type);
  return response;
}

Response events(std::shared_ptr<EventSubscriber> subscriber) {
  Response response{200, {}, std::move(subscriber)};
  response.headers.add("Content-Type", "text/event-stream");
  // A proxy that gathers a response before it passes it on would hold events back.
  response.headers.add("X-Accel-Buffering", "no");
  return response;
}

Response problem(unsigned status, std::string_view detail) {
  std::string body = R"({"type":"about:blank","title":)" + quoted_json(reason_of(status)) +
                     ",\"status\":" + std::to_string(status);
  if (!detail.empty()) body += ",\"detail\":" + quoted_json(detail);
  return respond(status, "application/problem+json", body + "}");
}

std::string_view reason_of(unsigned status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return status < 400 ? "Success" : "Error";
  }
}

}  // namespace ew::http
