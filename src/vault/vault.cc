#include "vault/vault.h"

#include <algorithm>

#include "crypto/crypto.h"

namespace ew::vault {
namespace {

// The largest header; and what the footer of a part of three minutes needs.
constexpr uint64_t kHeaderRange = 512, kFooterRange = 32 * 1024;
// Frames that lie together are read together, up to so many bytes.
constexpr uint64_t kReadAhead = 1024 * 1024;
constexpr size_t kPage = 1'000;
constexpr std::string_view kDerivedKeyInfo = "earwitness derived part v1";

Error unlike(const std::string& name, std::string_view what) {
  return {ErrorCode::kCorrupt, "object " + name + ": " + std::string(what)};
}

}  // namespace

std::string object_name(const part::Header& header) {
  const uint8_t last = header.part.bytes.back();
  const bool is_derived = header.kind == part::Kind::kDerived;
  return header.tenant + "/" + std::string(part::name_of(header.kind)) + "/" + to_hex(ByteView(&last, 1)) +
         "/" + header.part.text() + "-" + std::to_string(header.generation) +
         (is_derived ? "-" + std::to_string(header.number) : "");
}

Vault::Vault(ObjectStore& objects, KeyStore& keys, KekProvider& keks)
    : objects_(objects), keys_(keys), keks_(keks) {}

Result<StoredPart> Vault::describe(const std::string& name) {
  StoredPart stored{.name = name};
  ObjectEnds ends = TRY(objects_.get_ends(name, kHeaderRange, kFooterRange));
  Bytes& tail = ends.tail;
  stored.size = ends.size;
  stored.header = TRY(part::decode_header(ends.head));
  if (object_name(stored.header) != name) return unlike(name, "holds the part " + object_name(stored.header));
  const size_t footer_size = TRY(part::footer_size_of(tail));
  if (footer_size > stored.size) return unlike(name, "the footer is longer than the object");
  if (footer_size > tail.size()) tail = TRY(objects_.get_range(name, stored.size - footer_size, footer_size));
  stored.footer = TRY(part::decode_footer(ByteView(tail).last(footer_size)));
  return stored;
}

Result<crypto::Secret> Vault::open_key(const part::Header& header) {
  const SealedKey sealed = TRY(keys_.get(header.part, header.generation));
  crypto::Secret dek = TRY(keks_.open(header.tenant, sealed));
  if (header.kind != part::Kind::kDerived) return dek;
  crypto::Secret derived(dek.size());
  crypto::hkdf(dek.view(), {}, kDerivedKeyInfo, derived.span());
  return derived;
}

Status Vault::read(const StoredPart& stored,
                   const std::function<Status(const part::FrameInfo&, ByteView plaintext)>& each,
                   uint64_t first, uint64_t last) {
  const std::vector<part::FrameEntry>& frames = stored.footer.frames;
  if (frames.empty() || first >= frames.size() || first > last) return {};
  last = std::min<uint64_t>(last, frames.size() - 1);
  crypto::Secret dek = TRY(open_key(stored.header));
  part::PartReader reader = TRY(part::PartReader::create(part::encode(stored.header), std::move(dek)));
  for (uint64_t begin = first; begin <= last;) {
    const uint64_t offset = frames[begin].offset;
    uint64_t end = begin;
    uint64_t length = 0;
    while (end <= last && (end == begin || length + frames[end].length <= kReadAhead)) {
      if (frames[end].offset != offset + length)
        return unlike(stored.name, "the footer's frames do not join");
      length += frames[end++].length;
    }
    const Bytes bytes = TRY(objects_.get_range(stored.name, offset, length));
    for (uint64_t number = begin; number < end; ++number) {
      const ByteView frame = ByteView(bytes).subspan(frames[number].offset - offset, frames[number].length);
      const part::FrameInfo info = TRY(part::decode_frame_info(frame));
      const Bytes plaintext = TRY(reader.open(frame, number));
      if (info.leaf != frames[number].leaf) return unlike(stored.name, "a frame's leaf is not the footer's");
      TRY(each(info, plaintext));
    }
    begin = end;
  }
  return {};
}

Status Vault::verify(const std::string& name) {
  const Bytes object = TRY(objects_.get(name));
  const part::ObjectView view = TRY(part::check_object(object));
  if (object_name(view.header) != name) return unlike(name, "holds the part " + object_name(view.header));
  crypto::Secret dek = TRY(open_key(view.header));
  return part::check_frames(view, std::move(dek));
}

Status Vault::for_each(const std::string& prefix, const std::function<Status(const ObjectInfo&)>& each) {
  std::string after;
  for (;;) {
    const std::vector<ObjectInfo> page = TRY(objects_.list(prefix, after, kPage));
    for (const ObjectInfo& info : page) TRY(each(info));
    if (page.size() < kPage) return {};
    after = page.back().name;
  }
}

}  // namespace ew::vault
