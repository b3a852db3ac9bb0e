#include "sipua/stream_buffer.h"

#include <algorithm>

namespace ew::sipua {
namespace {

constexpr size_t kPing = 4;  // two line ends

bool has_empty_line(std::string_view text) {
  return text.find("\n\r\n") != text.npos || text.find("\n\n") != text.npos;
}

}  // namespace

// Whether looking at the message again could find more than the last time. While its head comes in, only an
// empty line does; the doubled size is for finding what is no SIP or too long. Of a body the end is known.
bool StreamBuffer::may_have_ended(size_t old_size) {
  if (pending_.size() >= look_again_) return true;
  if (has_head_) return false;
  return has_empty_line(as_text(pending_).substr(old_size - std::min<size_t>(old_size, 2)));
}

StreamBuffer::Verdict StreamBuffer::add(ByteView bytes, Taker& taker) {
  ByteView rest = bytes;
  if (!pending_.empty()) {
    size_t old_size = pending_.size();
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
    if (!may_have_ended(old_size)) return Verdict::kGood;
    rest = pending_;
  }
  for (;;) {
    sip::Framing framing = sip::frame_stream(rest);
    if (framing.state == sip::Framing::State::kNotSip) return Verdict::kNotSip;
    if (framing.state == sip::Framing::State::kTooLong) return Verdict::kTooLong;
    if (framing.skip >= kPing) taker.on_ping();
    rest = rest.subspan(framing.skip);
    if (framing.state == sip::Framing::State::kNeedMore) {
      Bytes left(rest.begin(), rest.end());
      pending_ = std::move(left);
      has_head_ = framing.length > 0;
      look_again_ = has_head_ ? framing.length : std::max<size_t>(2 * pending_.size(), 64);
      return Verdict::kGood;
    }
    if (!taker.on_message(rest.first(framing.length))) {
      pending_.clear();
      return Verdict::kGood;
    }
    rest = rest.subspan(framing.length);
  }
}

}  // namespace ew::sipua
