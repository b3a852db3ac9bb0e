// Announcer: whoever says by SDP where media goes and whose it is. A dialog speaks for the call that it is a
// leg of; a recording session for each of the calls that it brings.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "sdp/session.h"

namespace ew::call {

class Call;

enum class Side : uint8_t { kCaller = 0, kCallee = 1 };
constexpr Side other(Side side) { return side == Side::kCaller ? Side::kCallee : Side::kCaller; }

// What an SDP body told: whose it is and what it says. Shared by all registrations made from it.
struct Description {
  Side owner = Side::kCaller;
  std::shared_ptr<const sdp::Session> session;
};

class Announcer {
 public:
  virtual ~Announcer() = default;

  // Whose the media is that `sender` sends on an m-line: the call (nothing: none at the moment) and the
  // participant.
  virtual Call* call_of(Side sender, size_t line) const = 0;
  virtual std::string participant_of(Side sender, size_t line) const = 0;
  // Nothing of this m-line may be stored now.
  virtual bool is_paused(Side sender, size_t line) const = 0;

  // Crypto attributes that this side offered or answered, newest first, and the m-line of each. Recording
  // clients offer up to a dozen per line.
  static constexpr size_t kMaxKeys = 128;
  struct Key {
    sdp::Crypto crypto;
    size_t line = 0;
  };
  const std::vector<Key>& keys(Side owner) const { return keys_[static_cast<size_t>(owner)]; }
  // The description that this side gave last.
  const sdp::Session* session(Side owner) const { return sessions_[static_cast<size_t>(owner)].get(); }
  // a=label (RFC 4574) of an m-line, as either side wrote it.
  std::string label_of(size_t line) const;

 protected:
  Description describe(Side owner, sdp::Session session);

 private:
  std::array<std::shared_ptr<const sdp::Session>, 2> sessions_;
  std::array<std::vector<Key>, 2> keys_;
};

}  // namespace ew::call
