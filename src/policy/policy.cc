#include "policy/policy.h"

#include "base/result.h"

namespace ew::policy {

std::string_view name_of(Removal removal) {
  switch (removal) {
    case Removal::kKeepHold:
      return "hold";
    case Removal::kKeepStatutory:
      return "statutory retention";
    case Removal::kKeepRestricted:
      return "restriction";
    case Removal::kKeepRetention:
      return "retention";
    case Removal::kKeepForever:
      return "kept for ever";
    case Removal::kErase:
      return "erasure";
    case Removal::kExpired:
      return "expired";
  }
  EW_CHECK(false);
}

Removal may_destroy(const Keeping& recording, WallTime now) {
  if (recording.holds > 0) return Removal::kKeepHold;
  if (recording.statutory_until && now < *recording.statutory_until) return Removal::kKeepStatutory;
  if (recording.restricted) return Removal::kKeepRestricted;
  if (recording.erasure_requested) return Removal::kErase;
  if (!recording.retention_until) return Removal::kKeepForever;
  return now < *recording.retention_until ? Removal::kKeepRetention : Removal::kExpired;
}

}  // namespace ew::policy
