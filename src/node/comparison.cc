#include "node/comparison.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>
#include <unordered_map>

#include "media/stream_table.h"
#include "node/exporter.h"
#include "rtp/packet.h"

namespace ew::node {
namespace {

constexpr size_t kMaxStreams = 32;    // of one recording that are looked for in the other
constexpr uint64_t kEnoughVotes = 6;  // payloads at one distance: the same speech
constexpr int64_t kSpanGapNs = kNsPerSec / 5;
constexpr size_t kMaxClockSamples = 20'000;

struct Packet {
  WallTime at;
  int64_t sequence = 0;  // over wraps
  uint64_t payload = 0;  // its hash; 0: silence, which looks alike everywhere
};

struct Stream {
  ComparedSide side;
  std::string participant, media;
  std::vector<Packet> packets;
  int64_t highest = 0;
  bool is_taken = false;
};
using Streams = std::map<uint32_t, Stream>;  // by number

uint64_t hash_of(ByteView payload) {
  const bool is_silence =
      std::all_of(payload.begin(), payload.end(), [&](uint8_t byte) { return byte == payload[0]; });
  return is_silence ? 0 : std::max<uint64_t>(1, std::hash<std::string_view>{}(as_text(payload)));
}

int64_t extend(Stream& stream, uint16_t sequence) {
  if (stream.packets.empty()) return stream.highest = sequence;
  int64_t extended = stream.highest + static_cast<int16_t>(sequence - static_cast<uint16_t>(stream.highest));
  stream.highest = std::max(stream.highest, extended);
  return extended;
}

Result<Streams> read_streams(DataDirectory& data, const db::CallRows& call, RecordingId recording,
                             const std::string& actor) {
  auto source = TRY(open_recording(data, call, recording, "recording.compared", "panel", actor, "media"));
  Streams streams;
  media::StreamTable table;
  size_t count = 0;
  Status status;
  TRY(source->for_each([&](const part::Record& record) {
    if (!status.ok()) return;
    if (record.type == part::RecordType::kStream) status = table.take(record);
    rtp::Packet rtp;
    if (record.type != part::RecordType::kRtp || rtp::parse(record.body, rtp) != rtp::ParseError::kNone)
      return;
    if (++count > kMaxComparedPackets) {
      status = Error(ErrorCode::kLimit, "the recording is too long to be compared");
      return;
    }
    Stream& stream = streams[record.stream];
    if (const media::StreamInfo* info = table.find(record.stream)) {
      stream.participant = info->participant;
      stream.media = info->media;
    }
    stream.side.ssrc = rtp.ssrc;
    const int64_t sequence = extend(stream, rtp.sequence);
    stream.packets.push_back({record.at, sequence, rtp.payload.empty() ? 0 : hash_of(rtp.payload)});
  }));
  TRY(std::move(status));
  for (auto& [number, stream] : streams) {
    std::stable_sort(stream.packets.begin(), stream.packets.end(),
                     [](const Packet& a, const Packet& b) { return a.sequence < b.sequence; });
    stream.side.stream = number;
    stream.side.packets = stream.packets.size();
  }
  for (const RecordingRecord& known : call.recordings) {
    if (known.recording_id != recording) continue;
    for (const MediaStream& stored : known.streams) {
      auto found = streams.find(stored.number);
      if (found == streams.end()) continue;
      found->second.side.codec = stored.codec;
      found->second.side.label = stored.label;
    }
  }
  return streams;
}

// By how much the second's sequence numbers differ from the first's, and how many payloads say so.
struct Match {
  int64_t shift = 0;
  uint64_t votes = 0;
};
Match match(const Stream& first, const Stream& second) {
  std::unordered_map<uint64_t, int64_t> places;  // of payloads that occur once
  for (const Packet& packet : second.packets)
    if (packet.payload != 0) {
      auto [place, is_new] = places.try_emplace(packet.payload, packet.sequence);
      if (!is_new) place->second = INT64_MIN;
    }
  std::unordered_map<int64_t, uint64_t> votes;
  for (const Packet& packet : first.packets)
    if (auto place = places.find(packet.payload); place != places.end() && place->second != INT64_MIN)
      ++votes[place->second - packet.sequence];
  Match best;
  for (const auto& [shift, count] : votes)
    if (count > best.votes) best = {shift, count};
  const bool is_sure = best.votes >= std::min<uint64_t>(kEnoughVotes, std::max<size_t>(places.size(), 1));
  if (is_sure) return best;
  // Silence alone proves nothing; the same SSRC with the same numbers does.
  return first.side.ssrc == second.side.ssrc ? Match{0, 1} : Match{};
}

class Comparer {
 public:
  Comparer(Streams first, Streams second, WallTime zero)
      : first_(std::move(first)), second_(std::move(second)), zero_(zero) {}

  Comparison compare() {
    pair_streams();
    for (auto& [number, stream] : first_)
      if (!stream.is_taken) take_single(stream, true);
    for (auto& [number, stream] : second_)
      if (!stream.is_taken) take_single(stream, false);
    note_clocks();
    make_spans();
    result_.equal = !result_.streams.empty() && odds_.empty();
    return std::move(result_);
  }

 private:
  struct Odd {  // a packet that is not the same in both
    ComparedSpan::Kind kind;
    size_t stream;  // of the result
    WallTime at;
  };

  // The surest pairs first.
  void pair_streams() {
    struct Candidate {
      Match match;
      Stream *first, *second;
    };
    std::vector<Candidate> candidates;
    size_t looked_first = 0;
    for (auto& [first_number, first] : first_) {
      if (++looked_first > kMaxStreams) break;
      size_t looked_second = 0;
      for (auto& [second_number, second] : second_) {
        if (++looked_second > kMaxStreams) break;
        if (first.media != second.media) continue;
        if (Match found = match(first, second); found.votes > 0)
          candidates.push_back({found, &first, &second});
      }
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.match.votes > b.match.votes; });
    for (const Candidate& candidate : candidates)
      if (!candidate.first->is_taken && !candidate.second->is_taken)
        take_pair(*candidate.first, *candidate.second, candidate.match.shift);
  }

  void take_pair(Stream& first, Stream& second, int64_t shift) {
    first.is_taken = second.is_taken = true;
    ComparedStream stream{first.participant, first.side, second.side};
    const size_t index = result_.streams.size();
    auto a = first.packets.begin();
    auto b = second.packets.begin();
    while (a != first.packets.end() || b != second.packets.end()) {
      const bool has_both = a != first.packets.end() && b != second.packets.end();
      if (has_both && a->sequence + shift == b->sequence) {
        const bool is_same = a->payload == b->payload;
        ++(is_same ? stream.same : stream.different);
        if (is_same && clocks_.size() < kMaxClockSamples) clocks_.push_back(b->at - a->at);
        if (!is_same) odds_.push_back({ComparedSpan::Kind::kDifferent, index, a->at});
        ++a;
        ++b;
      } else if (b == second.packets.end() ||
                 (a != first.packets.end() && a->sequence + shift < b->sequence)) {
        ++stream.only_first;
        odds_.push_back({ComparedSpan::Kind::kOnlyFirst, index, a->at});
        ++a;
      } else {
        ++stream.only_second;
        odds_.push_back({ComparedSpan::Kind::kOnlySecond, index, b->at});
        ++b;
      }
    }
    result_.streams.push_back(std::move(stream));
  }

  void take_single(const Stream& stream, bool is_first) {
    ComparedStream single{stream.participant, {}, {}};
    (is_first ? single.first : single.second) = stream.side;
    (is_first ? single.only_first : single.only_second) = stream.packets.size();
    const auto kind = is_first ? ComparedSpan::Kind::kOnlyFirst : ComparedSpan::Kind::kOnlySecond;
    for (const Packet& packet : stream.packets) odds_.push_back({kind, result_.streams.size(), packet.at});
    result_.streams.push_back(std::move(single));
  }

  void note_clocks() {
    if (clocks_.empty()) return;
    auto middle = clocks_.begin() + static_cast<std::ptrdiff_t>(clocks_.size() / 2);
    std::nth_element(clocks_.begin(), middle, clocks_.end());
    clock_difference_ns_ = *middle;
    result_.clock_difference_sec = static_cast<double>(clock_difference_ns_) * 1e-9;
  }

  void make_spans() {
    // On the first recording's clock.
    for (Odd& odd : odds_)
      if (odd.kind == ComparedSpan::Kind::kOnlySecond) odd.at = odd.at + -clock_difference_ns_;
    std::stable_sort(odds_.begin(), odds_.end(), [](const Odd& a, const Odd& b) {
      return std::tie(a.stream, a.kind, a.at) < std::tie(b.stream, b.kind, b.at);
    });
    const Odd* before = nullptr;
    for (const Odd& odd : odds_) {
      const bool goes_on = before && before->stream == odd.stream && before->kind == odd.kind &&
                           odd.at - before->at <= kSpanGapNs;
      const double at = static_cast<double>(odd.at - zero_) * 1e-9;
      if (!goes_on) result_.spans.push_back({odd.kind, result_.streams[odd.stream].participant, at, at, 0});
      result_.spans.back().to = at;
      ++result_.spans.back().packets;
      before = &odd;
    }
    std::stable_sort(result_.spans.begin(), result_.spans.end(),
                     [](const ComparedSpan& a, const ComparedSpan& b) { return a.from < b.from; });
    result_.cut = result_.spans.size() > Comparison::kMaxSpans;
    if (result_.cut) result_.spans.resize(Comparison::kMaxSpans);
  }

  Streams first_, second_;
  WallTime zero_;
  Comparison result_;
  std::vector<Odd> odds_;
  std::vector<int64_t> clocks_;
  int64_t clock_difference_ns_ = 0;
};

}  // namespace

Result<Comparison> compare(DataDirectory& data, const db::CallRows& call, RecordingId first,
                           RecordingId second, const std::string& actor) {
  if (first == second) return Error(ErrorCode::kUsage, "expected two recordings");
  Streams one = TRY(read_streams(data, call, first, actor));
  Streams other = TRY(read_streams(data, call, second, actor));
  WallTime zero = call.call.start_at;
  for (const RecordingRecord& recording : call.recordings)
    if (recording.recording_id == first && recording.start_at) zero = *recording.start_at;
  return Comparer(std::move(one), std::move(other), zero).compare();
}

}  // namespace ew::node
