// Protects outgoing RTP: AES_CM_128_HMAC_SHA1_80 (RFC 3711, RFC 4568) and AEAD_AES_128_GCM (RFC 7714),
// written here from the specifications, so that the recorder's own SRTP is tested against another hand.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "callgen/random.h"

namespace callgen {

class SrtpSender {
 public:
  static bool knows(const std::string& suite);
  SrtpSender(const std::string& suite, Random random);
  // `master` is the key followed by the salt.
  SrtpSender(const std::string& suite, const ew::Bytes& master);
  static size_t master_size(const std::string& suite);

  // The value of a=crypto.
  std::string crypto_attribute() const;
  // `packet` has no extension and no CSRC; `extended` is its sequence number with the rollover counter above
  // it.
  ew::Bytes protect(const ew::Bytes& packet, uint64_t extended) const;

 private:
  ew::Bytes derive(uint8_t label, size_t size) const;

  std::string suite_;
  bool gcm_;
  ew::Bytes master_key_, master_salt_;
  ew::Bytes key_, salt_, authentication_key_;
};

}  // namespace callgen
