#include "capture/file_cursor.h"

#include <algorithm>

#include "crypto/crypto.h"
#include "pcap/dissect.h"

namespace ew::capture {

FileCursor::FileCursor(std::string name, FileBytes bytes) : bytes_(std::move(bytes)) {
  info_.path = std::move(name);
  info_.size = bytes_.view().size();
}

Result<FileCursor> FileCursor::open(std::string name, FileBytes bytes) {
  FileCursor cursor(std::move(name), std::move(bytes));
  ByteView file = cursor.bytes_.view();
  cursor.info_.sha256 = crypto::sha256(file);
  auto stream = ByteStream::open(file);
  if (!stream) return std::move(stream).error().within(cursor.info_.path);
  cursor.stream_ = std::move(stream).value();

  constexpr size_t kMagic = 4;
  if (!cursor.stream_->widen(kMagic)) return cursor.not_a_capture("a pcap or pcapng file");
  if (!pcap::looks_like_capture(cursor.stream_->window()))
    return cursor.not_a_capture("a pcap or pcapng file");
  cursor.next();
  if (!cursor.begun_) return cursor.not_a_capture("a whole file header");
  return cursor;
}

Error FileCursor::not_a_capture(const std::string& expected) const {
  ByteView start = stream_->window();
  std::string found = "the bytes " + to_hex(start.first(std::min<size_t>(start.size(), 8)));
  if (start.empty()) found = "nothing";
  if (!stream_->trouble().empty()) found += ", where " + stream_->trouble();
  return Error(start.size() < 24 ? ErrorCode::kTruncated : ErrorCode::kInvalid,
               info_.path + ": offset 0: expected " + expected + ", found " + found);
}

void FileCursor::next() {
  using Step = pcap::Reader::Step;
  stream_->drop(pending_drop_);
  pending_drop_ = 0;
  while (!ended_) {
    switch (reader_.next(stream_->window(), record_)) {
      case Step::kPacket:
        pending_drop_ = reader_.consumed();
        ++info_.packets;
        if (!pcap::is_understood(record_.link_type)) [[unlikely]] {
          if (record_.link_type != warned_link_type_) {
            warn("link type " + std::to_string(record_.link_type) + " is not understood");
          }
          warned_link_type_ = record_.link_type;
        }
        return;
      case Step::kOther:
        begun_ = true;
        skip_foreign_block();
        break;
      case Step::kNeedMore:
        if (stream_->widen(reader_.needed())) break;
        if (stream_->window().empty() && stream_->trouble().empty()) {
          end();
        } else {
          info_.truncated = true;
          end_early("truncated");
        }
        break;
      case Step::kDamaged:
        end_early("damaged");
        break;
    }
  }
}

// A block may be far larger than the window.
void FileCursor::skip_foreign_block() {
  size_t left = reader_.consumed();
  while (left > stream_->window().size()) {
    left -= stream_->window().size();
    stream_->drop(stream_->window().size());
    if (stream_->widen(1)) continue;
    info_.truncated = true;
    end_early("truncated");
    return;
  }
  stream_->drop(left);
}

void FileCursor::end_early(const std::string& how) {
  std::string text = how + " after packet " + std::to_string(info_.packets);
  if (how == "damaged") text += std::string(": ") + std::string(reader_.error());
  if (!stream_->trouble().empty()) text += ": " + stream_->trouble();
  warn(text);
  end();
}

void FileCursor::end() {
  ended_ = true;
  record_ = {};
}

void FileCursor::warn(const std::string& text) {
  constexpr size_t kLongest = 1000;  // link types of a hostile file are many
  if (info_.warning.size() > kLongest) return;
  if (!info_.warning.empty()) info_.warning += "; ";
  info_.warning += text;
}

}  // namespace ew::capture
