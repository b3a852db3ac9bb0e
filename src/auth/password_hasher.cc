#include "auth/password_hasher.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.h"
#include "crypto/crypto.h"

namespace ew::auth {
namespace {

constexpr size_t kCharactersMin = 12, kCharactersMax = 1'000;

// Of lists of leaked passwords, the commonest that are long enough; in lower case.
constexpr std::array<std::string_view, 48> kCommonest = {
    "123456789012",     "1234567890123",    "12345678901234",   "123456789123",    "1234567891011",
    "123123123123",     "123456123456",     "123412341234",     "012345678910",    "0123456789012",
    "121212121212",     "112233445566",     "qwertyuiop12",     "qwertyuiop123",   "qwertyuiop[]",
    "qwerty123456",     "qwertyqwerty",     "qwerty12345678",   "qwertzuiop12",    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u",   "1qaz2wsx3edc",     "1qaz2wsx3edc4rfv", "q1w2e3r4t5y6",    "zaq12wsxcde3",
    "asdfghjkl123",     "asdfghjkl;'\\",    "zxcvbnm12345",     "password1234",    "password12345",
    "password123456",   "passwordpassword", "password123!",     "p@ssw0rd1234",    "passw0rd1234",
    "administrator",    "administrator1",   "admin1234567",     "adminadminadmin", "adminpassword",
    "changeme1234",     "changemechangeme", "letmein12345",     "welcome12345",    "iloveyou1234",
    "iloveyouiloveyou", "abcdefghijkl",     "abc123456789"};

constexpr size_t kSaltBytes = 16, kHashBytes = 32;  // as libsodium has them

std::string random_base64(size_t size) {
  Bytes random(size);
  crypto::random_bytes(random);
  std::string text = crypto::to_base64(random);
  text.erase(text.find_last_not_of('=') + 1);  // a PHC string has no padding
  return text;
}

bool is_one_character(std::string_view password) {
  return password.find_first_not_of(password.front()) == std::string_view::npos;
}

}  // namespace

std::optional<Problem> weakness_of(std::string_view password, std::string_view name) {
  auto characters = std::count_if(password.begin(), password.end(),
                                  [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; });
  if (static_cast<size_t>(characters) < kCharactersMin) return Problem::kPasswordTooShort;
  if (static_cast<size_t>(characters) > kCharactersMax || password.size() > 4 * kCharactersMax)
    return Problem::kPasswordTooLong;
  if (equals_ignore_case(password, name)) return Problem::kPasswordIsName;
  const std::string folded = to_lower(password);
  if (is_one_character(password) ||
      std::find(kCommonest.begin(), kCommonest.end(), folded) != kCommonest.end())
    return Problem::kPasswordTooCommon;
  return std::nullopt;
}

// One of the places for hashings, from construction to destruction.
class PasswordHasher::Place {
 public:
  explicit Place(PasswordHasher& hasher) : hasher_(hasher) {
    std::unique_lock lock(hasher_.mutex_);
    if (hasher_.running_ >= hasher_.parameters_.at_once) {
      if (hasher_.waiting_ >= hasher_.parameters_.waiting_max) return;
      ++hasher_.waiting_;
      hasher_.freed_.wait(lock, [&] { return hasher_.running_ < hasher_.parameters_.at_once; });
      --hasher_.waiting_;
    }
    ++hasher_.running_;
    taken_ = true;
    ++hasher_.hashings_;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    if (!taken_) return;
    {
      std::lock_guard lock(hasher_.mutex_);
      --hasher_.running_;
    }
    hasher_.freed_.notify_one();
  }
  bool taken() const { return taken_; }

 private:
  PasswordHasher& hasher_;
  bool taken_ = false;
};

Status PasswordHasher::prepare() {
  if (sodium_init() < 0) return Error(ErrorCode::kInternal, "libsodium did not start");
  // Written, not hashed: a start need not wait for it. No password has it, and comparing with it is the work
  // of any other comparison.
  nobodys_hash_ = "$argon2id$v=19$m=" + std::to_string(parameters_.memory_bytes / 1024) +
                  ",t=" + std::to_string(parameters_.passes) + ",p=1$" + random_base64(kSaltBytes) + "$" +
                  random_base64(kHashBytes);
  if (is_outdated(nobodys_hash_)) return Error(ErrorCode::kInternal, "libsodium reads no such hash");
  return {};
}

Outcome<std::string> PasswordHasher::hash(std::string_view password) {
  Place place(*this);
  if (!place.taken()) return Problem::kBusy;
  std::array<char, crypto_pwhash_STRBYTES> made;
  if (crypto_pwhash_str_alg(made.data(), password.data(), password.size(), parameters_.passes,
                            parameters_.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return Error(ErrorCode::kInternal, "Argon2id: out of memory");
  return std::string(made.data());
}

Outcome<bool> PasswordHasher::verify(const std::optional<std::string>& hash, std::string_view password) {
  Place place(*this);
  if (!place.taken()) return Problem::kBusy;
  const std::string& compared = hash ? *hash : nobodys_hash_;
  errno = 0;
  bool right = crypto_pwhash_str_verify(compared.c_str(), password.data(), password.size()) == 0;
  if (!right && errno == ENOMEM) return Error(ErrorCode::kInternal, "Argon2id: out of memory");
  return right && hash;
}

bool PasswordHasher::is_outdated(const std::string& hash) const {
  return crypto_pwhash_str_needs_rehash(hash.c_str(), parameters_.passes, parameters_.memory_bytes) != 0;
}

}  // namespace ew::auth
