#include "media/decoder.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/cpu.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <algorithm>

namespace ew::media {
namespace {

struct Free {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(SwrContext* context) const { swr_free(&context); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Error library_error(const char* what, int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return Error(ErrorCode::kInternal, std::string(what) + ": " + text);
}

AVCodecID id_of(CodecFacts::Kind kind) {
  switch (kind) {
    case CodecFacts::Kind::kALaw:
      return AV_CODEC_ID_PCM_ALAW;
    case CodecFacts::Kind::kMuLaw:
      return AV_CODEC_ID_PCM_MULAW;
    case CodecFacts::Kind::kG722:
      return AV_CODEC_ID_ADPCM_G722;
  }
  return AV_CODEC_ID_NONE;
}

// Mono samples to another rate, run by run.
class Resampler {
 public:
  Status open(uint32_t from, uint32_t to) {
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    SwrContext* context = nullptr;
    int code = swr_alloc_set_opts2(&context, &mono, AV_SAMPLE_FMT_S16, static_cast<int>(to), &mono,
                                   AV_SAMPLE_FMT_S16, static_cast<int>(from), 0, nullptr);
    context_.reset(context);
    if (code < 0) return library_error("resampler", code);
    from_ = from;
    to_ = to;
    return begin_run();
  }

  Status convert(const int16_t* samples, size_t count, std::vector<int16_t>& out) {
    run_in_ += count;
    return run(reinterpret_cast<const uint8_t*>(samples), static_cast<int>(count), out);
  }

  Status finish(std::vector<int16_t>& out) {
    if (run_in_ == 0) return {};
    TRY(run(nullptr, 0, out));
    // The filter's tail may be a sample short; the run's length is exact, so the rest is silence.
    out.resize(out.size() + (run_in_ * to_ / from_ - run_out_), 0);
    return begin_run();
  }

 private:
  Status begin_run() {
    run_in_ = run_out_ = 0;
    swr_close(context_.get());
    int code = swr_init(context_.get());
    return code < 0 ? Status(library_error("resampler", code)) : Status();
  }

  Status run(const uint8_t* samples, int count, std::vector<int16_t>& out) {
    int room = swr_get_out_samples(context_.get(), count);
    if (room < 0) return library_error("resampler", room);
    size_t before = out.size();
    out.resize(before + static_cast<size_t>(room));
    auto* target = reinterpret_cast<uint8_t*>(out.data() + before);
    int made = swr_convert(context_.get(), &target, room, samples ? &samples : nullptr, count);
    if (made < 0) return library_error("resampler", made);
    // Never more than the run's exact length so far.
    uint64_t kept = std::min<uint64_t>(static_cast<uint64_t>(made), run_in_ * to_ / from_ - run_out_);
    out.resize(before + kept);
    run_out_ += kept;
    return {};
  }

  Owned<SwrContext> context_;
  uint64_t from_ = 1, to_ = 1;
  uint64_t run_in_ = 0, run_out_ = 0;  // samples of this run
};

class LibraryDecoder : public Decoder {
 public:
  Status open(const DecoderSpec& spec, const CodecFacts& facts) {
    const AVCodec* codec = avcodec_find_decoder(id_of(facts.kind));
    if (!codec) return Error(ErrorCode::kUnsupported, spec.codec + ": libavcodec was built without it");
    context_.reset(avcodec_alloc_context3(codec));
    packet_.reset(av_packet_alloc());
    frame_.reset(av_frame_alloc());
    if (!context_ || !packet_ || !frame_) return Error(ErrorCode::kInternal, "out of memory");
    context_->sample_rate = static_cast<int>(facts.sample_rate);
    context_->thread_count = 1;  // the sandbox allows no further thread
    av_channel_layout_default(&context_->ch_layout, 1);
    int code = avcodec_open2(context_.get(), codec, nullptr);
    if (code < 0) return library_error("decoder", code);
    // Both G.711 laws and G.722 give native 16-bit samples; with one channel planar and interleaved are the
    // same.
    if (context_->sample_fmt != AV_SAMPLE_FMT_S16 && context_->sample_fmt != AV_SAMPLE_FMT_S16P)
      return Error(ErrorCode::kInternal, spec.codec + ": the decoder does not give 16-bit samples");
    resamples_ = spec.output_rate != 0 && spec.output_rate != facts.sample_rate;
    return resamples_ ? resampler_.open(facts.sample_rate, spec.output_rate) : Status();
  }

  Status decode(ByteView payload, std::vector<int16_t>& out) override {
    if (payload.empty()) return {};
    // libavcodec may read a little past the end.
    padded_.assign(payload.begin(), payload.end());
    padded_.resize(payload.size() + AV_INPUT_BUFFER_PADDING_SIZE, 0);
    packet_->data = padded_.data();
    packet_->size = static_cast<int>(payload.size());
    if (avcodec_send_packet(context_.get(), packet_.get()) < 0) return {};
    while (avcodec_receive_frame(context_.get(), frame_.get()) >= 0) TRY(take_frame(out));
    return {};
  }

  Status finish(std::vector<int16_t>& out) override { return resamples_ ? resampler_.finish(out) : Status(); }

 private:
  Status take_frame(std::vector<int16_t>& out) {
    const auto* samples = reinterpret_cast<const int16_t*>(frame_->data[0]);
    auto count = static_cast<size_t>(frame_->nb_samples);
    if (resamples_) return resampler_.convert(samples, count, out);
    out.insert(out.end(), samples, samples + count);
    return {};
  }

  Owned<AVCodecContext> context_;
  Owned<AVPacket> packet_;
  Owned<AVFrame> frame_;
  Bytes padded_;
  bool resamples_ = false;
  Resampler resampler_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> create_decoder(const DecoderSpec& spec) {
  auto facts = facts_of(spec);
  if (!facts) return Error(ErrorCode::kUnsupported, spec.codec + ": this version cannot decode it");
  if (spec.output_rate != 0 && (spec.output_rate % facts->sample_rate != 0 || spec.output_rate > 48000))
    return Error(ErrorCode::kUnsupported,
                 spec.codec + ": cannot be given at " + std::to_string(spec.output_rate) + " Hz");
  auto decoder = std::make_unique<LibraryDecoder>();
  TRY(decoder->open(spec, *facts));
  return std::unique_ptr<Decoder>(std::move(decoder));
}

void prepare_decoders() {
  av_log_set_level(AV_LOG_QUIET);
  av_get_cpu_flags();
  av_cpu_count();
}

}  // namespace ew::media
