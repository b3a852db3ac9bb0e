// The first byte chooses suite and MKI; the rest is packets, each behind two bytes of length.
#include "srtp/context.h"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ew;
  ByteReader reader({data, size});
  uint8_t choice = reader.u8();
  bool gcm = choice & 1;
  auto context = srtp::Context::create(gcm ? "AEAD_AES_128_GCM" : "AES_CM_128_HMAC_SHA1_32",
                                       Bytes(gcm ? 28 : 30, 7), choice >> 4, !gcm && (choice & 2));
  if (!context) return 0;
  while (!reader.at_end()) {
    size_t length = reader.u16be() % 2048;
    ByteView view = reader.take(std::min(length, reader.remaining()));
    for (bool rtcp : {false, true}) {
      Bytes packet(view.begin(), view.end());
      auto verdict = rtcp ? (*context)->unprotect_rtcp(packet) : (*context)->unprotect_rtp(packet);
      bool opened = verdict == srtp::Verdict::kOk || verdict == srtp::Verdict::kReplayed;
      if (!opened && !std::equal(packet.begin(), packet.end(), view.begin(), view.end())) __builtin_trap();
    }
  }
  return 0;
}
