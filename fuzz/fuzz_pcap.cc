#include "pcap/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ew;
  using Step = pcap::Reader::Step;
  ByteView file(data, size);
  pcap::Reader reader;
  pcap::Record record;
  while (!file.empty()) {
    Step step = reader.next(file, record);
    if (step == Step::kNeedMore && (reader.needed() <= file.size() || reader.needed() > pcap::kMaxBlock))
      __builtin_trap();
    if (step == Step::kNeedMore || step == Step::kDamaged) break;
    if (step == Step::kPacket) {
      pcap::comment_of(record);
      if (record.at.ns < 0 || record.at.ns > pcap::kMaxTimeNs) __builtin_trap();
      if (record.bytes.size() > pcap::kMaxPacket || record.original_length < record.bytes.size())
        __builtin_trap();
    }
    if (reader.consumed() == 0) __builtin_trap();
    if (reader.consumed() > file.size()) break;
    file = file.subspan(reader.consumed());
  }
  return 0;
}
