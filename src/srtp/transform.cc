#include "srtp/transform_internal.h"

#include <algorithm>

#include "srtp/cipher_internal.h"

namespace ew::srtp {
namespace {

constexpr size_t kRtcpHeader = 8;  // the part of an SRTCP packet that is never encrypted
constexpr size_t kIndexWord = 4;
constexpr uint32_t kEncryptedFlag = 0x80000000;

// XORs the low `count` bytes of `value`, big endian, into `bytes`.
void mix_in(uint8_t* bytes, uint64_t value, int count) {
  for (int i = count - 1; i >= 0; --i, value >>= 8) bytes[i] ^= static_cast<uint8_t>(value);
}

// RFC 3711: AES in counter mode, HMAC-SHA1 over what was encrypted.
class CtrTransform : public Transform {
 public:
  CtrTransform(const Shape& shape, const SessionKeys& rtp, const SessionKeys& rtcp)
      : shape_(shape), rtp_(rtp), rtcp_(rtcp) {}

  size_t rtp_overhead() const override { return shape_.mki + shape_.rtp_tag; }
  size_t rtcp_overhead() const override { return kIndexWord + shape_.mki + shape_.rtcp_tag; }
  size_t rtcp_index_at(size_t packet_size) const override { return packet_size - rtcp_overhead(); }

  bool open_rtp(Bytes& packet, size_t header, uint32_t roll_over, uint16_t sequence, uint32_t ssrc) override {
    size_t end = packet.size() - rtp_overhead();
    const uint8_t counter[] = {static_cast<uint8_t>(roll_over >> 24), static_cast<uint8_t>(roll_over >> 16),
                               static_cast<uint8_t>(roll_over >> 8), static_cast<uint8_t>(roll_over)};
    if (!is_authentic(rtp_, ByteView(packet).first(end), counter, ByteView(packet).last(shape_.rtp_tag)))
      return false;
    packet.resize(end);
    if (!shape_.unencrypted_rtp) {
      decrypt(rtp_, ByteSpan(packet).subspan(header), ssrc, uint64_t{roll_over} << 16 | sequence);
    }
    return true;
  }

  bool open_rtcp(Bytes& packet, uint32_t ssrc) override {
    size_t end = rtcp_index_at(packet.size());
    if (!is_authentic(rtcp_, ByteView(packet).first(end + kIndexWord), {},
                      ByteView(packet).last(shape_.rtcp_tag)))
      return false;
    uint32_t index = u32_at(packet, end);
    packet.resize(end);
    if (index & kEncryptedFlag) {
      decrypt(rtcp_, ByteSpan(packet).subspan(kRtcpHeader), ssrc, index & ~kEncryptedFlag);
    }
    return true;
  }

 private:
  struct Half {
    explicit Half(const SessionKeys& keys) : cipher(keys.encryption), hmac(keys.authentication) {
      std::copy(keys.salt.begin(), keys.salt.end(), salt.begin());
    }
    CtrCipher cipher;
    HmacSha1 hmac;
    Block salt{};  // 14 bytes, then the block counter
  };

  static bool is_authentic(Half& half, ByteView bytes, ByteView end, ByteView tag) {
    auto mac = half.hmac.of(bytes, end);
    return equal_constant_time(ByteView(mac).first(tag.size()), tag);
  }
  // RFC 3711 section 4.1.1.
  static void decrypt(Half& half, ByteSpan bytes, uint32_t ssrc, uint64_t index) {
    Block iv = half.salt;
    mix_in(iv.data() + 4, ssrc, 4);
    mix_in(iv.data() + 8, index, 6);
    half.cipher.apply(iv, bytes);
  }

  Shape shape_;
  Half rtp_, rtcp_;
};

// RFC 7714. The tag follows the ciphertext; RTCP's index word and the MKI stand behind it.
class GcmTransform : public Transform {
 public:
  GcmTransform(const Shape& shape, const SessionKeys& rtp, const SessionKeys& rtcp)
      : shape_(shape), rtp_(rtp), rtcp_(rtcp) {}

  size_t rtp_overhead() const override { return GcmCipher::kTag + shape_.mki; }
  size_t rtcp_overhead() const override { return GcmCipher::kTag + kIndexWord + shape_.mki; }
  size_t rtcp_index_at(size_t packet_size) const override { return packet_size - shape_.mki - kIndexWord; }

  bool open_rtp(Bytes& packet, size_t header, uint32_t roll_over, uint16_t sequence, uint32_t ssrc) override {
    Iv iv = rtp_.salt;
    mix_in(iv.data() + 2, ssrc, 4);
    mix_in(iv.data() + 6, uint64_t{roll_over} << 16 | sequence, 6);
    return open(rtp_, iv, packet, header, packet.size() - rtp_overhead(), {});
  }

  bool open_rtcp(Bytes& packet, uint32_t ssrc) override {
    size_t index_at = rtcp_index_at(packet.size());
    uint32_t index = u32_at(packet, index_at);
    size_t end = packet.size() - rtcp_overhead();
    Iv iv = rtcp_.salt;
    mix_in(iv.data() + 2, ssrc, 4);
    mix_in(iv.data() + 8, index & ~kEncryptedFlag, 4);
    // What is not encrypted is authenticated all the same.
    size_t clear = index & kEncryptedFlag ? kRtcpHeader : end;
    return open(rtcp_, iv, packet, clear, end, ByteView(packet).subspan(index_at, kIndexWord));
  }

 private:
  using Iv = std::array<uint8_t, 12>;
  struct Half {
    explicit Half(const SessionKeys& keys) : cipher(keys.encryption) {
      std::copy(keys.salt.begin(), keys.salt.end(), salt.begin());
    }
    GcmCipher cipher;
    Iv salt{};
  };

  // The packet: `clear` bytes, ciphertext up to `end`, tag. Decrypted aside, since a wrong tag shows only at
  // the end.
  bool open(Half& half, const Iv& iv, Bytes& packet, size_t clear, size_t end, ByteView aad_end) {
    ByteView view = packet;
    plain_.resize(end - clear);
    if (!half.cipher.open(iv, view.first(clear), aad_end, view.subspan(clear, end - clear),
                          view.subspan(end, GcmCipher::kTag), plain_)) {
      return false;
    }
    std::copy(plain_.begin(), plain_.end(), packet.begin() + static_cast<ptrdiff_t>(clear));
    packet.resize(end);
    return true;
  }

  Shape shape_;
  Half rtp_, rtcp_;
  Bytes plain_;
};

}  // namespace

std::unique_ptr<Transform> Transform::create(const Shape& shape, const SessionKeys& rtp,
                                             const SessionKeys& rtcp) {
  if (shape.gcm) return std::make_unique<GcmTransform>(shape, rtp, rtcp);
  return std::make_unique<CtrTransform>(shape, rtp, rtcp);
}

}  // namespace ew::srtp
