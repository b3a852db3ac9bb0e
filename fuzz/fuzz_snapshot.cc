// decode_snapshot() over any bytes. What it accepts must be a fixed point after one encoding, and have a public form.
#include <cstdlib>

#include "model/call_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto decoded = ew::decode_snapshot(ew::as_text({data, size}));
  if (!decoded.ok()) return 0;
  std::string text = ew::encode_snapshot(*decoded);
  auto again = ew::decode_snapshot(text);
  if (!again.ok() || ew::encode_snapshot(*again) != text) std::abort();
  if (ew::call_json(again->call, {again->recording}, false).empty()) std::abort();
  return 0;
}
