#include "vault/keys.h"

#include <algorithm>

#include "vault/sealing_internal.h"

namespace ew::vault {
namespace {

class HpkeKeySealer : public KeySealer {
 public:
  HpkeKeySealer(KekPublic kek, crypto::HpkeSender sender) : kek_(kek), sender_(std::move(sender)) {}

  Result<SealedKey> seal(PartId part, uint32_t generation, const crypto::Secret& dek) override {
    SealedKey key{.part = part, .generation = generation, .kek_version = kek_.version};
    if (dek.size() + crypto::Aead::kTagSize != key.sealed.size())
      return Error(ErrorCode::kInvalid, "a data key has 32 bytes");
    if (sender_.next_sequence() >= kMaxPerContext)
      sender_ = TRY(crypto::HpkeSender::create(kek_.key, kSealingInfo));
    key.encapsulated = sender_.encapsulated();
    key.sequence = sender_.next_sequence();
    std::ranges::copy(sender_.seal(sealing_aad(part, generation), dek.view()), key.sealed.begin());
    return key;
  }

 private:
  KekPublic kek_;
  crypto::HpkeSender sender_;
};

}  // namespace

Result<std::unique_ptr<KeySealer>> KeySealer::create(KekPublic kek) {
  crypto::HpkeSender sender = TRY(crypto::HpkeSender::create(kek.key, kSealingInfo));
  return std::unique_ptr<KeySealer>(std::make_unique<HpkeKeySealer>(kek, std::move(sender)));
}

}  // namespace ew::vault
