// Opening frames and checking whole objects.
#include "part/part_keys_internal.h"

#include <algorithm>

namespace ew::part {
namespace {

Error corrupt_frame(uint64_t number, std::string_view what) {
  return {ErrorCode::kCorrupt, "frame " + std::to_string(number) + ": " + std::string(what)};
}

bool is_described_by(const FrameInfo& info, uint64_t number, const FrameEntry& entry) {
  return info.number == number && info.length == entry.length && info.first_at == entry.first_at &&
         info.last_at == entry.last_at && info.leaf == entry.leaf;
}

}  // namespace

struct PartReader::Impl {
  Header header;
  PartKeys keys;
};

PartReader::PartReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PartReader::PartReader(PartReader&&) noexcept = default;
PartReader& PartReader::operator=(PartReader&&) noexcept = default;
PartReader::~PartReader() = default;

Result<PartReader> PartReader::create(ByteView header_bytes, crypto::Secret dek) {
  size_t size = 0;
  Header header = TRY(decode_header(header_bytes, &size));
  if (!crypto::equal_constant_time(commitment_of(dek, header.salt), header.key_commitment))
    return Error(ErrorCode::kDenied, "part " + header.part.text() + ": the key is another part's");
  PartKeys keys(dek, header.salt, header_bytes.first(size));
  return PartReader(std::unique_ptr<Impl>(new Impl{std::move(header), std::move(keys)}));
}

const Header& PartReader::header() const { return impl_->header; }

Result<PartReader::Opened> PartReader::open_with_salt(ByteView frame, uint64_t number) {
  FrameInfo info = TRY(decode_frame_info(frame));
  if (info.number != number)
    return corrupt_frame(number, "its place holds frame " + std::to_string(info.number));
  if (info.length != frame.size()) return corrupt_frame(number, "length does not fit");
  bool is_first_generation = !keeps_old_leaves(impl_->header);
  if (info.destroyed) {
    if (is_first_generation) return corrupt_frame(number, "destroyed in generation 0");
    return Opened{info, {}, {}};
  }
  ByteView sealed = frame.subspan(kFrameHeaderSize);
  Opened opened{info, {}, Bytes(sealed.size() - crypto::Aead::kTagSize)};
  if (!impl_->keys.open(number, frame.first(kFrameHeaderSize), sealed, opened.plaintext))
    return corrupt_frame(number, "its tag does not fit");
  if (is_first_generation) {
    opened.leaf_salt = impl_->keys.leaf_salt(number);
  } else {
    auto salt_end = opened.plaintext.begin() + static_cast<ptrdiff_t>(opened.leaf_salt.size());
    if (opened.plaintext.size() < opened.leaf_salt.size())
      return corrupt_frame(number, "its leaf salt is missing");
    std::copy(opened.plaintext.begin(), salt_end, opened.leaf_salt.begin());
    opened.plaintext.erase(opened.plaintext.begin(), salt_end);
  }
  if (!crypto::equal_constant_time(PartKeys::leaf(opened.leaf_salt, opened.plaintext), info.leaf))
    return corrupt_frame(number, "its leaf does not fit");
  return opened;
}

Result<Bytes> PartReader::open(ByteView frame, uint64_t number) {
  Opened opened = TRY(open_with_salt(frame, number));
  return std::move(opened.plaintext);
}

Result<ObjectView> check_object(ByteView object) {
  ObjectView view;
  size_t header_size = 0;
  view.header = TRY(decode_header(object, &header_size));
  view.header_bytes = object.first(header_size);
  ByteView rest = object.subspan(header_size);
  view.footer = TRY(decode_footer(rest));
  size_t footer_size = TRY(footer_size_of(rest));
  ByteView frames = rest.first(rest.size() - footer_size);
  for (size_t i = 0; i < view.footer.frames.size(); ++i) {
    const FrameEntry& entry = view.footer.frames[i];
    FrameInfo info = TRY(decode_frame_info(frames));
    bool is_final = i + 1 == view.footer.frames.size();
    if (entry.offset != object.size() - footer_size - frames.size() || info.length > frames.size() ||
        !is_described_by(info, i, entry))
      return corrupt_frame(i, "the footer describes another one");
    if (info.destroyed && !keeps_old_leaves(view.header)) return corrupt_frame(i, "destroyed in generation 0");
    if (info.last && !is_final) return corrupt_frame(i, "marked as the last, but others follow");
    if (is_final && !info.last && !info.destroyed && view.footer.end != End::kCrash)
      return corrupt_frame(i, "the part was closed in order, but its last frame is missing");
    view.frames.push_back(frames.first(info.length));
    frames = frames.subspan(info.length);
  }
  if (!frames.empty()) return Error(ErrorCode::kCorrupt, "part: bytes between the last frame and the footer");
  return view;
}

Status check_frames(const ObjectView& object, crypto::Secret dek) {
  PartReader reader = TRY(PartReader::create(object.header_bytes, std::move(dek)));
  for (size_t i = 0; i < object.frames.size(); ++i) TRY(reader.open(object.frames[i], i));
  return {};
}

}  // namespace ew::part
