// Sealing: header and frames of generation 0 as they arrive.
#include <limits>

#include "part/part_keys_internal.h"

namespace ew::part {

struct PartSealer::Impl {
  Header header;
  Bytes header_bytes;
  crypto::Secret dek;
  PartKeys keys;
  uint64_t next_frame = 0;
  bool is_closed = false;  // the last frame is sealed

  Impl(Header h, crypto::Secret key)
      : header(std::move(h)),
        header_bytes(encode(header)),
        dek(std::move(key)),
        keys(dek, header.salt, header_bytes) {}
};

PartSealer::PartSealer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PartSealer::PartSealer(PartSealer&&) noexcept = default;
PartSealer& PartSealer::operator=(PartSealer&&) noexcept = default;
PartSealer::~PartSealer() = default;

PartSealer PartSealer::create(Header header) {
  EW_CHECK(header.generation == 0);
  return create(std::move(header), crypto::Secret::random(32));
}

PartSealer PartSealer::create(Header header, crypto::Secret dek) {
  EW_CHECK(!keeps_old_leaves(header));
  crypto::random_bytes(header.salt);
  header.key_commitment = commitment_of(dek, header.salt);
  return PartSealer(std::make_unique<Impl>(std::move(header), std::move(dek)));
}

const Header& PartSealer::header() const { return impl_->header; }
const Bytes& PartSealer::header_bytes() const { return impl_->header_bytes; }
const crypto::Secret& PartSealer::dek() const { return impl_->dek; }
uint64_t PartSealer::next_frame() const { return impl_->next_frame; }

void PartSealer::seal(ByteView plaintext, WallTime first_at, WallTime last_at, bool last, Bytes& out) {
  EW_CHECK(plaintext.size() <= kMaxFrame);
  EW_CHECK(!impl_->is_closed);
  impl_->is_closed = last;
  FrameInfo info;
  info.length = static_cast<uint32_t>(kFrameHeaderSize + plaintext.size() + crypto::Aead::kTagSize);
  info.last = last;
  info.number = impl_->next_frame++;
  info.first_at = first_at;
  info.last_at = last_at;
  info.leaf = PartKeys::leaf(impl_->keys.leaf_salt(info.number), plaintext);
  size_t start = out.size();
  out.reserve(start + info.length);
  encode(info, out);
  out.resize(start + info.length);
  ByteSpan frame = ByteSpan(out).subspan(start);
  impl_->keys.seal(info.number, frame.first(kFrameHeaderSize), plaintext, frame.subspan(kFrameHeaderSize));
}

}  // namespace ew::part
