#include "srtp/protect.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "srtp/cipher_internal.h"
#include "srtp/suite_internal.h"

namespace ew::srtp {
namespace {

constexpr size_t kClearBytes = 8;  // is never encrypted
constexpr uint32_t kIsEncrypted = 0x80000000;

// XORs `value`, big endian, into four bytes.
void xor_into(uint8_t* bytes, uint32_t value) {
  for (int i = 3; i >= 0; --i, value >>= 8) bytes[i] ^= static_cast<uint8_t>(value);
}

Bytes protect_ctr(const Suite& suite, const SessionKeys& keys, uint32_t ssrc, uint32_t index,
                  ByteView packet) {
  Bytes out(packet.begin(), packet.end());
  Block iv{};
  std::copy(keys.salt.begin(), keys.salt.end(), iv.begin());
  xor_into(iv.data() + 4, ssrc);
  xor_into(iv.data() + 10, index);
  CtrCipher(keys.encryption).apply(iv, ByteSpan(out).subspan(kClearBytes));
  ByteWriter(out).u32be(index | kIsEncrypted);
  auto mac = HmacSha1(keys.authentication).of(out, {});
  ByteWriter(out).raw(ByteView(mac).first(suite.shape.rtcp_tag));
  return out;
}

Bytes protect_gcm(const SessionKeys& keys, uint32_t ssrc, uint32_t index, ByteView packet) {
  std::array<uint8_t, 12> iv;
  std::copy(keys.salt.begin(), keys.salt.end(), iv.begin());
  xor_into(iv.data() + 2, ssrc);
  xor_into(iv.data() + 8, index);
  Bytes word;
  ByteWriter(word).u32be(index | kIsEncrypted);
  Bytes out(packet.begin(), packet.begin() + kClearBytes);
  out.resize(packet.size() + GcmCipher::kTag);
  seal_gcm(keys.encryption, iv, packet.first(kClearBytes), word, packet.subspan(kClearBytes),
           ByteSpan(out).subspan(kClearBytes));
  ByteWriter(out).raw(word);
  return out;
}

}  // namespace

Result<Bytes> protect_rtcp(std::string_view suite_name, ByteView key_salt, uint32_t index, ByteView packet) {
  const Suite* suite = find_suite(suite_name);
  if (!suite)
    return Error(ErrorCode::kUnsupported, "crypto suite " + printable(suite_name, 64) + " is not known");
  if (key_salt.size() != suite->key + suite->salt || packet.size() < kClearBytes)
    return Error(ErrorCode::kInvalid, "SRTCP: the key or the packet is too short");
  SessionKeys keys = rtcp_keys(*suite, key_salt);
  uint32_t ssrc = ByteReader(packet.subspan(4)).u32be();
  index &= ~kIsEncrypted;
  if (suite->shape.gcm) return protect_gcm(keys, ssrc, index, packet);
  return protect_ctr(*suite, keys, ssrc, index, packet);
}

}  // namespace ew::srtp
