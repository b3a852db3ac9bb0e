#include "srs/receiver_report.h"

#include <algorithm>

namespace ew::srs {
namespace {

constexpr uint8_t kVersion = 0x80;
constexpr uint8_t kReceiverReport = 201, kSourceDescription = 202;
constexpr uint8_t kCname = 1;

// RFC 3550 section 6.4.1: of what was expected since the last report, in 256ths.
uint8_t fraction_lost(uint64_t packets, uint64_t lost) {
  uint64_t expected = packets + lost;
  return expected == 0 ? 0 : static_cast<uint8_t>(std::min<uint64_t>(255, lost * 256 / expected));
}

uint64_t grown(uint64_t now, uint64_t before) { return now > before ? now - before : 0; }

// The delay since the last sender report in 65536ths of a second.
uint32_t delay_of(const Reception& reception, int64_t now_ns) {
  if (reception.last_sr_ntp == 0) return 0;
  int64_t ns = std::clamp<int64_t>(now_ns - reception.last_sr_monotonic_ns, 0, 65'535 * kNsPerSec);
  return static_cast<uint32_t>(static_cast<uint64_t>(ns / kNsPerUs) * 65'536 / 1'000'000);
}

void write_source_description(std::string_view cname, uint32_t ssrc, ByteWriter& writer) {
  std::string_view name = cname.substr(0, 255);
  // Chunks end with a zero and are filled up to whole words.
  size_t item = 2 + name.size();
  size_t padded = (item / 4 + 1) * 4;
  writer.u8(kVersion | 1);
  writer.u8(kSourceDescription);
  writer.u16be(static_cast<uint16_t>(1 + padded / 4));
  writer.u32be(ssrc);
  writer.u8(kCname);
  writer.u8(static_cast<uint8_t>(name.size()));
  writer.raw(name);
  for (size_t i = item; i < padded; ++i) writer.u8(0);
}

}  // namespace

void ReceiverReport::take(const Reception& reception) {
  auto found = sources_.find(reception.ssrc);
  if (found != sources_.end()) {
    found->second.now = reception;
  } else if (sources_.size() < kMaxSources) {
    sources_[reception.ssrc].now = reception;
  }
}

Bytes ReceiverReport::make(uint32_t own_ssrc, std::string_view cname, int64_t now_ns) {
  Bytes packet;
  ByteWriter writer(packet);
  writer.u8(static_cast<uint8_t>(kVersion | sources_.size()));
  writer.u8(kReceiverReport);
  writer.u16be(static_cast<uint16_t>(1 + 6 * sources_.size()));
  writer.u32be(own_ssrc);
  for (auto& [ssrc, source] : sources_) {
    const Reception& now = source.now;
    writer.u32be(ssrc);
    writer.u8(fraction_lost(grown(now.packets, source.packets_before), grown(now.lost, source.lost_before)));
    uint32_t lost = static_cast<uint32_t>(std::min<uint64_t>(now.lost, 0x7fffff));
    writer.u8(static_cast<uint8_t>(lost >> 16));
    writer.u16be(static_cast<uint16_t>(lost));
    writer.u32be(now.highest_sequence);
    writer.u32be(now.jitter);
    writer.u32be(static_cast<uint32_t>(now.last_sr_ntp >> 16));
    writer.u32be(delay_of(now, now_ns));
    source.packets_before = now.packets;
    source.lost_before = now.lost;
  }
  write_source_description(cname, own_ssrc, writer);
  return packet;
}

uint64_t ReceiverReport::packets() const {
  uint64_t sum = 0;
  for (const auto& [ssrc, source] : sources_) sum += source.now.packets;
  return sum;
}

uint64_t ReceiverReport::lost() const {
  uint64_t sum = 0;
  for (const auto& [ssrc, source] : sources_) sum += source.now.lost;
  return sum;
}

int64_t report_interval_ns(bool is_first, uint32_t random) {
  constexpr double kMinimum = 5.0, kCompensation = 1.21828;  // of timer reconsideration
  double seconds = (is_first ? kMinimum / 2 : kMinimum) * (0.5 + random / 4294967296.0) / kCompensation;
  return static_cast<int64_t>(seconds * kNsPerSec);
}

}  // namespace ew::srs
