// Records from hostile plaintext. What is read and written again must read the same.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "part/record.h"

using namespace ew;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  part::RecordWriter writer;
  size_t count = 0;
  (void)part::for_each_record({data, size}, {12345}, [&](const part::Record& record) {
    writer.append(record);
    ++count;
  });
  EW_CHECK(
      part::for_each_record(writer.bytes(), writer.first_at(), [&](const part::Record&) { --count; }).ok());
  EW_CHECK(count == 0);
  return 0;
}
