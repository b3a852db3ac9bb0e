#include "crypto/hpke_internal.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "crypto/curves_internal.h"
#include "crypto/hpke.h"

namespace ew::crypto {
namespace hpke {
namespace {

constexpr uint16_t kKemX25519HkdfSha256 = 0x0020;
constexpr uint16_t kKdfHkdfSha256 = 0x0001;

void add_u16(std::string& text, uint16_t value) {
  text += static_cast<char>(value >> 8);
  text += static_cast<char>(value);
}
std::string kem_suite() {
  std::string suite = "KEM";
  add_u16(suite, kKemX25519HkdfSha256);
  return suite;
}
std::string hpke_suite(AeadId aead) {
  std::string suite = "HPKE";
  for (uint16_t id : {kKemX25519HkdfSha256, kKdfHkdfSha256, static_cast<uint16_t>(aead)}) add_u16(suite, id);
  return suite;
}

// Section 4, LabeledExtract.
Digest extract(ByteView salt, std::string_view suite, std::string_view label, ByteView input_key) {
  return HmacSha256(salt).compute({as_bytes("HPKE-v1"), as_bytes(suite), as_bytes(label), input_key});
}

// Section 4, LabeledExpand; every output of this suite fits in one block of HKDF.
void expand(ByteView key, std::string_view suite, std::string_view label, ByteView info, ByteSpan out) {
  EW_CHECK(out.size() <= sizeof(Digest));
  const uint8_t length[] = {0, static_cast<uint8_t>(out.size())};
  const uint8_t block_number = 1;
  Digest block = HmacSha256(key).compute(
      {length, as_bytes("HPKE-v1"), as_bytes(suite), as_bytes(label), info, ByteView(&block_number, 1)});
  std::copy_n(block.begin(), out.size(), out.begin());
  OPENSSL_cleanse(block.data(), block.size());
}

}  // namespace

Result<Secret> shared_secret(ByteView private_key, const PublicKey& peer, const PublicKey& encapsulated,
                             const PublicKey& recipient) {
  Secret dh = TRY(x25519(private_key, peer));
  Bytes context(encapsulated.begin(), encapsulated.end());
  context.insert(context.end(), recipient.begin(), recipient.end());
  Digest extracted = extract({}, kem_suite(), "eae_prk", dh.view());
  Secret shared(32);
  expand(extracted, kem_suite(), "shared_secret", context, shared.span());
  OPENSSL_cleanse(extracted.data(), extracted.size());
  return shared;
}

KeySchedule key_schedule(ByteView shared, std::string_view info, AeadId aead) {
  const std::string suite = hpke_suite(aead);
  KeySchedule schedule;
  schedule.key = Secret(aead == AeadId::kAes128Gcm ? 16 : 32);
  const Digest psk_id_hash = extract({}, suite, "psk_id_hash", {});
  const Digest info_hash = extract({}, suite, "info_hash", as_bytes(info));
  ByteWriter context(schedule.context);
  context.u8(0);  // mode_base
  context.raw(psk_id_hash);
  context.raw(info_hash);
  Digest secret = extract(shared, suite, "secret", {});
  schedule.secret = Secret::copy_of(secret);
  OPENSSL_cleanse(secret.data(), secret.size());
  expand(schedule.secret.view(), suite, "key", schedule.context, schedule.key.span());
  expand(schedule.secret.view(), suite, "base_nonce", schedule.context, schedule.base_nonce);
  return schedule;
}

std::array<uint8_t, Aead::kNonceSize> Context::nonce(uint64_t sequence) const {
  auto nonce = base_nonce_;
  for (size_t i = 0; i < 8; ++i) nonce[nonce.size() - 1 - i] ^= static_cast<uint8_t>(sequence >> (8 * i));
  return nonce;
}

Bytes Context::seal(uint64_t sequence, ByteView aad, ByteView plain) {
  Bytes sealed(plain.size() + Aead::kTagSize);
  cipher_.seal(nonce(sequence), aad, plain, sealed);
  return sealed;
}

bool Context::open(uint64_t sequence, ByteView aad, ByteView sealed, ByteSpan out) {
  return cipher_.open(nonce(sequence), aad, sealed, out);
}

Result<Sender> setup_sender(const KeyPair& ephemeral, const PublicKey& recipient, std::string_view info,
                            AeadId aead) {
  Secret shared =
      TRY(shared_secret(ephemeral.private_key.view(), recipient, ephemeral.public_key, recipient));
  return Sender{ephemeral.public_key, Context(key_schedule(shared.view(), info, aead))};
}

Result<Context> setup_recipient(const KeyPair& recipient, const PublicKey& encapsulated,
                                std::string_view info, AeadId aead) {
  Secret shared =
      TRY(shared_secret(recipient.private_key.view(), encapsulated, encapsulated, recipient.public_key));
  return Context(key_schedule(shared.view(), info, aead));
}

}  // namespace hpke

struct HpkeSender::Impl {
  hpke::Sender sender;
  uint64_t next = 0;
};

HpkeSender::HpkeSender(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HpkeSender::HpkeSender(HpkeSender&&) noexcept = default;
HpkeSender& HpkeSender::operator=(HpkeSender&&) noexcept = default;
HpkeSender::~HpkeSender() = default;

Result<HpkeSender> HpkeSender::create(const PublicKey& recipient, std::string_view info) {
  hpke::Sender sender = TRY(hpke::setup_sender(generate_x25519(), recipient, info, hpke::AeadId::kAes256Gcm));
  return HpkeSender(std::make_unique<Impl>(Impl{std::move(sender)}));
}

const std::array<uint8_t, 32>& HpkeSender::encapsulated() const { return impl_->sender.encapsulated; }
uint64_t HpkeSender::next_sequence() const { return impl_->next; }
Bytes HpkeSender::seal(ByteView aad, ByteView plain) {
  return impl_->sender.context.seal(impl_->next++, aad, plain);
}

struct HpkeReceiver::Impl {
  hpke::Context context;
};

HpkeReceiver::HpkeReceiver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HpkeReceiver::HpkeReceiver(HpkeReceiver&&) noexcept = default;
HpkeReceiver& HpkeReceiver::operator=(HpkeReceiver&&) noexcept = default;
HpkeReceiver::~HpkeReceiver() = default;

Result<HpkeReceiver> HpkeReceiver::create(const KeyPair& recipient, ByteView encapsulated,
                                          std::string_view info) {
  PublicKey peer;
  if (encapsulated.size() != peer.size())
    return Error(ErrorCode::kDenied, "an encapsulated key of a wrong size");
  std::copy(encapsulated.begin(), encapsulated.end(), peer.begin());
  hpke::Context context = TRY(hpke::setup_recipient(recipient, peer, info, hpke::AeadId::kAes256Gcm));
  return HpkeReceiver(std::make_unique<Impl>(Impl{std::move(context)}));
}

Result<Secret> HpkeReceiver::open(uint64_t sequence, ByteView aad, ByteView sealed) {
  if (sealed.size() < Aead::kTagSize) return Error(ErrorCode::kDenied, "a sealed key of a wrong size");
  Secret plain(sealed.size() - Aead::kTagSize);
  if (!impl_->context.open(sequence, aad, sealed, plain.span()))
    return Error(ErrorCode::kDenied, "the key does not open what was sealed");
  return plain;
}

Result<Secret> hpke_open(const KeyPair& recipient, ByteView encapsulated, std::string_view info,
                         uint64_t sequence, ByteView aad, ByteView sealed) {
  return TRY(HpkeReceiver::create(recipient, encapsulated, info)).open(sequence, aad, sealed);
}

}  // namespace ew::crypto
