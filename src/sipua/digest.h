// Digest authentication of requests (RFC 3261 section 22, RFC 8760): SHA-256, and MD5 only for those who may.
// We ask for it and check it; challenges of others are never answered (REQUIREMENTS F19).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "sip/message.h"
#include "sipua/compose.h"

namespace ew::sipua {

struct Credentials {
  std::string user, password;
  bool allow_md5 = false;
};

class Digest {
 public:
  enum class Verdict : uint8_t {
    kAccepted,
    kMissing,  // no credentials for our realm
    kStale,    // right, but with a nonce that is too old: the sender tries again without asking anybody
    kReplayed,
    kWrong,
  };

  Digest(std::string realm, const Clock& clock);

  // The headers of a 401.
  Headers challenge(const Credentials& credentials, bool stale);
  Verdict check(const sip::Message& request, const Credentials& credentials);

 private:
  std::string make_nonce();
  // The time in a nonce that is ours.
  std::optional<int64_t> time_of(std::string_view nonce) const;
  std::string signature(std::string_view nonce_head) const;
  // Whether `count` is the first use of this nonce with that number; notes it.
  bool is_new(std::string_view nonce, uint32_t count, int64_t made_ns);

  const std::string realm_;
  const Clock& clock_;
  crypto::Secret secret_;
  struct Use {
    uint32_t count;
    int64_t made_ns;
  };
  std::map<std::string, Use, std::less<>> used_;  // only those that authenticated somebody
};

}  // namespace ew::sipua
