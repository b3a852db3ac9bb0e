// Pure decisions: no state, no input or output, no clock of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace ew::policy {

// What is known about keeping one recording.
struct Keeping {
  uint32_t holds = 0;                            // legal holds in force
  std::optional<WallTime> statutory_until;       // a law says: not before
  bool restricted = false;                       // GDPR article 18: stored, but not used
  bool erasure_requested = false;                // GDPR article 17, granted
  std::optional<WallTime> retention_until;       // nothing: for ever
};

enum class Removal : uint8_t {
  kKeepHold, kKeepStatutory, kKeepRestricted, kKeepRetention, kKeepForever,
  kErase,    // an erasure request may be carried out
  kExpired,  // the end of retention has come
};
std::string_view name_of(Removal removal);

// The one function that decides removal. Order of rules (REQUIREMENTS C11):
// hold > statutory retention > restriction > erasure > end of retention.
Removal may_destroy(const Keeping& recording, WallTime now);
constexpr bool is_removal(Removal r) { return r == Removal::kErase || r == Removal::kExpired; }

}  // namespace ew::policy
