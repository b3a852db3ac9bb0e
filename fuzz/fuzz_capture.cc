#include "capture/capture_file.h"

namespace {

struct Sink : ew::capture::DatagramSink {
  void on_datagram(const ew::Datagram& datagram) override {
    ++count;
    for (uint8_t byte : datagram.payload) sum += byte;  // every byte must be there
  }
  uint64_t count = 0;
  uint64_t sum = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ew;
  auto files = capture::CaptureFiles::from_memory("fuzz", Bytes(data, data + size));
  if (!files) return 0;
  Sink sink;
  while ((*files)->run(sink, 100).value()) {
  }
  const capture::SourceCounters& counters = (*files)->counters();
  uint64_t counted = counters.datagrams + counters.tcp_segments + counters.fragments_held + counters.ignored +
                     counters.malformed;
  if (counted != counters.packets || sink.count != counters.datagrams + counters.tcp_messages)
    __builtin_trap();
  if ((*files)->files()[0].packets != counters.packets) __builtin_trap();
  return 0;
}
