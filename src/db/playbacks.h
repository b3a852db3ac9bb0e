// Grants to hear one recording, kept so that listening goes on after a restart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/accounts.h"

namespace ew::db {

struct PlaybackRow {
  std::string token_hash;  // SHA-256 of the token, hex
  std::string holder;      // id of the session or API key that it was given to
  CallId call_id;
  RecordingId recording_id;
  WallTime granted_at, used_at;
  bool operator==(const PlaybackRow&) const = default;
};

class Playbacks {
 public:
  explicit Playbacks(SharedConnection& connection) : connection_(connection) {}

  Status put(const std::vector<PlaybackRow>& grants);  // what is there takes the new used_at
  Result<std::optional<PlaybackRow>> find(const std::string& token_hash);
  Status remove(const std::string& token_hash);
  Status remove_unused(WallTime since);

 private:
  SharedConnection& connection_;
};

}  // namespace ew::db
