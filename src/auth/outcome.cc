#include "auth/outcome.h"

#include <array>

namespace ew::auth {
namespace {

constexpr std::array<std::string_view, 21> kNames = {"not_signed_in",
                                                     "wrong_credentials",
                                                     "totp_required",
                                                     "permission_denied",
                                                     "confirmation_required",
                                                     "wrong_csrf_token",
                                                     "too_many_attempts",
                                                     "busy",
                                                     "password_too_short",
                                                     "password_too_long",
                                                     "password_is_name",
                                                     "password_too_common",
                                                     "invalid_name",
                                                     "invalid_request",
                                                     "name_taken",
                                                     "last_administrator",
                                                     "setup_done",
                                                     "totp_on",
                                                     "totp_not_begun",
                                                     "not_found",
                                                     "unavailable"};
static_assert(kNames.size() == static_cast<size_t>(Problem::kUnavailable) + 1);

}  // namespace

std::string_view name_of(Problem problem) { return kNames.at(static_cast<size_t>(problem)); }

}  // namespace ew::auth
