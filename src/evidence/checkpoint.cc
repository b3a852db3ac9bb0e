#include "evidence/audit_log.h"

#include <algorithm>

#include "base/text.h"

namespace ew::evidence {
namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";  // an em dash, as signed-note has it
constexpr uint8_t kEd25519 = 1;
using KeyHash = std::array<uint8_t, 4>;

KeyHash key_hash(const std::string& origin, const crypto::PublicKey& key) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.raw(origin + "\n");
  writer.u8(kEd25519);
  writer.raw(key);
  KeyHash hash;
  std::copy_n(crypto::sha256(bytes).begin(), hash.size(), hash.begin());
  return hash;
}

std::string note_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         crypto::to_base64(checkpoint.root) + "\n";
}

std::string signature_line(const std::string& origin, const crypto::PublicKey& key, ByteView signature) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.raw(key_hash(origin, key));
  writer.raw(signature);
  return std::string(kDash) + origin + " " + crypto::to_base64(bytes) + "\n";
}

std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

std::string sign_checkpoint(const Checkpoint& checkpoint, const crypto::SigningKey& key) {
  const std::string text = note_text(checkpoint);
  return text + "\n" + signature_line(checkpoint.origin, key.public_key, crypto::sign(key, as_bytes(text)));
}

Result<Checkpoint> open_checkpoint(std::string_view note, const std::string& origin,
                                   const crypto::PublicKey& key) {
  auto corrupt = [](std::string_view what) {
    return Error(ErrorCode::kCorrupt, "checkpoint: " + std::string(what));
  };
  std::string_view left = note;
  Checkpoint checkpoint{.origin = std::string(take_line(left))};
  const std::string_view size_text = take_line(left);
  auto size = parse_number(size_text, INT64_MAX);
  auto root = crypto::from_base64(take_line(left));
  if (!size || !root || root->size() != checkpoint.root.size()) return corrupt("malformed");
  checkpoint.size = *size;
  std::ranges::copy(*root, checkpoint.root.begin());
  if (checkpoint.origin != origin) return corrupt("of another origin: " + printable(checkpoint.origin));
  // The signature is taken out of the last line; everything else is compared with what we would write, byte
  // for byte.
  take_line(left);
  const std::string_view line = take_line(left);
  auto signature = crypto::from_base64(line.substr(std::min(line.size(), kDash.size() + origin.size() + 1)));
  if (!signature || signature->size() != sizeof(KeyHash) + sizeof(crypto::Signature))
    return corrupt("no signature");
  const ByteView signature_bytes = ByteView(*signature).subspan(sizeof(KeyHash));
  const std::string text = note_text(checkpoint);
  if (note != text + "\n" + signature_line(origin, key, signature_bytes)) return corrupt("malformed");
  if (!crypto::verify(key, as_bytes(text), signature_bytes)) return corrupt("the signature does not fit");
  return checkpoint;
}

}  // namespace ew::evidence
