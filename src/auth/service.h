// Accounts, sessions, API keys and grants to listen, ready for use.
//
//   auto secret = auth::open_server_secret(env, keys_directory + "/server.secret");
//   auto auth = auth::Service::open({workspace, acts, clock, std::move(*secret), {}});
//   auto opened = auth->sessions().sign_in({name, password, totp, source});
//   …
//   auto identity = auth->sessions().authenticate(cookie, bearer);
//
// Every object here may be used by any thread.
#pragma once

#include <memory>
#include <string>

#include "auth/accounts.h"
#include "auth/act_log.h"
#include "auth/api_keys.h"
#include "auth/password_hasher.h"
#include "auth/playback_grants.h"
#include "auth/sessions.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "db/workspace.h"
#include "io/env.h"

namespace ew::auth {

struct Options {
  int64_t session_idle_sec = 15 * 60;
  int64_t session_max_sec = 12 * 60 * 60;
  int64_t confirmed_sec = 5 * 60;
  int64_t playback_idle_sec = 5 * 60;
  PasswordHasher::Parameters password;
  std::string issuer = "Earwitness";  // shown by authenticator apps
};

// 256 random bits that seal TOTP secrets and bind CSRF tokens: a file outside the database, made if absent.
// Several keepers of one database need the same. A file of another size, or of equal bytes, is refused.
Result<crypto::Secret> open_server_secret(io::Env& env, const std::string& path);

class Service {
 public:
  // Workspace, acts and clock must outlive it.
  struct Parts {
    db::Workspace& workspace;
    ActLog& acts;
    const Clock& clock;
    crypto::Secret secret;
    Options options;
  };
  static Result<std::unique_ptr<Service>> open(Parts parts);
  ~Service();

  Accounts& accounts();
  Sessions& sessions();
  ApiKeys& api_keys();
  PlaybackGrants& playback();

  // Work that no request waits for: activity, uses and grants go to the database (activity at most once in 30
  // s for each session), ended sessions and grants go away. The server calls it every second, and once more
  // before it stops.
  Status tend();

  const PasswordHasher& hasher() const;  // its count is a metric

 private:
  struct Impl;
  explicit Service(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ew::auth
