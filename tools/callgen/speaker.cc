#include "callgen/speaker.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

namespace callgen {
namespace {

using ew::Bytes;
using ew::ByteWriter;

constexpr int64_t kTick = 20 * ew::kNsPerMs;
constexpr int64_t kEventTicks = 5,
                  kEventSpacing = 8;   // a digit lasts 100 ms, the next one follows 60 ms later
constexpr int64_t kReportEvery = 250;  // ticks between RTCP sender reports

int64_t ticks_up(int64_t ns) { return (ns + kTick - 1) / kTick; }

uint8_t event_of(char digit) {
  static constexpr std::string_view kEvents = "0123456789*#ABCD";
  return static_cast<uint8_t>(kEvents.find(digit));
}

bool listed(const std::vector<int64_t>& numbers, uint64_t number) {
  return std::find(numbers.begin(), numbers.end(), static_cast<int64_t>(number)) != numbers.end();
}

}  // namespace

const Codec* codec_named(const std::string& name) {
  static const std::array<Codec, 4> kCodecs = {{{"PCMU", 0, 8000, 8000, "PCMU/8000"},
                                                {"PCMA", 8, 8000, 8000, "PCMA/8000"},
                                                {"G722", 9, 8000, 16000, "G722/8000"},
                                                {"opus", 111, 48000, 48000, "opus/48000/2"}}};
  for (const Codec& codec : kCodecs)
    if (codec.name == name) return &codec;
  return nullptr;
}

Speaker::Speaker(const Party& party, std::string participant, const std::string& srtp_suite, Random random)
    : party_(party),
      participant_(std::move(participant)),
      random_(random),
      codec_(codec_named(party.codecs.front())) {
  if (!srtp_suite.empty()) srtp_.emplace(srtp_suite, random_.fork("srtp"));
  change_ssrc(0);
}

void Speaker::start(int64_t at, std::vector<MediaLink> links) {
  if (sending_) return;
  if (!started_) epoch_ = at;
  started_ = sending_ = true;
  links_ = std::move(links);
  open_since_ = at;
}

void Speaker::close(int64_t at) {
  if (sending_ && at > open_since_)
    segments_.push_back({open_since_, at, streams_.size() - 1, codec_, links_});
  open_since_ = at;
}

void Speaker::stop(int64_t at) {
  if (!sending_) return;
  close(at);
  sending_ = false;
}

void Speaker::reroute(int64_t at, std::vector<MediaLink> links) {
  if (links == links_) return;
  close(at);
  links_ = std::move(links);
}

void Speaker::change_codec(int64_t at, const std::string& name) {
  close(at);
  if (const Codec* codec = codec_named(name)) codec_ = codec;
}

void Speaker::change_ssrc(int64_t at) {
  close(at);
  // Far from the wrap of 16 bits, so that small captures are about what they are named after.
  streams_.push_back({static_cast<uint32_t>(random_.next()), static_cast<uint32_t>(random_.next()),
                      static_cast<uint16_t>(random_.between(1, 30000))});
}

void Speaker::press(int64_t at, const std::string& digits) {
  int64_t tick = ticks_up(at - epoch_);
  for (char digit : digits) {
    presses_.push_back({tick, digit});
    tick += kEventSpacing;
  }
}

ew::Result<Samples> Speaker::track(const CallPlan& plan, const Scenario& scenario, unsigned rate) {
  size_t count = static_cast<size_t>((segments_.back().to - epoch_) / kTick + 2) * (rate / 50);
  if (plan.speech.empty()) return tone(party_.tone_hz, count, rate, random_.fork("tone"));
  speaks_ = true;
  said_.clear();
  Random noise = random_.fork("noise");
  Samples samples(count);
  for (int16_t& sample : samples) sample = static_cast<int16_t>(static_cast<int>(noise.below(17)) - 8);
  for (const Utterance& utterance : plan.speech) {
    if (utterance.by != party_.id) continue;
    int64_t at = scenario.start.ns + static_cast<int64_t>(utterance.at * 1e9) - epoch_;
    if (at < 0)
      return ew::Error(ew::ErrorCode::kInvalid, "'" + utterance.text + "' is said before the media starts");
    Samples words;
    if (speech_available())
      words = TRY(speech(utterance.text, party_.voice, rate));
    else
      words = tone(party_.tone_hz, utterance.text.size() * rate / 15, rate, random_.fork(utterance.text));
    size_t from = static_cast<size_t>(at / 1000 * rate / 1'000'000);
    for (size_t i = 0; i < words.size() && from + i < samples.size(); ++i)
      samples[from + i] = static_cast<int16_t>(samples[from + i] + words[i] * 31 / 32);
    said_.push_back({utterance.text, epoch_ + at,
                     epoch_ + at + static_cast<int64_t>(words.size()) * ew::kNsPerSec / rate});
  }
  return samples;
}

ew::Status Speaker::make_payloads(const CallPlan& plan, const Scenario& scenario) {
  for (const Segment& segment : segments_) {
    const Codec& codec = *segment.codec;
    auto [place, added] = payloads_.try_emplace(codec.name);
    if (!added) continue;
    Samples samples = TRY(track(plan, scenario, codec.sample_rate));
    if (codec.name == "G722" || codec.name == "opus") {
      if (!ffmpeg_available()) return ew::Error(ew::ErrorCode::kUnsupported, codec.name + " needs ffmpeg");
      place->second = TRY(encode_with_ffmpeg(samples, codec.name == "opus" ? "libopus" : "g722"));
      continue;
    }
    for (size_t from = 0; from + 160 <= samples.size(); from += 160) {
      Bytes payload;
      for (size_t i = 0; i < 160; ++i)
        payload.push_back(codec.name == "PCMU" ? ulaw_of(samples[from + i]) : alaw_of(samples[from + i]));
      place->second.push_back(std::move(payload));
    }
  }
  return {};
}

const Bytes* Speaker::payload_at(const Codec& codec, int64_t tick) const {
  const auto& payloads = payloads_.at(codec.name);
  return static_cast<size_t>(tick) < payloads.size() ? &payloads[static_cast<size_t>(tick)] : nullptr;
}

void Speaker::put(Wire& wire, const Segment& segment, int64_t at, uint64_t number, uint8_t type_and_marker,
                  uint32_t timestamp, const Bytes& payload) {
  const Stream& stream = streams_[segment.stream];
  for (const MediaLink& link : segment.links) {
    uint64_t extended =
        static_cast<uint64_t>(static_cast<uint16_t>(stream.sequence + link.sequence_change)) + number;
    Bytes packet;
    ByteWriter writer(packet);
    writer.u8(0x80);
    writer.u8(type_and_marker);
    writer.u16be(static_cast<uint16_t>(extended));
    writer.u32be(stream.timestamp + timestamp + link.timestamp_change);
    writer.u32be(stream.ssrc + link.ssrc_change);
    writer.raw(payload);
    if (srtp_) packet = srtp_->protect(packet, extended);
    wire.datagram(at, link.source, link.destination, 46, std::move(packet));
    at += 120 * ew::kNsPerUs;
  }
}

void Speaker::send_packet(Wire& wire, const Segment& segment, const StreamDefects& defects, int64_t tick,
                          int64_t delay, uint8_t type_and_marker, uint32_t timestamp, const Bytes& payload,
                          uint32_t samples) {
  uint64_t number = next_number_[segment.stream]++;
  auto drawn = [&](double percent) { return percent > 0 && number > 0 && random_.chance(percent / 100); };
  if (listed(defects.lost, number) || drawn(defects.loss_percent)) return;
  int64_t jitter =
      defects.jitter_ms > 0 ? random_.between(0, static_cast<int64_t>(defects.jitter_ms * 1e6)) : 0;
  int64_t at = std::max(epoch_ + tick * kTick + delay + jitter, previous_at_ + 20 * ew::kNsPerUs);
  int64_t late = drawn(defects.reorder_percent) ? defects.reorder_depth : 0;
  for (const auto& [which, depth] : defects.reordered)
    if (which == static_cast<int64_t>(number)) late = depth;
  if (late > 0)
    at += late * kTick + 3 * ew::kNsPerMs;
  else
    previous_at_ = at;
  int copies = listed(defects.duplicated, number) || drawn(defects.duplicate_percent) ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy) {
    int64_t copy_at = at + copy * 700 * ew::kNsPerUs;
    put(wire, segment, copy_at, number, type_and_marker, timestamp, payload);
    sent_[segment.stream].push_back({copy_at, number, timestamp, samples, segment.codec, &segment});
  }
}

// RFC 4733 section 2.5: updates every 20 ms with growing duration under one timestamp, the last one three
// times.
void Speaker::send_event(Wire& wire, const Segment& segment, const StreamDefects& defects, const Press& press,
                         int64_t tick) {
  int64_t age = tick - press.tick;
  uint32_t step = segment.codec->clock_rate / 50;
  bool last = age + 1 == kEventTicks;
  for (int repeat = 0; repeat < (last ? 3 : 1); ++repeat) {
    Bytes payload;
    ByteWriter writer(payload);
    writer.u8(event_of(press.digit));
    writer.u8(last ? 0x8a : 0x0a);
    writer.u16be(static_cast<uint16_t>(static_cast<uint32_t>(age + 1) * step));
    send_packet(wire, segment, defects, tick, repeat * ew::kNsPerMs,
                static_cast<uint8_t>(kEventPayloadType | (age == 0 ? 0x80 : 0)),
                static_cast<uint32_t>(press.tick) * step, payload, 0);
  }
}

void Speaker::send_segment(Wire& wire, const Segment& segment, const StreamDefects& defects) {
  int64_t first = ticks_up(segment.from - epoch_);
  uint32_t step = segment.codec->clock_rate / 50;
  bool talkspurt = true;
  for (int64_t tick = first; epoch_ + tick * kTick < segment.to; ++tick) {
    auto press = std::find_if(presses_.begin(), presses_.end(), [&](const Press& candidate) {
      return tick >= candidate.tick && tick < candidate.tick + kEventTicks;
    });
    if (press != presses_.end()) {
      send_event(wire, segment, defects, *press, tick);
      continue;
    }
    const Bytes* payload = payload_at(*segment.codec, tick);
    if (!payload) break;
    send_packet(wire, segment, defects, tick, 0,
                static_cast<uint8_t>(segment.codec->payload_type | (talkspurt ? 0x80 : 0)),
                static_cast<uint32_t>(tick) * step, *payload, step);
    talkspurt = false;
  }
}

// RTCP sender reports with a CNAME on the next port (RFC 3550 section 6.4.1), every five seconds.
void Speaker::send_reports(Wire& wire, const Segment& segment) {
  const Stream& stream = streams_[segment.stream];
  for (int64_t at = segment.from + ew::kNsPerSec; at < segment.to; at += kReportEvery * kTick) {
    for (const MediaLink& link : segment.links) {
      Bytes packet;
      ByteWriter writer(packet);
      uint32_t ssrc = stream.ssrc + link.ssrc_change;
      uint64_t elapsed = static_cast<uint64_t>((at - epoch_) / kTick);
      writer.u32be(0x80c80006);
      writer.u32be(ssrc);
      writer.u32be(static_cast<uint32_t>(at / ew::kNsPerSec + 2'208'988'800));
      writer.u32be(static_cast<uint32_t>((static_cast<uint64_t>(at % ew::kNsPerSec) << 32) / ew::kNsPerSec));
      writer.u32be(stream.timestamp + link.timestamp_change +
                   static_cast<uint32_t>(elapsed * segment.codec->clock_rate / 50));
      writer.u32be(static_cast<uint32_t>(elapsed));
      writer.u32be(static_cast<uint32_t>(elapsed * 160));
      std::string cname = party_.number + "@" + party_.address.text();
      size_t words = (4 + 2 + cname.size() + 1 + 3) / 4;
      writer.u16be(0x81ca);
      writer.u16be(static_cast<uint16_t>(words));
      size_t start = packet.size();
      writer.u32be(ssrc);
      writer.u8(1);
      writer.u8(static_cast<uint8_t>(cname.size()));
      writer.raw(cname);
      packet.resize(start + words * 4);
      Host source = link.source, destination = link.destination;
      ++source.port;
      ++destination.port;
      wire.datagram(at, source, destination, 46, std::move(packet));
    }
  }
}

StreamTruth Speaker::truth_of(size_t stream, std::vector<Sent> sent) const {
  std::stable_sort(sent.begin(), sent.end(), [](const Sent& a, const Sent& b) { return a.at < b.at; });
  StreamTruth truth;
  truth.participant = participant_;
  truth.party = party_.id;
  truth.ssrc = streams_[stream].ssrc;
  const Segment& segment = *sent.front().segment;
  truth.source = segment.links.front().source;
  truth.destination = segment.links.front().destination;
  truth.copies.assign(segment.links.begin() + 1, segment.links.end());
  truth.clock_rate = segment.codec->clock_rate;
  truth.tone_hz = speaks_ ? 0 : party_.tone_hz;
  truth.first_at = sent.front().at;
  truth.last_at = sent.back().at;

  std::set<uint64_t> seen;
  uint64_t highest = 0;
  std::vector<Sent> distinct;
  for (const Sent& packet : sent) {
    if (!seen.insert(packet.number).second) {
      ++truth.duplicated;
      continue;
    }
    if (packet.number < highest) ++truth.reordered;
    highest = std::max(highest, packet.number);
    distinct.push_back(packet);
    const MediaLink& link = packet.segment->links.front();
    const MediaLink& before = truth.moved.empty() ? segment.links.front() : truth.moved.back().second;
    if (!(link == before)) truth.moved.emplace_back(packet.at, link);
  }
  truth.packets = distinct.size();
  truth.lost = *seen.rbegin() - *seen.begin() + 1 - seen.size();

  std::sort(distinct.begin(), distinct.end(),
            [](const Sent& a, const Sent& b) { return a.number < b.number; });
  uint32_t base = distinct.front().timestamp, expected = base;
  uint64_t previous = distinct.front().number;
  const Codec* codec = nullptr;
  bool digits = false;
  for (const Sent& packet : distinct) {
    if (packet.samples == 0) {
      digits = true;
      continue;
    }
    if (packet.codec != codec) truth.codecs.emplace_back(packet.codec->name, packet.timestamp - base);
    codec = packet.codec;
    if (packet.timestamp > expected) {
      bool missing = packet.number > previous + 1 && !digits;
      truth.gaps.push_back({expected - base, packet.timestamp - expected,
                            digits    ? "digits"
                            : missing ? "lost"
                                      : "paused"});
    }
    expected = packet.timestamp + packet.samples;
    previous = packet.number;
    digits = false;
  }
  for (const Said& said : said_)
    truth.said.push_back({said.text, static_cast<double>(said.from - truth.first_at) / 1e9,
                          static_cast<double>(said.to - truth.first_at) / 1e9});
  for (const Press& press : presses_) {
    int64_t at = epoch_ + press.tick * kTick;
    if (at >= truth.first_at && at <= truth.last_at) truth.digits += press.digit;
  }
  return truth;
}

ew::Result<std::vector<StreamTruth>> Speaker::emit(Wire& wire, const CallPlan& plan, const Scenario& scenario,
                                                   int64_t capture_end) {
  std::vector<StreamTruth> truths;
  if (sending_) stop(capture_end);
  if (segments_.empty()) return truths;
  TRY(make_payloads(plan, scenario));
  StreamDefects defects;
  for (const StreamDefects& candidate : plan.defects)
    if (candidate.by == party_.id) defects = candidate;
  next_number_.resize(streams_.size());
  sent_.resize(streams_.size());
  for (const Segment& segment : segments_) {
    send_segment(wire, segment, defects);
    if (plan.rtcp && !srtp_) send_reports(wire, segment);
  }
  for (size_t stream = 0; stream < streams_.size(); ++stream) {
    std::vector<Sent> captured;
    for (const Sent& packet : sent_[stream])
      if (packet.at < capture_end) captured.push_back(packet);
    if (!captured.empty()) truths.push_back(truth_of(stream, std::move(captured)));
  }
  return truths;
}

}  // namespace callgen
