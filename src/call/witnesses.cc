#include "call/witnesses.h"

#include <algorithm>

#include "base/text.h"
#include "call/call.h"
#include "call/common_internal.h"

namespace ew::call {
namespace {

constexpr size_t kDigitsThatTell = 8;  // the last of a number: national and international notation share them
constexpr size_t kMaxLooked = 64;      // calls of one name

// A number in any notation, or another user as it is.
std::string comparable(std::string_view user) {
  std::string digits;
  for (char c : user) {
    if (c >= '0' && c <= '9')
      digits += c;
    else if (std::string_view("+-.() ").find(c) == std::string_view::npos)
      return to_lower(user);
  }
  return digits.size() <= kDigitsThatTell ? digits : digits.substr(digits.size() - kDigitsThatTell);
}

std::string key_of_id(const std::string& id) { return "i" + id; }

// In either order: who called whom is not told by every client.
std::string key_of_users(const std::pair<std::string, std::string>& users) {
  if (users.first.empty() || users.second.empty() || stands_for_nobody(users.first) ||
      stands_for_nobody(users.second))
    return {};
  std::string one = comparable(users.first), other = comparable(users.second);
  if (one.empty() || other.empty() || one == other) return {};
  if (other < one) one.swap(other);
  return "u" + one + '\n' + other;
}

bool is_from_session(const Call& call) { return call.roster != nullptr; }

}  // namespace

void Witnesses::note(Call& call, const Names& names) {
  std::vector<Keys::iterator>& of = keys_[&call];
  auto add = [&](const std::string& key) {
    bool is_known = std::any_of(of.begin(), of.end(), [&](const auto& entry) { return entry->first == key; });
    if (!key.empty() && !is_known && of.size() < kMaxNames) of.push_back(by_key_.emplace(key, &call));
  };
  for (const std::string& id : names.ids)
    if (!id.empty()) add(key_of_id(id));
  add(key_of_users(names.users));
}

void Witnesses::forget(const Call& call) {
  auto found = keys_.find(&call);
  if (found == keys_.end()) return;
  for (Keys::iterator entry : found->second) by_key_.erase(entry);
  keys_.erase(found);
}

Call* Witnesses::find(bool by_recording_session, const Names& names, WallTime at) const {
  for (const std::string& id : names.ids)
    if (Call* call = id.empty() ? nullptr : only_one(key_of_id(id), by_recording_session, at)) return call;
  const std::string users = key_of_users(names.users);
  return users.empty() ? nullptr : only_one(users, by_recording_session, at);
}

Call* Witnesses::only_one(const std::string& key, bool by_recording_session, WallTime at) const {
  Call* only = nullptr;
  size_t looked = 0;
  auto [first, last] = by_key_.equal_range(key);
  for (auto entry = first; entry != last; ++entry) {
    if (++looked > kMaxLooked) return nullptr;
    Call& call = *entry->second;
    if (call.ended || is_from_session(call) == by_recording_session) continue;
    if (is_from_session(call) && at - call.record.start_at > kAheadNs) continue;
    // Two witnesses of one call are one.
    if (only && only->record.call_id != call.record.call_id) return nullptr;
    only = &call;
  }
  return only;
}

}  // namespace ew::call
