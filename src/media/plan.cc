#include "media/render.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "media/arranger.h"

namespace ew::media {
namespace {

// First pass: who speaks, in what.
class Survey {
 public:
  Status take(const part::Record& record) {
    if (record.type == part::RecordType::kStream) return streams_.take(record);
    if (record.type == part::RecordType::kRtp) take_rtp(record);
    return {};
  }

  RenderPlan plan() && {
    plan_.channels = {"caller", "callee"};
    for (uint32_t stream : order_) plan_.channel_of[stream] = channel_of(streams_.find(stream)->participant);
    for (RenderNote& note : plan_.notes)
      if (const StreamInfo* stream = streams_.find(note.stream)) note.participant = stream->participant;
    return std::move(plan_);
  }

 private:
  void take_rtp(const part::Record& record) {
    const StreamInfo* stream = streams_.find(record.stream);
    if (!stream)
      return note(record.stream, -1, "packets of a stream that is not described; stored, cannot be rendered");
    rtp::Packet rtp;
    if (stream->media != "audio" || rtp::parse(record.body, rtp) != rtp::ParseError::kNone) return;
    if (!plan_.channel_of.contains(record.stream)) order_.push_back(record.stream);
    plan_.channel_of.emplace(record.stream, 0);
    const DecoderSpec* format = stream->format(rtp.payload_type);
    switch (Arranger::kind_of(*stream, format)) {
      case Arranger::PayloadKind::kSilent:
        return;
      case Arranger::PayloadKind::kAudio:
        plan_.sample_rate = std::max(plan_.sample_rate, facts_of(*format)->sample_rate);
        return;
      case Arranger::PayloadKind::kUndecodable:
        return note(record.stream, rtp.payload_type, undecodable(*stream, format, rtp));
    }
  }

  static std::string undecodable(const StreamInfo& stream, const DecoderSpec* format,
                                 const rtp::Packet& rtp) {
    if (stream.sealed) return "SRTP whose keys are unknown: stored; cannot be rendered";
    std::string name =
        format ? printable(format->codec, 64) : "payload type " + std::to_string(rtp.payload_type);
    return name + ": stored; this version cannot render it yet";
  }

  // Once per stream and payload type.
  void note(uint32_t stream, int payload_type, std::string text) {
    constexpr size_t kMaxNotes = 1000;
    if (noted_.size() >= kMaxNotes || !noted_.emplace(stream, payload_type).second) return;
    plan_.notes.push_back({stream, {}, std::move(text)});
  }

  uint32_t channel_of(const std::string& participant) {
    auto found = std::find(plan_.channels.begin(), plan_.channels.end(), participant);
    auto channel = static_cast<size_t>(found - plan_.channels.begin());
    if (channel == RenderPlan::kMaxChannels) return RenderPlan::kMaxChannels - 1;
    if (found == plan_.channels.end()) plan_.channels.push_back(participant);
    return static_cast<uint32_t>(channel);
  }

  StreamTable streams_;
  RenderPlan plan_;
  std::vector<uint32_t> order_;  // streams, by first packet
  std::set<std::pair<uint32_t, int>> noted_;
};

}  // namespace

Result<RenderPlan> plan(RecordSource& source) {
  Survey survey;
  TRY(read_all(source, survey));
  RenderPlan plan = std::move(survey).plan();

  int64_t end = 0;
  Arranger arranger(plan.sample_rate, Arranger::Payloads::kDrop,
                    [&](uint32_t, TimedPacket&& packet, const Placement& placement) {
                      end = std::max(end, placement.position + packet.duration - placement.skipped);
                    });
  TRY(read_all(source, arranger));
  arranger.finish();
  plan.start_at = arranger.scale().zero;
  plan.samples = static_cast<uint64_t>(end);
  plan.dropped = arranger.dropped();
  return plan;
}

}  // namespace ew::media
