#include "hep/stream.h"

#include <algorithm>

#include "hep/format_internal.h"

namespace ew::hep {
namespace {

struct Framing {
  Stream::Verdict verdict = Stream::Verdict::kGood;
  size_t needed = kHeaderSize;  // bytes to know more: a header, or the whole packet
};

Framing frame(ByteView start) {
  size_t known = std::min(start.size(), kMagic.size());
  if (as_text(start.first(known)) != kMagic.substr(0, known)) return {Stream::Verdict::kNotHep};
  if (start.size() < kHeaderSize) return {};
  size_t length = size_t{start[kMagic.size()]} << 8 | start[kMagic.size() + 1];
  if (length < kHeaderSize) return {Stream::Verdict::kLength};
  return {Stream::Verdict::kGood, length};
}

}  // namespace

// Moves bytes from the front of `bytes` to what is pending, until that has as many as wanted.
void Stream::keep(ByteView& bytes, size_t wanted) {
  size_t count = std::min(wanted - pending_.size(), bytes.size());
  pending_.insert(pending_.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(count));
  bytes = bytes.subspan(count);
}

Stream::Verdict Stream::add(ByteView bytes, Taker& taker) {
  while (!bytes.empty() && verdict_ == Verdict::kGood) {
    bool was_pending = !pending_.empty();
    if (was_pending) keep(bytes, frame(pending_).needed);
    ByteView start = was_pending ? ByteView(pending_) : bytes;
    Framing framing = frame(start);
    verdict_ = framing.verdict;
    if (verdict_ != Verdict::kGood) {
      pending_.clear();
    } else if (start.size() >= framing.needed) {
      bool wants_more = taker.on_packet(start.first(framing.needed));
      if (!was_pending) bytes = bytes.subspan(framing.needed);
      pending_.clear();
      if (!wants_more) break;
    } else if (!was_pending) {
      keep(bytes, framing.needed);
    }
  }
  return verdict_;
}

std::string_view name_of(Stream::Verdict verdict) {
  switch (verdict) {
    case Stream::Verdict::kGood:
      return "good";
    case Stream::Verdict::kNotHep:
      return "not HEP version 3";
    case Stream::Verdict::kLength:
      return "a length that is less than a header's";
  }
  return "unknown";
}

}  // namespace ew::hep
