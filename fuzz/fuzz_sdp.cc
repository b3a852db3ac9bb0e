// The SDP parser and the masking of keys, and what must hold for any input.
#include "base/result.h"
#include "sdp/session.h"

using namespace ew;

namespace {

void check_limits(const sdp::Session& session) {
  EW_CHECK(session.media.size() <= sdp::kMaxMedia);
  size_t cryptos = 0;
  for (const sdp::Media& media : session.media) {
    EW_CHECK(media.formats.size() <= sdp::kMaxFormats);
    cryptos += media.crypto.size();
    for (const sdp::Format& format : media.formats) {
      EW_CHECK(format.payload_type <= 127 && format.channels > 0);
      EW_CHECK(media.format(format.payload_type) == &format);
    }
    if (auto endpoint = media.receive_endpoint()) EW_CHECK(endpoint->port != 0 && !media.is_null_address());
    EW_CHECK(!media.is_secure() || media.is_rtp());
  }
  EW_CHECK(cryptos <= sdp::kMaxAttributes);
}

// A masked key is "REDACTED" over and over in Base64: these six bytes again and again.
bool is_masked(const Bytes& key) {
  static constexpr uint8_t kMask[] = {0x44, 0x40, 0xc0, 0x09, 0x31, 0x03};
  for (size_t i = 0; i < key.size(); ++i)
    if (key[i] != kMask[i % sizeof kMask]) return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView bytes(data, size);
  auto session = sdp::parse(bytes);
  if (session.ok()) check_limits(*session);

  std::string redacted = sdp::redact_keys(as_text(bytes));
  EW_CHECK(redacted.size() == size);
  EW_CHECK(sdp::redact_keys(redacted) == redacted);
  auto again = sdp::parse(as_bytes(redacted));
  EW_CHECK(again.ok() || !session.ok());
  if (again.ok())
    for (const sdp::Media& media : again->media)
      for (const sdp::Crypto& crypto : media.crypto) EW_CHECK(is_masked(crypto.key_salt));
  return 0;
}
