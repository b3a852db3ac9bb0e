#include "capture/byte_stream.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>

namespace ew::capture {
namespace {

constexpr size_t kChunk = 128 * 1024;

class PlainStream : public ByteStream {
 public:
  explicit PlainStream(ByteView file) { window_ = file; }
};

// Keeps the window at the front of a buffer that is as large as the largest window asked for, rounded up.
class DecompressedStream : public ByteStream {
 public:
  bool widen(size_t count) final {
    if (window_.size() >= count) return true;
    std::copy(window_.begin(), window_.end(), buffer_.begin());
    size_t filled = window_.size();
    buffer_.resize(std::max(buffer_.size(), (count + kChunk - 1) / kChunk * kChunk));
    while (filled < buffer_.size() && !ended_) filled += decompress(ByteSpan(buffer_).subspan(filled));
    window_ = ByteView(buffer_).first(filled);
    return filled >= count;
  }
  bool keeps_bytes() const final { return false; }

 protected:
  // Writes to the front of `out`, returns how much. Calls end() when no more will come.
  virtual size_t decompress(ByteSpan out) = 0;
  void end(std::string trouble) {
    ended_ = true;
    trouble_ = std::move(trouble);
  }

 private:
  Bytes buffer_;
  bool ended_ = false;
};

class GzipStream : public DecompressedStream {
 public:
  explicit GzipStream(ByteView file) : rest_(file) {}
  ~GzipStream() override { inflateEnd(&zlib_); }
  bool start() { return inflateInit2(&zlib_, 16 + MAX_WBITS) == Z_OK; }  // 16: gzip only

 private:
  size_t decompress(ByteSpan out) override {
    zlib_.next_in = const_cast<uint8_t*>(rest_.data());
    zlib_.avail_in = static_cast<uInt>(std::min<size_t>(rest_.size(), 1u << 30));
    zlib_.next_out = out.data();
    zlib_.avail_out = static_cast<uInt>(std::min<size_t>(out.size(), 1u << 30));
    size_t in_before = zlib_.avail_in, out_before = zlib_.avail_out;
    int code = inflate(&zlib_, Z_NO_FLUSH);
    rest_ = rest_.subspan(in_before - zlib_.avail_in);
    size_t written = out_before - zlib_.avail_out;
    if (code == Z_STREAM_END) {
      // A gzip file may have several members, as `cat a.gz b.gz` makes; zeros behind the last one are
      // padding.
      bool another = rest_.size() >= 2 && rest_[0] == 0x1f && rest_[1] == 0x8b;
      if (!another || inflateReset(&zlib_) != Z_OK) end("");
    } else if (code == Z_BUF_ERROR || (code == Z_OK && written == 0 && rest_.empty())) {
      end("the gzip file ends early");
    } else if (code != Z_OK) {
      end("the gzip file is damaged");
    }
    return written;
  }

  ByteView rest_;
  z_stream zlib_{};
};

class ZstdStream : public DecompressedStream {
 public:
  explicit ZstdStream(ByteView file) : input_{file.data(), file.size(), 0}, context_(ZSTD_createDCtx()) {}
  ~ZstdStream() override { ZSTD_freeDCtx(context_); }
  bool start() { return context_ != nullptr; }

 private:
  size_t decompress(ByteSpan out) override {
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    size_t code = ZSTD_decompressStream(context_, &output, &input_);
    if (ZSTD_isError(code)) {
      end(std::string("the zstd file is damaged (") + ZSTD_getErrorName(code) + ")");
    } else if (input_.pos == input_.size && output.pos < output.size) {
      end(code == 0 ? "" : "the zstd file ends early");
    }
    return output.pos;
  }

  ZSTD_inBuffer input_;
  ZSTD_DCtx* context_;
};

template <typename Stream>
Result<std::unique_ptr<ByteStream>> started(ByteView file) {
  auto stream = std::make_unique<Stream>(file);
  if (!stream->start()) return Error(ErrorCode::kLimit, "no memory for decompression");
  return std::unique_ptr<ByteStream>(std::move(stream));
}

bool begins_with(ByteView file, std::initializer_list<uint8_t> magic) {
  return file.size() >= magic.size() && std::equal(magic.begin(), magic.end(), file.begin());
}

}  // namespace

Result<std::unique_ptr<ByteStream>> ByteStream::open(ByteView file) {
  if (begins_with(file, {0x1f, 0x8b})) return started<GzipStream>(file);
  if (begins_with(file, {0x28, 0xb5, 0x2f, 0xfd})) return started<ZstdStream>(file);
  return std::unique_ptr<ByteStream>(std::make_unique<PlainStream>(file));
}

}  // namespace ew::capture
