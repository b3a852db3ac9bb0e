#include "node/live_sound.h"

#include <algorithm>

#include "part/record.h"

namespace ew::node {

Status LiveSound::advance() {
  const bool was_here = part_.has_value();
  if (part_) {
    Status followed = follow(*part_, next_);
    const bool is_gone = !followed.ok() && followed.error().code() == ErrorCode::kNotFound;
    if (!followed.ok() && !is_gone) return followed;
    TRY(mixer_.flush());
    if (part_ && !is_gone) return {};
  }
  part_.reset();
  const PartId current = TRY(recording_->part());
  // A part that follows one that was heard is heard from its beginning; the first one from near its end.
  uint64_t first = 0;
  if (!was_here) {
    const uint64_t total = TRY(recording_->read(current, UINT64_MAX)).total;
    first = total - std::min(total, kBackFrames);
  }
  part_ = current;
  reader_.reset();
  described_until_ = 0;
  mixer_.begin_part();
  TRY(follow(current, first));
  return mixer_.flush();
}

// Afterwards part_ is empty if the part has ended and was taken whole.
Status LiveSound::follow(PartId part, uint64_t first) {
  next_ = first;
  for (;;) {
    const OpenRecording::Frames read = TRY(recording_->read(part, next_));
    if (!reader_) TRY(open_reader(read.header));
    if (described_until_ < next_) TRY(read_descriptions());
    for (const Bytes& frame : read.frames) TRY(take_frame(frame));
    if (next_ < read.total && !read.frames.empty()) continue;
    if (read.has_ended) part_.reset();
    return {};
  }
}

Status LiveSound::open_reader(ByteView header) {
  const part::Header decoded = TRY(part::decode_header(header));
  crypto::Secret key = TRY(data_.vault().open_key(decoded));
  reader_ = TRY(part::PartReader::create(header, std::move(key)));
  return {};
}

Status LiveSound::take_frame(ByteView frame) {
  const part::FrameInfo info = TRY(part::decode_frame_info(frame));
  const Bytes plaintext = TRY(reader_->open(frame, next_++));
  described_until_ = std::max(described_until_, next_);
  Status taken;
  TRY(part::for_each_record(plaintext, info.first_at, [&](const part::Record& record) {
    if (taken.ok()) taken = mixer_.take(record);
  }));
  return taken;
}

// A part describes each stream once, before its first packet: whoever begins later looks for that in the
// frames before.
Status LiveSound::read_descriptions() {
  while (described_until_ < next_) {
    const OpenRecording::Frames read = TRY(recording_->read(*part_, described_until_));
    if (read.frames.empty()) return Error(ErrorCode::kNotFound, "the part is gone");
    for (const Bytes& frame : read.frames) {
      if (described_until_ == next_) break;
      const part::FrameInfo info = TRY(part::decode_frame_info(frame));
      const Bytes plaintext = TRY(reader_->open(frame, described_until_++));
      Status taken;
      TRY(part::for_each_record(plaintext, info.first_at, [&](const part::Record& record) {
        if (taken.ok() && record.type == part::RecordType::kStream) taken = mixer_.take(record);
      }));
      TRY(std::move(taken));
    }
  }
  return {};
}

}  // namespace ew::node
