// What several files of this module need.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "net/endpoint.h"

namespace ew::call {

constexpr size_t kMaxCallId = 512;  // a longer Call-ID is cut: it still tells calls apart

// False if it is there already, or the list is full.
template <typename T>
bool add_unique(std::vector<T>& list, const T& value, size_t limit) {
  if (list.size() >= limit || std::find(list.begin(), list.end(), value) != list.end()) return false;
  list.push_back(value);
  return true;
}

inline std::string_view text_of(Transport transport) {
  return transport == Transport::kUdp ? "udp" : transport == Transport::kTcp ? "tcp" : "tls";
}

// Users that many callers share.
inline bool stands_for_nobody(std::string_view user) {
  for (std::string_view name :
       {"anonymous", "unavailable", "unknown", "restricted", "private", "asterisk", "sipp"})
    if (equals_ignore_case(user, name)) return true;
  return false;
}

// Of a Session-ID (RFC 7989) what the peer that sent it gave the call.
inline std::string without_remote(const std::string& session_id) {
  return session_id.substr(0, session_id.find(";remote="));
}

}  // namespace ew::call
