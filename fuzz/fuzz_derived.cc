// The playback index's readers over any bytes: a head, then what is read as packets and as a picture under
// it. What they accept lies within the head's bounds and is a fixed point after one encoding.
#include <cstdlib>

#include "media/playback_index.h"

namespace {

using namespace ew::media;

void check_head(const IndexHead& head) {
  ew::Bytes bytes = encode(head);
  auto again = decode_index_head(bytes);
  if (!again.ok() || encode(*again) != bytes) std::abort();
}

void check_packets(const IndexHead& head, ew::ByteView data) {
  auto index = decode_packet_index(head, data);
  if (!index.ok()) return;
  for (const IndexedPacket& packet : index->packets)
    if (packet.position < head.begin || packet.end() > head.end || packet.stream >= index->streams.size() ||
        packet.format >= index->formats.size())
      std::abort();
  auto again = decode_packet_index(head, encode(*index));
  if (!again.ok() || again->packets != index->packets) std::abort();
}

void check_picture(const IndexHead& head, ew::ByteView data) {
  auto picture = decode_picture(head, data);
  if (!picture.ok()) return;
  auto again = decode_picture(head, encode(*picture));
  if (!again.ok() || again->peaks != picture->peaks || again->quality != picture->quality) std::abort();
}

}  // namespace

// The head's length in two bytes, the head, the rest.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ew::ByteReader reader({data, size});
  auto head = decode_index_head(reader.take(reader.u16le()));
  if (!head.ok()) return 0;
  check_head(*head);
  check_packets(*head, reader.rest());
  check_picture(*head, reader.rest());
  return 0;
}
