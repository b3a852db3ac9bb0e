// The portable CRC-32C, shown to the test so that both ways are compared on any machine.
#pragma once

#include "base/bytes.h"

namespace ew::crypto {

uint32_t crc32c_by_table(ByteView bytes, uint32_t seed);

}  // namespace ew::crypto
