// HPKE (RFC 9180) for whoever opens many messages of one sender: the elliptic curve is paid once per context.
// See crypto.h for the sender and for opening a single message.
#pragma once

#include <memory>

#include "crypto/crypto.h"

namespace ew::crypto {

class HpkeReceiver {
 public:
  static Result<HpkeReceiver> create(const KeyPair& recipient, ByteView encapsulated, std::string_view info);
  HpkeReceiver(HpkeReceiver&&) noexcept;
  HpkeReceiver& operator=(HpkeReceiver&&) noexcept;
  ~HpkeReceiver();
  // Messages are opened in any order. kDenied if the key or anything else does not fit.
  Result<Secret> open(uint64_t sequence, ByteView aad, ByteView sealed);

 private:
  struct Impl;
  explicit HpkeReceiver(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ew::crypto
