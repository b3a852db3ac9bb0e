// What sealing and opening a data key have in common.
#pragma once

#include "vault/keys.h"

namespace ew::vault {

constexpr std::string_view kSealingInfo = "earwitness dek v1";

inline Bytes sealing_aad(PartId part, uint32_t generation) {
  Bytes aad;
  aad.reserve(20);
  ByteWriter writer(aad);
  writer.raw(part.view());
  writer.u32le(generation);
  return aad;
}

}  // namespace ew::vault
