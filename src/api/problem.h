// What went wrong with a request, as RFC 9457 asks: a status, and a stable word that the panel translates.
#pragma once

#include <string>

#include "base/result.h"

namespace ew::api {

struct Problem {
  unsigned status = 500;
  std::string code;    // "not_found", "wrong_credentials"
  std::string detail;  // in English, for people without the panel; never a secret, never our insides
  std::string field;   // member or parameter of the request that is wrong
};

// The problem's body: type, title, status, code, detail, field.
std::string to_json(const Problem& problem);

// What a service's error means to the one who asked. Errors that are no fault of theirs become a 500 that
// says nothing of our insides; the caller logs the error itself.
Problem problem_of(const Error& error);

Problem bad_request(std::string field, std::string expected);
Problem not_found(std::string what);
Problem conflict(std::string code, std::string detail);
Problem denied(std::string code, std::string detail);

}  // namespace ew::api
