// Grants to hear one recording: a token of 256 random bits for the address of the sound, good for one session
// or key, ended 5 minutes after its last use, with the session, or with the permission.
//
// Grants live in memory, so that granting waits for no disk, and follow into the database at the next
// Service::tend(): listening goes on after a restart. One that was given in the last second before a crash is
// lost, and asked for again.
#pragma once

#include <string>
#include <string_view>

#include "auth/identity.h"

namespace ew::auth {

struct Context;  // context_internal.h

struct PlaybackGrant {
  CallId call_id;
  RecordingId recording_id;
  WallTime expires_at;  // unless it is used before
};

class PlaybackGrants {
 public:
  explicit PlaybackGrants(Context& context) : context_(context) {}

  // The caller makes sure that the recording is this call's and within the tenant of `who`.
  struct Given {
    std::string token;  // 43 characters of base64url
    PlaybackGrant grant;
  };
  Outcome<Given> give(const Identity& who, CallId call, RecordingId recording);
  // Every range request asks anew. kNotFound: no such token, another's, or ended.
  Outcome<PlaybackGrant> use(const Identity& who, std::string_view token);
  Outcome<PlaybackGrant> end(const Identity& who, std::string_view token);

 private:
  Context& context_;
};

}  // namespace ew::auth
