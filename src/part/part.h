// Parts: the stored format of a call's data (docs/formats/part.md). Pure: bytes in, bytes out.
// PartSealer makes header and frames as they arrive; make_footer closes an object without any key; PartReader
// opens one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/crypto.h"

namespace ew::part {

enum class Kind : uint8_t { kLog = 1, kMedia = 2, kDerived = 3 };
std::string_view name_of(Kind kind);  // "log", "media", "derived"

enum class End : uint8_t {
  kClosed = 1,
  kCut = 2,
  kPause = 3,
  kConsent = 4,
  kKeep = 5,
  kCrash = 6,
  kFreed = 7
};

constexpr size_t kMaxFrameRecords = 64 * 1024;   // bytes of plaintext that close a frame
constexpr int64_t kMaxFrameNs = 400 * kNsPerMs;  // time that closes a frame
constexpr int64_t kMaxPartNs = 600 * kNsPerSec;  // and a part
constexpr uint64_t kMaxPartBytes = 64ull * 1024 * 1024;
// A frame may exceed kMaxFrameRecords by one record: the largest SIP message and its envelope.
constexpr size_t kMaxFrame = kMaxFrameRecords + 300 * 1024;
// So much a record's body may have that its frame is never too large.
constexpr size_t kMaxRecordBody = 299 * 1024;

enum class ClockSource : uint8_t { kSystem = 0, kCapture = 1 };

struct Header {
  Kind kind = Kind::kLog;
  uint32_t generation = 0;
  uint32_t number = 0;
  NodeId node;
  CallId call;
  RecordingId recording;
  PartId part;
  std::string tenant = "default";  // at most 64 bytes
  WallTime anchor_wall;
  int64_t anchor_monotonic_ns = 0;
  ClockSource clock_source = ClockSource::kSystem;
  crypto::Digest salt{};
  crypto::Digest key_commitment{};
  crypto::Digest previous_root{};
};
Bytes encode(const Header& header);
// Reads a header at the start of `bytes`; `size` becomes its length.
Result<Header> decode_header(ByteView bytes, size_t* size = nullptr);

struct FrameInfo {
  uint32_t length = 0;  // whole frame
  bool last = false, destroyed = false;
  uint64_t number = 0;
  WallTime first_at, last_at;
  crypto::Digest leaf{};
};
constexpr size_t kFrameHeaderSize = 64;
// The longest sealed frame: clear part, leaf salt (generation > 0), plaintext, tag.
constexpr size_t kMaxSealedFrame = kFrameHeaderSize + 32 + kMaxFrame + crypto::Aead::kTagSize;
// Appends the clear part.
void encode(const FrameInfo& info, Bytes& out);
// Reads the clear part at the start of `bytes` (which may hold more).
Result<FrameInfo> decode_frame_info(ByteView bytes);

// Seals the frames of one part, in order. Knows its key until destroyed.
class PartSealer {
 public:
  // Fills header's salt and key commitment; the DEK is made here and given out once through `dek()`.
  static PartSealer create(Header header);
  // With a key that follows from another part's: of a derived part (docs/formats/derived.md).
  static PartSealer create(Header header, crypto::Secret dek);
  PartSealer(PartSealer&&) noexcept;
  PartSealer& operator=(PartSealer&&) noexcept;
  ~PartSealer();

  const Header& header() const;
  const Bytes& header_bytes() const;
  const crypto::Secret& dek() const;
  uint64_t next_frame() const;
  // Appends one sealed frame around `plaintext` (at most kMaxFrame bytes, may be empty) to `out`. Nothing
  // follows the `last` one, which every part that is closed in order must have: check_object() asks for it
  // unless the end is kCrash.
  void seal(ByteView plaintext, WallTime first_at, WallTime last_at, bool last, Bytes& out);

 private:
  struct Impl;
  explicit PartSealer(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

// RFC 6962 Merkle tree hash; of nothing: SHA-256 of the empty string.
crypto::Digest merkle_root(const std::vector<crypto::Digest>& leaves);

struct FrameEntry {
  uint64_t offset = 0;  // in the object
  uint32_t length = 0;
  WallTime first_at, last_at;
  crypto::Digest leaf{};
};
struct Footer {
  End end = End::kClosed;
  std::vector<FrameEntry> frames;
  crypto::Digest root{};
  Bytes recovery_copy;
};
// Header and frames are given by their clear parts, so no key is needed. Frames must be numbered 0, 1, 2, …
Result<Bytes> make_footer(size_t header_size, const std::vector<FrameInfo>& frames, End end,
                          ByteView recovery_copy = {});
// From the object's last bytes. `tail` holds at least the footer; kTruncated with the needed size in the
// message if not; footer_size_of() tells it from the last 12 bytes.
Result<size_t> footer_size_of(ByteView last_bytes);
Result<Footer> decode_footer(ByteView footer);

// Opens frames of an object with its key. Each check of the format is made: key commitment, header hash,
// number, tag, leaf.
class PartReader {
 public:
  static Result<PartReader> create(ByteView header_bytes,
                                   crypto::Secret dek);  // kDenied: the key is another part's
  PartReader(PartReader&&) noexcept;
  PartReader& operator=(PartReader&&) noexcept;
  ~PartReader();
  const Header& header() const;
  // The plaintext of one whole frame, which must have the given number. Empty for a destroyed frame.
  Result<Bytes> open(ByteView frame, uint64_t number);

  struct Opened {
    FrameInfo info;
    crypto::Digest leaf_salt{};
    Bytes plaintext;
  };
  // The same with what a new generation needs: the salt that keeps the frame's leaf.
  Result<Opened> open_with_salt(ByteView frame, uint64_t number);

 private:
  struct Impl;
  explicit PartReader(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

// The whole object in memory: checks everything that needs no key (structure, footer, Merkle root, no byte
// unaccounted for).
struct ObjectView {
  Header header;
  ByteView header_bytes;
  Footer footer;
  std::vector<ByteView> frames;
};
Result<ObjectView> check_object(ByteView object);
// And everything that needs the key: every frame opens.
Status check_frames(const ObjectView& object, crypto::Secret dek);

// A new generation under a new key, in which the frames with the given numbers are gone but for times and
// leaves. Frames destroyed before stay so. The Merkle root is the old one. The footer's recovery copy, being
// the old key's, is left out.
struct NewGeneration {
  Bytes object;
  crypto::Secret dek{32};
};
Result<NewGeneration> make_generation(ByteView object, crypto::Secret dek, PartId part,
                                      const std::vector<uint64_t>& destroyed_frames);

}  // namespace ew::part
