// Asks for memory that is needed shortly, so that the wait for it passes while other work is done. With many
// calls at once nearly everything that a packet touches has left the processor's caches since the packet
// before it. A hint only: it changes when memory is fetched, never what is done.
#pragma once

#include <cstddef>

namespace ew {

enum class Access { kRead = 0, kWrite = 1 };

constexpr size_t kCacheLine = 64;

template <Access access = Access::kRead>
void prefetch(const void* object, size_t size) {
  const char* first = static_cast<const char*>(object);
  for (size_t at = 0; at < size; at += kCacheLine) __builtin_prefetch(first + at, static_cast<int>(access));
  __builtin_prefetch(first + size - 1, static_cast<int>(access));
}

}  // namespace ew
