// Headers, footers and whole objects from hostile bytes. What is accepted must be what the writer would have
// written.
#include <algorithm>
#include <cstdint>

#include "part/part.h"

using namespace ew;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView bytes(data, size);
  size_t header_size = 0;
  if (auto header = part::decode_header(bytes, &header_size); header.ok()) {
    Bytes again = part::encode(*header);
    EW_CHECK(header_size == again.size() && std::equal(again.begin(), again.end(), data));
  }
  (void)part::decode_footer(bytes);
  if (auto info = part::decode_frame_info(bytes); info.ok()) {
    Bytes again;
    part::encode(*info, again);
    EW_CHECK(std::equal(again.begin(), again.end(), data));
  }
  if (auto object = part::check_object(bytes); object.ok()) {
    size_t total = object->header_bytes.size();
    for (ByteView frame : object->frames) total += frame.size();
    EW_CHECK(total <= size);
    (void)part::check_frames(*object, crypto::Secret(32));
  }
  return 0;
}
