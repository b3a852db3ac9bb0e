#include "capture/tcp_reassembler.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "sip/message.h"

namespace ew::capture {
namespace {

// Further away than this in sequence, a segment belongs to another connection between the same endpoints.
constexpr int64_t kWindow = 1024 * 1024;
// Positions begin here, so that bytes before the first one seen have a position too.
constexpr uint64_t kFirstPosition = uint64_t{1} << 32;

size_t leading_line_breaks(ByteView bytes) {
  size_t count = 0;
  while (count < bytes.size() && (bytes[count] == '\r' || bytes[count] == '\n')) ++count;
  return count;
}

}  // namespace

void TcpReassembler::add(const pcap::Dissected& packet, WallTime at, const PacketRef& ref,
                         DatagramSink& sink) {
  ++counters_.tcp_segments;
  keep_bounds(at, sink);
  Key key{packet.source, packet.destination};
  uint32_t sequence = packet.tcp_sequence;
  if (packet.tcp_flags & pcap::kSyn) {
    handle_syn(key, ++sequence, at, sink);  // data may come with it (RFC 7413)
  }

  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (packet.payload.empty() || !sip::looks_like_sip(packet.payload)) return;
    found = by_key_.emplace(key, begin_stream(key, sequence, at)).first;
  }
  Iterator stream = found->second;
  int64_t distance = static_cast<int32_t>(sequence - static_cast<uint32_t>(stream->next));
  if (std::abs(distance) > kWindow) {
    if (packet.payload.empty() || !sip::looks_like_sip(packet.payload)) return;
    close(stream, sink);
    stream = by_key_.emplace(key, begin_stream(key, sequence, at)).first->second;
    distance = 0;
  }
  streams_.splice(streams_.end(), streams_, stream);
  stream->last_at = at;

  uint64_t position = stream->next + static_cast<uint64_t>(distance);
  if (packet.tcp_flags & pcap::kFin) stream->end = position + packet.payload.size();
  if (packet.tcp_flags & pcap::kRst) return close(stream, sink);
  take(stream, position, packet.payload, {at, ref, packet.vlan, packet.dscp}, sink);
}

void TcpReassembler::finish(DatagramSink& sink) {
  while (!streams_.empty()) close(streams_.begin(), sink);
}

// Does not enter the stream into by_key_.
TcpReassembler::Iterator TcpReassembler::begin_stream(const Key& key, uint32_t sequence, WallTime at) {
  Iterator stream = streams_.emplace(streams_.end());
  stream->key = key;
  stream->initial = sequence;
  stream->next = kFirstPosition + sequence;
  stream->last_at = at;
  return stream;
}

// `sequence` is that of the first byte. The same SYN may come again, or late.
void TcpReassembler::handle_syn(const Key& key, uint32_t sequence, WallTime at, DatagramSink& sink) {
  auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    if (found->second->initial == sequence) return;
    close(found->second, sink);
  }
  by_key_.emplace(key, begin_stream(key, sequence, at));
}

// Every path that finds the stream to be no SIP ends in forgetting it.
void TcpReassembler::take(Iterator stream, uint64_t position, ByteView bytes, const Origin& origin,
                          DatagramSink& sink) {
  uint64_t end = position + bytes.size();
  bool is_sip = true;
  if (end > stream->next) {
    if (position < stream->next) {
      bytes = bytes.subspan(stream->next - position);
      position = stream->next;
    }
    if (position == stream->next && stream->pieces.empty()) {
      is_sip = take_in_order(*stream, bytes, origin, sink) || resynchronise(*stream, sink);
    } else {
      if (stream->pieces.empty()) {
        stream->waiting_since = origin.at;
        stream->waited_segments = 0;
      }
      ++stream->waited_segments;
      store(*stream, position, bytes, origin);
      is_sip = take_stored(*stream, &origin, sink) || resynchronise(*stream, sink);
    }
  }
  if (is_sip && gave_up_waiting(*stream, origin.at)) is_sip = resynchronise(*stream, sink);
  bool closed = stream->end && stream->next >= *stream->end;
  if (!is_sip || closed) forget(stream);
}

// Keeps what is not there yet: where pieces overlap, the bytes that came first stay.
void TcpReassembler::store(Stream& stream, uint64_t position, ByteView bytes, const Origin& origin) {
  auto following = stream.pieces.upper_bound(position);
  if (following != stream.pieces.begin()) {
    auto before = std::prev(following);
    uint64_t before_end = before->first + before->second.bytes.size();
    if (before_end > position) {
      size_t known = std::min<size_t>(bytes.size(), before_end - position);
      bytes = bytes.subspan(known);
      position += known;
    }
  }
  while (!bytes.empty()) {
    size_t fits = bytes.size();
    if (following != stream.pieces.end()) fits = std::min<size_t>(fits, following->first - position);
    if (fits > 0) {
      ByteView piece = bytes.first(fits);
      stream.pieces.emplace_hint(following, position, Piece{Bytes(piece.begin(), piece.end()), origin});
      stream.pieces_bytes += fits;
      held_bytes_ += fits;
    }
    bytes = bytes.subspan(fits);
    position += fits;
    if (bytes.empty()) return;
    size_t known = std::min(bytes.size(), following->second.bytes.size());
    bytes = bytes.subspan(known);
    position += known;
    ++following;
  }
}

// False if the bytes are no SIP.
bool TcpReassembler::take_in_order(Stream& stream, ByteView bytes, const Origin& origin, DatagramSink& sink) {
  stream.next += bytes.size();
  bool newer = stream.pending.empty() || stream.latest.at <= origin.at;
  if (newer) stream.latest = origin;
  size_t used = 0;
  if (stream.pending.empty()) {  // the common case: whole messages, not copied
    if (!frame(stream, bytes, used, sink)) return false;
    set_pending(stream, bytes.subspan(used));
    return true;
  }
  stream.pending.insert(stream.pending.end(), bytes.begin(), bytes.end());
  held_bytes_ += bytes.size();
  if (!may_frame(stream)) return true;
  if (!frame(stream, stream.pending, used, sink)) return false;
  stream.pending.erase(stream.pending.begin(), stream.pending.begin() + static_cast<ptrdiff_t>(used));
  held_bytes_ -= used;
  return true;
}

// Takes the stored pieces that follow in order. Pieces that waited count as come with the packet that
// arrived, if one filled the hole before them. False if the bytes are no SIP.
bool TcpReassembler::take_stored(Stream& stream, const Origin* arrived, DatagramSink& sink) {
  while (!stream.pieces.empty() && stream.pieces.begin()->first == stream.next) {
    Piece piece = std::move(stream.pieces.extract(stream.pieces.begin()).mapped());
    stream.pieces_bytes -= piece.bytes.size();
    held_bytes_ -= piece.bytes.size();
    if (!take_in_order(stream, piece.bytes, arrived ? *arrived : piece.origin, sink)) return false;
    // What still waits, waits for another hole.
    if (arrived) stream.waiting_since = arrived->at;
    stream.waited_segments = 0;
  }
  return true;
}

// Framing reads a message from its start. It is asked only when its answer can have changed, so that a
// message in a great many tiny segments does not cost the square of its length: the first line has ended, the
// head has ended, the body is complete.
bool TcpReassembler::may_frame(Stream& stream) const {
  std::string_view text = as_text(stream.pending);
  size_t seen = std::exchange(stream.looked_at, text.size());
  if (stream.wanted != 0) return text.size() >= stream.wanted;
  if (text.size() >= sip::kMaxMessageTcp) return true;
  size_t first_line_end = text.substr(0, sip::kMaxLine).find('\n');
  if (first_line_end == text.npos) return text.size() > sip::kMaxLine;
  if (first_line_end >= seen) return true;
  std::string_view unseen = text.substr(seen - std::min<size_t>(seen, 2));  // the end may lie across
  return unseen.find("\n\r\n") != unseen.npos || unseen.find("\n\n") != unseen.npos;
}

// Delivers the whole messages at the start of `bytes`; `used` says how many bytes they and the line breaks
// between them take. False if what follows is no SIP.
bool TcpReassembler::frame(Stream& stream, ByteView bytes, size_t& used, DatagramSink& sink) {
  while (true) {
    used += leading_line_breaks(bytes.subspan(used));
    if (used == bytes.size()) return true;
    ByteView rest = bytes.subspan(used);
    sip::Framing framing = sip::frame_stream(rest);
    switch (framing.state) {
      case sip::Framing::State::kComplete:
        deliver(stream, rest.subspan(framing.skip, framing.length), sink);
        used += framing.skip + framing.length;
        break;
      case sip::Framing::State::kNeedMore:
        stream.looked_at = rest.size();
        stream.wanted = framing.length;
        return true;
      case sip::Framing::State::kNotSip:
      case sip::Framing::State::kTooLong:
        return false;
    }
  }
}

// Goes on at the next stored piece that begins as a SIP message does. False if there is none: nothing of the
// stream is worth keeping.
bool TcpReassembler::resynchronise(Stream& stream, DatagramSink& sink) {
  set_pending(stream, {});
  while (!stream.pieces.empty()) {
    auto first = stream.pieces.begin();
    if (sip::looks_like_sip(first->second.bytes)) {
      stream.next = first->first;
      stream.waiting_since = first->second.origin.at;
      ++counters_.tcp_gaps;
      if (take_stored(stream, nullptr, sink)) return true;
      set_pending(stream, {});
      continue;
    }
    stream.pieces_bytes -= first->second.bytes.size();
    held_bytes_ -= first->second.bytes.size();
    stream.pieces.erase(first);
  }
  return false;
}

bool TcpReassembler::gave_up_waiting(const Stream& stream, WallTime now) const {
  if (stream.pieces.empty()) return false;
  return now - stream.waiting_since > kMaxWait || stream.waited_segments > kMaxWaitSegments ||
         stream.pieces_bytes > kMaxOutOfOrder || stream.pieces.size() > kMaxPieces;
}

void TcpReassembler::deliver(const Stream& stream, ByteView message, DatagramSink& sink) {
  const Origin& origin = stream.latest;
  PacketRef ref = origin.ref;
  bool same_packet = ref.capture == last_ref_.capture && ref.packet == last_ref_.packet;
  ref.index = same_packet ? last_ref_.index + 1 : 0;
  last_ref_ = ref;
  ++counters_.tcp_messages;
  sink.on_datagram(Datagram{origin.at, ref, stream.key.source, stream.key.destination, Transport::kTcp,
                            origin.vlan, origin.dscp, message});
}

// Gives out what waits behind holes, then forgets the stream.
void TcpReassembler::close(Iterator stream, DatagramSink& sink) {
  while (!stream->pieces.empty() && resynchronise(*stream, sink)) {
  }
  forget(stream);
}

void TcpReassembler::forget(Iterator stream) {
  held_bytes_ -= stream->pending.size() + stream->pieces_bytes;
  by_key_.erase(stream->key);
  streams_.erase(stream);
}

void TcpReassembler::keep_bounds(WallTime now, DatagramSink& sink) {
  while (!streams_.empty()) {
    bool idle = now - streams_.front().last_at > kMaxIdle;
    if (!idle && streams_.size() < kMaxStreams && held_bytes_ <= kMaxBytes) return;
    ++counters_.tcp_abandoned;
    close(streams_.begin(), sink);
  }
}

void TcpReassembler::set_pending(Stream& stream, ByteView bytes) {
  held_bytes_ = held_bytes_ - stream.pending.size() + bytes.size();
  stream.pending.assign(bytes.begin(), bytes.end());
}

}  // namespace ew::capture
