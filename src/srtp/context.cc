#include "srtp/context.h"

#include <map>
#include <optional>

#include "base/text.h"
#include "srtp/key_derivation_internal.h"
#include "srtp/source_state_internal.h"
#include "srtp/suite_internal.h"
#include "srtp/transform_internal.h"

namespace ew::srtp {
namespace {

constexpr uint32_t kRollOverGuesses = 4;  // for a stream that is joined in its middle

// Fixed header, CSRC list and extension; nothing if this is no RTP or they do not fit.
std::optional<size_t> rtp_header_size(ByteView packet) {
  if (packet.size() < 12 || packet[0] >> 6 != 2) return std::nullopt;
  size_t size = 12 + 4 * (packet[0] & 0x0f);
  if (packet[0] & 0x10) {
    if (packet.size() < size + 4) return std::nullopt;
    size += 4 + 4 * (packet[size + 2] << 8 | packet[size + 3]);
  }
  return size <= packet.size() ? std::optional(size) : std::nullopt;
}

class ContextImpl : public Context {
 public:
  explicit ContextImpl(std::unique_ptr<Transform> transform) : transform_(std::move(transform)) {}

  Verdict unprotect_rtp(Bytes& packet) override {
    auto header = rtp_header_size(packet);
    if (!header || packet.size() < *header + transform_->rtp_overhead()) return Verdict::kTooShort;
    auto sequence = static_cast<uint16_t>(packet[2] << 8 | packet[3]);
    uint32_t ssrc = u32_at(packet, 8);
    auto known = rtp_windows_.find(ssrc);
    if (known == rtp_windows_.end()) return open_first(packet, *header, sequence, ssrc);

    uint32_t roll_over = estimate_roll_over(known->second.highest(), sequence);
    if (!transform_->open_rtp(packet, *header, roll_over, sequence, ssrc)) return Verdict::kAuthentication;
    return known->second.add(uint64_t{roll_over} << 16 | sequence) ? Verdict::kOk : Verdict::kReplayed;
  }

  Verdict unprotect_rtcp(Bytes& packet) override {
    if (packet.size() < 8 + transform_->rtcp_overhead() || packet[0] >> 6 != 2) return Verdict::kTooShort;
    uint32_t ssrc = u32_at(packet, 4);
    uint32_t index = u32_at(packet, transform_->rtcp_index_at(packet.size())) & 0x7fffffff;
    bool known = rtcp_windows_.count(ssrc) != 0;
    if (!known && rtcp_windows_.size() >= kMaxSources) return Verdict::kLimit;
    if (!transform_->open_rtcp(packet, ssrc)) return Verdict::kAuthentication;
    return rtcp_windows_[ssrc].add(index) ? Verdict::kOk : Verdict::kReplayed;
  }

 private:
  // Only an authentic packet makes a source, so that forged ones cannot use them up.
  Verdict open_first(Bytes& packet, size_t header, uint16_t sequence, uint32_t ssrc) {
    if (rtp_windows_.size() >= kMaxSources) return Verdict::kLimit;
    for (uint32_t roll_over = 0; roll_over < kRollOverGuesses; ++roll_over) {
      if (!transform_->open_rtp(packet, header, roll_over, sequence, ssrc)) continue;
      rtp_windows_[ssrc].add(uint64_t{roll_over} << 16 | sequence);
      return Verdict::kOk;
    }
    return Verdict::kAuthentication;
  }

  std::unique_ptr<Transform> transform_;
  std::map<uint32_t, ReplayWindow> rtp_windows_, rtcp_windows_;  // by SSRC
};

}  // namespace

Result<std::unique_ptr<Context>> Context::create(std::string_view name, ByteView key_salt, uint8_t mki_length,
                                                 bool unencrypted_srtp, bool) {
  const Suite* suite = find_suite(name);
  if (!suite) return Error(ErrorCode::kUnsupported, "crypto suite " + printable(name, 64) + " is not known");
  if (key_salt.size() != suite->key + suite->salt) {
    return Error(ErrorCode::kInvalid, std::string(suite->name) + " takes key and salt of " +
                                          std::to_string(suite->key + suite->salt) + " bytes, not " +
                                          std::to_string(key_salt.size()));
  }
  Shape shape = suite->shape;
  shape.mki = mki_length;
  shape.unencrypted_rtp = unencrypted_srtp;
  if (shape.gcm && unencrypted_srtp)
    return Error(ErrorCode::kUnsupported, std::string(suite->name) + " without encryption");

  ByteView key = key_salt.first(suite->key), salt = key_salt.subspan(suite->key);
  SessionKeys rtp{derive_key(key, salt, Label::kRtpEncryption, suite->key),
                  derive_key(key, salt, Label::kRtpAuthentication, kHmacKey),
                  derive_key(key, salt, Label::kRtpSalt, suite->salt)};
  // Whether SRTCP is encrypted is said in each packet: the session's parameter adds nothing for a reader.
  SessionKeys rtcp = rtcp_keys(*suite, key_salt);
  return std::unique_ptr<Context>(std::make_unique<ContextImpl>(Transform::create(shape, rtp, rtcp)));
}

}  // namespace ew::srtp
