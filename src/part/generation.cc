// Destroying spans: a new object under a new key, in which the frames that go keep only number, times and
// leaf.
#include <algorithm>

#include "part/part_keys_internal.h"

namespace ew::part {
namespace {

// Seals an opened frame again, its leaf salt before it, since the new key cannot derive that.
void reseal(const PartReader::Opened& opened, PartKeys& keys, Bytes& out) {
  Bytes plain(opened.leaf_salt.begin(), opened.leaf_salt.end());
  plain.insert(plain.end(), opened.plaintext.begin(), opened.plaintext.end());
  FrameInfo info = opened.info;
  info.length = static_cast<uint32_t>(kFrameHeaderSize + plain.size() + crypto::Aead::kTagSize);
  size_t start = out.size();
  encode(info, out);
  out.resize(start + info.length);
  ByteSpan frame = ByteSpan(out).subspan(start);
  keys.seal(info.number, frame.first(kFrameHeaderSize), plain, frame.subspan(kFrameHeaderSize));
}

void leave_leaf(FrameInfo info, Bytes& out) {
  info.destroyed = true;
  info.last = false;
  info.length = kFrameHeaderSize;
  encode(info, out);
}

}  // namespace

Result<NewGeneration> make_generation(ByteView object, crypto::Secret dek, PartId part,
                                      const std::vector<uint64_t>& destroyed_frames) {
  ObjectView old = TRY(check_object(object));
  for (uint64_t number : destroyed_frames)
    if (number >= old.frames.size())
      return Error(ErrorCode::kUsage,
                   "part " + old.header.part.text() + " has no frame " + std::to_string(number));
  PartReader reader = TRY(PartReader::create(old.header_bytes, std::move(dek)));

  NewGeneration made{{}, crypto::Secret::random(32)};
  Header header = old.header;
  header.part = part;
  header.generation = old.header.generation + 1;
  header.previous_root = old.footer.root;
  crypto::random_bytes(header.salt);
  header.key_commitment = commitment_of(made.dek, header.salt);
  made.object = encode(header);
  size_t header_size = made.object.size();
  PartKeys keys(made.dek, header.salt, made.object);

  std::vector<FrameInfo> infos;
  for (size_t i = 0; i < old.frames.size(); ++i) {
    bool is_named = std::find(destroyed_frames.begin(), destroyed_frames.end(), i) != destroyed_frames.end();
    PartReader::Opened opened = TRY(reader.open_with_salt(old.frames[i], i));
    size_t start = made.object.size();
    if (is_named || opened.info.destroyed)
      leave_leaf(opened.info, made.object);
    else
      reseal(opened, keys, made.object);
    infos.push_back(TRY(decode_frame_info(ByteView(made.object).subspan(start))));
  }
  // The recovery copy holds the old key; the caller makes another if the class keeps one.
  Bytes footer = TRY(make_footer(header_size, infos, old.footer.end));
  made.object.insert(made.object.end(), footer.begin(), footer.end());
  return made;
}

}  // namespace ew::part
