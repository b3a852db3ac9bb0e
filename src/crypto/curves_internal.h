#pragma once

#include "crypto/crypto.h"

namespace ew::crypto {

// The Diffie-Hellman step of HPKE; kDenied for a peer's point of small order.
Result<Secret> x25519(ByteView private_bytes, const PublicKey& peer);

}  // namespace ew::crypto
