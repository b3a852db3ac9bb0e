// Sessions: signing in and out, and who stands behind a request.
//
// A session's token is 256 random bits, of which the database holds the SHA-256 alone. It changes at sign-in
// and whenever the session gets or confirms rights; the session's id, which notes of the program and grants
// hang on, stays.
#pragma once

#include <string>
#include <string_view>

#include "auth/identity.h"
#include "net/endpoint.h"

namespace ew::auth {

struct Context;  // context_internal.h

struct OpenedSession {
  std::string token;  // for the cookie, this once
  Identity identity;
};

class Sessions {
 public:
  explicit Sessions(Context& context) : context_(context) {}

  // The same answer after the same work, whether the name is unknown, disabled or the password wrong.
  struct SignIn {
    std::string name, password;
    std::string totp;  // empty: kTotpRequired tells that one is needed
    IpAddress source;
  };
  Outcome<OpenedSession> sign_in(const SignIn& attempt);

  // Whether the request shows that a person is there. Polling and pages that stay open in the background do
  // not; playing and live pages do.
  enum class Activity { kPerson, kNone };
  // The cookie's value and the bearer's token, empty where absent. A bearer's token is looked at alone.
  Outcome<Identity> authenticate(std::string_view cookie, std::string_view bearer,
                                 Activity activity = Activity::kPerson);
  // For changes that come with a cookie; a key needs none.
  Done check_csrf(const Identity& who, std::string_view token) const;

  // Password or code once more (one may be empty): what asks for a confirmed session may be done for 5
  // minutes.
  Outcome<OpenedSession> confirm(const Identity& who, const std::string& password, const std::string& totp,
                                 const IpAddress& source);
  Done sign_out(const Identity& who);

  int64_t idle_sec() const;

 private:
  Context& context_;
};

}  // namespace ew::auth
