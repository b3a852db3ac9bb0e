#include <zlib.h>

#include "hep/packet.h"

namespace ew::hep {

ParseError decompress(Packet& packet, Bytes& room) {
  if (!packet.is_compressed) return ParseError::kNone;
  z_stream zlib{};
  if (inflateInit2(&zlib, 32 + MAX_WBITS) != Z_OK) return ParseError::kCompression;  // 32: zlib or gzip
  room.resize(kMaxPayload);
  zlib.next_in = const_cast<uint8_t*>(packet.payload.data());
  zlib.avail_in = static_cast<uInt>(packet.payload.size());
  zlib.next_out = room.data();
  zlib.avail_out = static_cast<uInt>(room.size());
  int code = inflate(&zlib, Z_FINISH);
  bool is_whole = code == Z_STREAM_END && zlib.avail_in == 0;
  bool is_full = code == Z_BUF_ERROR && zlib.avail_out == 0;
  room.resize(kMaxPayload - zlib.avail_out);
  inflateEnd(&zlib);
  if (!is_whole) return is_full ? ParseError::kTooLong : ParseError::kCompression;
  packet.payload = room;
  packet.is_compressed = false;
  return ParseError::kNone;
}

}  // namespace ew::hep
