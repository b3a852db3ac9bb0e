#include "crypto/crypto.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <utility>

namespace ew::crypto {
namespace {

std::atomic<size_t> locked_bytes{0};
std::atomic<size_t> unlocked_bytes{0};

// Pages that are kept out of core dumps, and out of swap as far as RLIMIT_MEMLOCK allows.
struct Pages {
  uint8_t* data;
  bool locked;
};

Pages map_pages(size_t size) {
  void* data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EW_CHECK(data != MAP_FAILED);
  madvise(data, size, MADV_DONTDUMP);
  bool locked = mlock(data, size) == 0;
  (locked ? locked_bytes : unlocked_bytes) += size;
  return {static_cast<uint8_t*>(data), locked};
}

// Slots of one size in shared pages. Pages are never given back: the number of secrets alive at once bounds
// them.
class SlotPool {
 public:
  explicit SlotPool(size_t slot_size) : slot_size_(slot_size) {}

  uint8_t* take() {
    std::lock_guard lock(mutex_);
    if (!free_) grow();
    FreeSlot* slot = free_;
    free_ = slot->next;
    slot->next = nullptr;
    return reinterpret_cast<uint8_t*>(slot);
  }
  void give_back(uint8_t* data) {
    OPENSSL_cleanse(data, slot_size_);
    std::lock_guard lock(mutex_);
    free_ = new (data) FreeSlot{free_};
  }

 private:
  struct FreeSlot {
    FreeSlot* next;
  };
  static constexpr size_t kGrowth = 64 * 1024;

  void grow() {
    // A limit of a few kilobytes still locks some: smaller steps would only multiply system calls.
    uint8_t* data = map_pages(kGrowth).data;
    for (size_t at = kGrowth; at >= slot_size_; at -= slot_size_)
      free_ = new (data + at - slot_size_) FreeSlot{free_};
  }

  const size_t slot_size_;
  std::mutex mutex_;
  FreeSlot* free_ = nullptr;
};

constexpr size_t kSmallSlot = 32;
constexpr size_t kLargeSlot = 64;

// The pools outlive every static Secret, so they are never destroyed.
SlotPool* pool_for(size_t size) {
  static SlotPool& small = *new SlotPool(kSmallSlot);
  static SlotPool& large = *new SlotPool(kLargeSlot);
  if (size <= kSmallSlot) return &small;
  return size <= kLargeSlot ? &large : nullptr;
}

size_t page_aligned(size_t size) {
  static const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

// Secrets beyond a slot are rare (a passphrase, a file of keys); they have pages of their own, which carry a
// flag at their end that says whether they count as locked.
uint8_t* take_pages(size_t size) {
  size_t whole = page_aligned(size + 1);
  Pages pages = map_pages(whole);
  pages.data[whole - 1] = pages.locked;
  return pages.data;
}

void give_back_pages(uint8_t* data, size_t size) {
  size_t whole = page_aligned(size + 1);
  (data[whole - 1] ? locked_bytes : unlocked_bytes) -= whole;
  OPENSSL_cleanse(data, size);
  munmap(data, whole);
}

}  // namespace

SecretMemory secret_memory() { return {locked_bytes, unlocked_bytes}; }

Secret::Secret(size_t size) : size_(size) {
  SlotPool* pool = pool_for(size);
  data_ = pool ? pool->take() : take_pages(size);
}

Secret Secret::copy_of(ByteView bytes) {
  Secret secret(bytes.size());
  std::copy(bytes.begin(), bytes.end(), secret.data_);
  return secret;
}

Secret Secret::random(size_t size) {
  Secret secret(size);
  EW_CHECK(RAND_priv_bytes(secret.data_, static_cast<int>(size)) == 1);
  return secret;
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Secret::~Secret() {
  if (!data_) return;
  SlotPool* pool = pool_for(size_);
  pool ? pool->give_back(data_) : give_back_pages(data_, size_);
}

void wipe(ByteSpan bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }

void random_bytes(ByteSpan out) { EW_CHECK(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1); }

Uuid random_uuid(WallTime at) {
  uint8_t random[10];
  random_bytes(random);
  return Uuid::v7(at, random);
}

bool equal_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace ew::crypto
