#include "call/announcer.h"

#include <algorithm>

namespace ew::call {

Description Announcer::describe(Side owner, sdp::Session session) {
  auto index = static_cast<size_t>(owner);
  auto& keys = keys_[index];
  for (size_t line = 0; line < session.media.size(); ++line) {
    for (const sdp::Crypto& crypto : session.media[line].crypto) {
      bool known = std::any_of(keys.begin(), keys.end(), [&](const Key& key) {
        return key.crypto.suite == crypto.suite && key.crypto.key_salt == crypto.key_salt;
      });
      if (known) continue;
      if (keys.size() >= kMaxKeys) keys.pop_back();
      keys.insert(keys.begin(), Key{crypto, line});
    }
  }
  sessions_[index] = std::make_shared<const sdp::Session>(std::move(session));
  return {owner, sessions_[index]};
}

std::string Announcer::label_of(size_t line) const {
  for (const auto& session : sessions_)
    if (session && line < session->media.size() && !session->media[line].label.empty())
      return session->media[line].label;
  return {};
}

}  // namespace ew::call
