// Ids of rows that a request makes.
#pragma once

#include "base/ids.h"
#include "crypto/crypto.h"

namespace ew::api {

template <typename Id>
Id new_id(WallTime at) {
  uint8_t random[10];
  crypto::random_bytes(random);
  return Id(Uuid::v7(at, random));
}

}  // namespace ew::api
