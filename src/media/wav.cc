#include "media/wav.h"

namespace ew::media {
namespace {

constexpr uint16_t kPcm = 1, kExtensible = 0xfffe;
constexpr uint16_t kSampleSize = 2;  // bytes
// KSDATAFORMAT_SUBTYPE_PCM
constexpr std::string_view kPcmGuid("\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71", 16);

void write_format(const WavFormat& format, ByteWriter& writer) {
  bool extensible = format.channels > 2;
  auto frame_size = static_cast<uint16_t>(format.channels * kSampleSize);
  writer.raw("fmt ");
  writer.u32le(extensible ? 40 : 16);
  writer.u16le(extensible ? kExtensible : kPcm);
  writer.u16le(format.channels);
  writer.u32le(format.sample_rate);
  writer.u32le(format.sample_rate * frame_size);
  writer.u16le(frame_size);
  writer.u16le(kSampleSize * 8);
  if (!extensible) return;
  writer.u16le(22);               // bytes that follow
  writer.u16le(kSampleSize * 8);  // valid bits
  writer.u32le(0);                // channel mask: parties, not loudspeakers
  writer.raw(kPcmGuid);
}

}  // namespace

Bytes wav_header(const WavFormat& format) {
  uint64_t data_size = format.samples * format.channels * kSampleSize;
  uint64_t format_size = format.channels > 2 ? 48 : 24;
  uint64_t riff_size = 4 + format_size + 8 + data_size;
  bool is_long = riff_size > UINT32_MAX;
  constexpr uint32_t kDs64Size = 28;
  if (is_long) riff_size += 8 + kDs64Size;

  Bytes header;
  ByteWriter writer(header);
  writer.raw(is_long ? "RF64" : "RIFF");
  writer.u32le(is_long ? UINT32_MAX : static_cast<uint32_t>(riff_size));
  writer.raw("WAVE");
  if (is_long) {
    writer.raw("ds64");
    writer.u32le(kDs64Size);
    writer.u64le(riff_size);
    writer.u64le(data_size);
    writer.u64le(format.samples);
    writer.u32le(0);  // no table of further chunks
  }
  write_format(format, writer);
  writer.raw("data");
  writer.u32le(is_long ? UINT32_MAX : static_cast<uint32_t>(data_size));
  return header;
}

}  // namespace ew::media
