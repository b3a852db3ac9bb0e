// What several files of this module need.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

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

}  // namespace ew::call
