#include "call/media.h"

#include <algorithm>
#include <array>

#include <cmath>
#include "base/prefetch.h"
#include "call/dialog.h"

namespace ew::call {
namespace {

constexpr size_t kMaxPaths = 8;
constexpr uint8_t kSenderReport = 200;    // of RTCP
constexpr size_t kMaxExpectations = 512;  // per dialog
constexpr size_t kMaxStreamsPerFlow = 64;
constexpr size_t kMaxKeyTries = 24;
constexpr size_t kMaxSameSsrc = 16;
constexpr uint32_t kCandidateInSequence = 5;  // packets that follow each other make a candidate RTP
constexpr int kNearSequence = 200;            // a copy is not further from its original than this

// Payload types that mean something in RTP (RFC 3551 section 6, RFC 5761 section 4).
bool is_plausible_payload_type(uint8_t type) { return type <= 34 || type >= 96; }

bool has_room(const Endpoint& endpoint) { return endpoint.port < 65535; }

Path path_of(const Flow& flow) { return {flow.key.source, flow.key.destination, flow.vlan, flow.dscp}; }

// Of what is most likely RTP.
uint16_t sequence_of(ByteView packet) {
  return ByteReader(packet.subspan(std::min<size_t>(packet.size(), 2))).u16be();
}

Endpoint next_port(const Endpoint& endpoint) {
  return {endpoint.ip, static_cast<uint16_t>(endpoint.port + 1)};
}

}  // namespace

// What a packet needs is reached by way of one thing to the next. Each step is made for all packets before
// the next one is, so that their waits for memory overlap.
void MediaRouter::prepare(std::span<const Datagram> coming) {
  constexpr size_t kAtOnce = 32;
  coming = coming.first(std::min(coming.size(), kAtOnce));
  std::array<uint64_t, kAtOnce> hashes;
  std::array<const Flow*, kAtOnce> flows;
  std::array<Call*, kAtOnce> calls;
  for (size_t i = 0; i < coming.size(); ++i)
    hashes[i] = flows_.prepare(FlowKey{coming[i].source, coming[i].destination});
  for (size_t i = 0; i < coming.size(); ++i) flows[i] = flows_.prepare(hashes[i]);
  size_t count = 0;
  for (size_t i = 0; i < coming.size(); ++i) {
    if (!flows[i] || !flows[i]->call || !flows[i]->recent.stream) continue;
    flows[i]->recent.stream->prepare(sequence_of(coming[i].payload));
    calls[count++] = flows[i]->call;
    prefetch(flows[i]->call, 64);
  }
  owner_.prepare(std::span(calls).first(count));
}

void MediaRouter::on_datagram(const Datagram& datagram) {
  Flow* flow = flows_.find(FlowKey{datagram.source, datagram.destination});
  if (!flow) flow = begin_flow(datagram);
  if (flow) take(*flow, {datagram.at, datagram.ref, datagram.payload});
}

Flow* MediaRouter::begin_flow(const Datagram& datagram) {
  bool rtcp = rtp::looks_like_rtcp(datagram.payload);
  if (!rtcp && !rtp::looks_like_rtp(datagram.payload)) {
    ++counters_.other_datagrams;
    return nullptr;
  }
  FlowKey key{datagram.source, datagram.destination};
  bool by_destination = false;
  const Expectation* expectation = expectation_for(key, &by_destination);
  if (!expectation && rtcp) return begin_rtcp_flow(datagram);
  const Call* call = expectation ? call_of(*expectation, by_destination) : nullptr;
  // Whoever sprays from ever new addresses makes no state without bound.
  if (expectation && (!call || flow_count(*call) >= settings_.max_flows_per_call)) {
    ++counters_.unclaimed;
    return nullptr;
  }
  if (!expectation && (candidate_count_ >= settings_.max_candidates || datagram.source.port < 1024 ||
                       datagram.destination.port < 1024)) {
    ++counters_.unclaimed;
    return nullptr;
  }
  auto begun = std::make_unique<Flow>();
  begun->key = key;
  begun->vlan = datagram.vlan;
  begun->dscp = datagram.dscp;
  Flow& flow = flows_.insert(std::move(begun));
  flow.first_at = datagram.at;
  if (expectation) {
    bind(flow, *expectation, by_destination);
  } else {
    ++candidate_count_;
    candidates_.emplace_back(datagram.at, key);
    waiting_[key.source].push_back(key);
    waiting_[key.destination].push_back(key);
  }
  return &flow;
}

size_t MediaRouter::flow_count(const Call& call) const {
  auto found = flows_of_.find(&call);
  return found == flows_of_.end() ? 0 : found->second.size();
}

// RTCP that no SDP announced belongs to the media one port below (RFC 3550 section 11).
Flow* MediaRouter::begin_rtcp_flow(const Datagram& datagram) {
  FlowKey media{datagram.source, datagram.destination};
  if (media.source.port == 0 || media.destination.port == 0) return nullptr;
  --media.source.port;
  --media.destination.port;
  const Flow* found = flows_.find(media);
  if (!found || !found->call || flow_count(*found->call) >= settings_.max_flows_per_call) {
    ++counters_.unclaimed;
    return nullptr;
  }
  const Flow& known = *found;
  FlowKey key{datagram.source, datagram.destination};
  auto flow = std::make_unique<Flow>();
  flow->key = key;
  flow->first_at = datagram.at;
  flow->call = known.call;
  flow->announcer = known.announcer;
  flow->sender = known.sender;
  flow->participant = known.participant;
  flow->secure = known.secure;
  flow->is_rtcp = true;
  flows_of_[flow->call].push_back(key);
  return &flows_.insert(std::move(flow));
}

const Expectation* MediaRouter::expectation_for(const FlowKey& key, bool* by_destination) const {
  // The receiver's address is the surer sign: behind NAT the sender's may be another than it announced.
  if (auto found = expected_.find(key.destination); found != expected_.end()) {
    *by_destination = true;
    return &found->second;
  }
  if (auto found = expected_.find(key.source); found != expected_.end()) {
    *by_destination = false;
    return &found->second;
  }
  return nullptr;
}

Side MediaRouter::sender_of(const Expectation& expectation, bool by_destination) {
  return by_destination ? other(expectation.owner) : expectation.owner;
}

Call* MediaRouter::call_of(const Expectation& expectation, bool by_destination) {
  return expectation.announcer->call_of(sender_of(expectation, by_destination), expectation.line);
}

// The announcer has a call for this media.
void MediaRouter::bind(Flow& flow, const Expectation& expectation, bool by_destination) {
  flow.announcer = expectation.announcer;
  flow.sender = sender_of(expectation, by_destination);
  flow.line = expectation.line;
  flow.is_rtcp = expectation.is_rtcp;
  const sdp::Media& media = expectation.session->media[expectation.line];
  flow.secure = media.is_secure();
  flow.media = media.type;
  flow.key_context.reset();
  flow.keys_known = 0;
  assign(flow, *call_of(expectation, by_destination));
}

// Gives the flow to a call and to the party whom its announcer names.
void MediaRouter::assign(Flow& flow, Call& call) {
  flow.call = &call;
  flow.participant = flow.announcer->participant_of(flow.sender, flow.line);
  flow.pause.set(flow.announcer->is_paused(flow.sender, flow.line), {});
  flow.streams.clear();
  flow.recent = {};
  flows_of_[&call].push_back(flow.key);
}

void MediaRouter::rebind(const Announcer& announcer, std::span<Call* const> calls, WallTime at) {
  for (Call* before : calls) {
    for (const FlowKey& key : std::vector<FlowKey>(flows_of_[before])) {
      Flow* found = flows_.find(key);
      if (!found || found->announcer != &announcer || found->call != before) continue;
      Flow& flow = *found;
      if (announcer.is_paused(flow.sender, flow.line) != flow.pause.is_on()) {
        flow.pause.set(!flow.pause.is_on(), at);
        for (FlowStream& entry : flow.streams) entry.stream->statistics.pass_over();
      }
      Call* call = announcer.call_of(flow.sender, flow.line);
      if (!call || (call == before && announcer.participant_of(flow.sender, flow.line) == flow.participant))
        continue;
      std::erase(flows_of_[before], key);
      assign(flow, *call);
    }
  }
}

void MediaRouter::bind_media_call(Flow& flow, Call& call, std::string participant) {
  flow.call = &call;
  flow.participant = std::move(participant);
  flow.media = "audio";
  flows_of_[&call].push_back(flow.key);
}

void MediaRouter::expect(const Announcer& announcer, const Description& description) {
  auto& mine = expectations_of_[&announcer];
  auto add = [&](const Endpoint& endpoint, size_t line, bool is_rtcp) {
    if (mine.size() >= kMaxExpectations) return;
    auto known = expected_.find(endpoint);
    if (known == expected_.end() || known->second.announcer != &announcer) mine.push_back(endpoint);
    expected_[endpoint] = {&announcer, description.owner, description.session, line, is_rtcp};
    auto waiting = waiting_.find(endpoint);
    if (waiting == waiting_.end()) return;
    for (const FlowKey& key : std::vector<FlowKey>(waiting->second)) {
      bool by_destination = key.destination == endpoint;
      if (!call_of(expected_[endpoint], by_destination)) continue;
      Flow& flow = *flows_.find(key);
      forget_waiting(key);
      bind(flow, expected_[endpoint], by_destination);
      release_held(flow);
    }
  };
  for (size_t line = 0; line < description.session->media.size(); ++line) {
    const sdp::Media& media = description.session->media[line];
    auto endpoint = media.receive_endpoint();
    if (!endpoint || !media.is_rtp()) continue;
    add(*endpoint, line, false);
    if (media.rtcp_mux || !has_room(*endpoint)) continue;
    Endpoint rtcp = next_port(*endpoint);
    if (media.rtcp_port) rtcp = {media.rtcp_address.value_or(endpoint->ip), *media.rtcp_port};
    if (rtcp != *endpoint && rtcp.port != 0) add(rtcp, line, true);
  }
  // Keys may have come for secure flows that wait; new formats for streams that run.
  std::vector<const Call*> calls;
  for (size_t line = 0; line < description.session->media.size(); ++line)
    for (Side sender : {Side::kCaller, Side::kCallee})
      if (const Call* call = announcer.call_of(sender, line);
          call && std::find(calls.begin(), calls.end(), call) == calls.end())
        calls.push_back(call);
  for (const Call* call : calls) {
    for (const FlowKey& key : std::vector<FlowKey>(flows_of_[call])) {
      Flow* found = flows_.find(key);
      if (!found || found->announcer != &announcer) continue;
      Flow& flow = *found;
      for (FlowStream& entry : flow.streams) fill_formats(*entry.stream, flow);
      if (!flow.held.empty() && !announcer.keys(flow.sender).empty()) release_held(flow);
    }
  }
}

Call* MediaRouter::find_media_call(const sdp::Session& session) const {
  Call* call = nullptr;
  flows_.for_each([&](const Flow& flow) {
    if (call || !flow.call || !flow.call->from_media_alone() || flow.call->ended) return;
    for (const sdp::Media& media : session.media) {
      auto endpoint = media.receive_endpoint();
      if (endpoint && (*endpoint == flow.key.destination || *endpoint == flow.key.source)) call = flow.call;
    }
  });
  return call;
}

void MediaRouter::take(Flow& flow, const Packet& packet) {
  if (!flow.call) {
    note_candidate(flow, packet);
  } else if (rtp::looks_like_rtcp(packet.bytes)) {
    take_rtcp(flow, packet);
  } else if (!flow.is_rtcp) {
    take_rtp(flow, packet);
  } else {
    ++counters_.other_datagrams;
  }
}

void MediaRouter::take_rtp(Flow& flow, const Packet& packet) {
  rtp::Packet rtp;
  if (rtp::parse(packet.bytes, rtp) != rtp::ParseError::kNone) {
    ++counters_.other_datagrams;
    return;
  }
  if (flow.pause.is_on_at(packet.at)) {
    ++counters_.rtp_paused;
    return;
  }
  if (flow.call->is_paused_at(packet.at)) {
    ++counters_.rtp_paused;
    flow.call->last_media = std::max(flow.call->last_media, packet.at);
    return;
  }
  if (flow.secure) {
    switch (open(flow, packet, false)) {
      case Opened::kNoKey:
        if (packet.at - flow.first_at <= settings_.early_media_ns && hold(flow, packet)) return;
        break;
      case Opened::kWrong:
        // Not to be believed in anything: it is counted and forgotten.
        ++counters_.rtp_unopened;
        ++flow.call->encrypted_unopened;
        for (FlowStream& entry : flow.streams)
          if (entry.ssrc == rtp.ssrc) ++entry.stream->record.auth_failures;
        return;
      case Opened::kYes:
        if (rtp::parse(opened_, rtp) != rtp::ParseError::kNone) return;
        break;
    }
  }
  FlowStream* entry = find_stream(flow, rtp);
  if (!entry) {
    ++counters_.unclaimed;
    return;
  }
  // Finding the stream may have given the flow to a newer call, whose keys are others.
  Call& call = *flow.call;
  call.last_media = std::max(call.last_media, packet.at);
  call.had_media = true;
  if (flow.secure && !flow.key_context) {
    take_unopened(*entry, packet, rtp);
  } else if (flow.secure) {
    entry->stream->record.encrypted = entry->stream->record.opened = true;
    take_opened(*entry, {packet.at, packet.ref, opened_}, rtp);
  } else {
    take_opened(*entry, packet, rtp);
  }
}

void MediaRouter::take_unopened(FlowStream& entry, const Packet& packet, const rtp::Packet& rtp) {
  // Header fields of SRTP are in clear (RFC 3711 section 3.1): the stream is counted, though nobody can hear
  // it.
  entry.stream->record.encrypted = true;
  entry.stream->note_payload_type(rtp.payload_type);
  if (entry.path == 0)
    entry.stream->statistics.add(rtp.sequence, rtp.timestamp, packet.at,
                                 entry.stream->clock_rate(rtp.payload_type));
  ++entry.stream->call.encrypted_unopened;
  ++counters_.rtp_unopened;
}

void MediaRouter::take_opened(FlowStream& entry, const Packet& packet, const rtp::Packet& rtp) {
  ++counters_.rtp_packets;
  if (entry.stream->is_copy) {
    ++counters_.rtp_copies;
    return;
  }
  if (entry.stream->trial && in_trial(entry, packet, rtp)) return;
  store(entry, packet, rtp);
}

void MediaRouter::store(FlowStream& entry, const Packet& packet, const rtp::Packet& rtp) {
  Stream& stream = *entry.stream;
  // The same packet on another address pair is a copy, whichever came first; on the same one it is a
  // duplicate.
  if (stream.paths.size() > 1 && stream.statistics.has_seen(rtp.sequence) &&
      stream.path_of(rtp.sequence) != entry.path) {
    ++counters_.rtp_copies;
    return;
  }
  stream.note_payload_type(rtp.payload_type);
  const WallTime before = stream.statistics.last_at();
  auto verdict =
      stream.statistics.add(rtp.sequence, rtp.timestamp, packet.at, stream.clock_rate(rtp.payload_type));
  if (verdict == rtp::StreamStatistics::Verdict::kDuplicate) {
    ++counters_.rtp_duplicates;
    return;
  }
  if (stream.statistics.skipped() > 0 || stream.statistics.was_missing())
    note_missing(stream, before, packet.at);
  if (stream.paths.size() > 1) stream.set_path_of(rtp.sequence, entry.path);
  stream.payload_bytes += rtp.payload.size();
  if (stream.call.dialogs.size() > 1) {
    if (!stream.history) stream.history = std::make_unique<PayloadHistory>();
    stream.history->add(rtp.sequence, fingerprint_of(rtp));
  }
  owner_.on_media_packet(stream.call, &stream, {packet.at, packet.ref, entry.path, false, packet.bytes});
}

void MediaRouter::note_missing(Stream& stream, WallTime before, WallTime at) {
  const auto& statistics = stream.statistics;
  if (!stream.losses) stream.losses = std::make_unique<Losses>();
  if (statistics.was_missing()) return stream.losses->fill(statistics.extended(), stream.record);
  stream.losses->skip(statistics.skipped_until(), statistics.skipped(), before, at);
  judge_losses(stream, at + -Losses::kJudgedAfterNs);
}

void MediaRouter::judge_losses(Stream& stream, WallTime until) {
  const Loss judged = stream.losses->judge(until, drops_, stream.record);
  counters_.rtp_lost_before += judged.before;
  counters_.rtp_lost_at_capture += judged.at_capture;
  counters_.rtp_lost_in_recorder += judged.in_recorder;
}

void MediaRouter::take_rtcp(Flow& flow, const Packet& packet) {
  ++counters_.rtcp_packets;
  ByteView bytes = packet.bytes;
  if (flow.secure) {
    if (open(flow, packet, true) != Opened::kYes) return;
    bytes = opened_;
  }
  if (bytes.size() < 8) return;
  uint32_t ssrc = ByteReader(bytes.subspan(4)).u32be();
  Stream* of = nullptr;
  for (const auto& stream : flow.call->streams)
    if (stream->record.ssrc == ssrc && stream->record.participant == flow.participant) of = stream.get();
  flow.call->last_media = std::max(flow.call->last_media, packet.at);
  if (of && bytes[1] == kSenderReport && bytes.size() >= 16) {
    of->sender_report_ntp = ByteReader(bytes.subspan(8)).u64be();
    of->sender_report_at = packet.at;
  }
  owner_.on_media_packet(*flow.call, of, {packet.at, packet.ref, 0, true, bytes});
}

FlowStream* MediaRouter::find_stream(Flow& flow, const rtp::Packet& rtp) {
  if (flow.recent.stream && flow.recent.ssrc == rtp.ssrc) return &flow.recent;
  for (const FlowStream& entry : flow.streams) {
    if (entry.ssrc != rtp.ssrc) continue;
    flow.recent = entry;
    return &flow.recent;
  }
  // A new SSRC on an address that a newer call was given: the port is used again.
  bool by_destination = false;
  const Expectation* expectation = expectation_for(flow.key, &by_destination);
  const Call* call = expectation ? call_of(*expectation, by_destination) : nullptr;
  if (call && call != flow.call) bind(flow, *expectation, by_destination);
  const FlowStream* added = add_stream(flow, rtp);
  if (!added) return nullptr;
  flow.recent = *added;
  return &flow.recent;
}

const FlowStream* MediaRouter::add_stream(Flow& flow, const rtp::Packet& rtp) {
  if (flow.streams.size() >= kMaxStreamsPerFlow) return nullptr;
  Call& call = *flow.call;
  for (const auto& stream : call.streams) {
    if (stream->record.ssrc != rtp.ssrc || stream->record.participant != flow.participant) continue;
    if (stream->paths.size() < kMaxPaths) stream->paths.push_back(path_of(flow));
    flow.streams.push_back({stream.get(), rtp.ssrc, static_cast<uint8_t>(stream->paths.size() - 1)});
    return &flow.streams.back();
  }
  if (call.streams.size() >= settings_.max_streams_per_call) return nullptr;
  auto stream = std::make_unique<Stream>(call);
  stream->number = static_cast<uint32_t>(call.streams.size());
  stream->record.participant = flow.participant;
  stream->record.ssrc = rtp.ssrc;
  stream->record.source = flow.key.source.text();
  stream->record.destination = flow.key.destination.text();
  stream->record.media = flow.media;
  if (flow.announcer) stream->record.label = flow.announcer->label_of(flow.line);
  stream->paths.push_back(path_of(flow));
  fill_formats(*stream, flow);
  if (call.dialogs.size() > 1) begin_trial(flow, *stream);
  auto& same = by_ssrc_[rtp.ssrc];
  if (same.size() < kMaxSameSsrc) same.push_back(stream.get());
  flow.streams.push_back({stream.get(), rtp.ssrc, 0});
  call.streams.push_back(std::move(stream));
  return &flow.streams.back();
}

void MediaRouter::fill_formats(Stream& stream, const Flow& flow) const {
  if (!flow.announcer) return;
  // The receiver's description gives the payload types their meaning (RFC 3264 section 5.1); the sender's
  // fills the rest.
  for (Side side : {other(flow.sender), flow.sender}) {
    const sdp::Session* session = flow.announcer->session(side);
    if (!session || flow.line >= session->media.size()) continue;
    for (const sdp::Format& format : session->media[flow.line].formats)
      if (!format.encoding.empty() && !stream.format(format.payload_type)) stream.formats.push_back(format);
  }
}

MediaRouter::Opened MediaRouter::open(Flow& flow, const Packet& packet, bool rtcp) {
  auto attempt = [&](srtp::Context& context) {
    opened_.assign(packet.bytes.begin(), packet.bytes.end());
    srtp::Verdict verdict = rtcp ? context.unprotect_rtcp(opened_) : context.unprotect_rtp(opened_);
    return verdict == srtp::Verdict::kOk || verdict == srtp::Verdict::kReplayed;
  };
  if (flow.key_context && attempt(*flow.key_context)) return Opened::kYes;
  if (!flow.announcer) return Opened::kNoKey;
  const auto& keys = flow.announcer->keys(flow.sender);
  if (keys.empty()) return Opened::kNoKey;
  // A key that did not fit once is not tried on every packet; but a new offer may have brought a new one.
  if (flow.key_context && keys.size() == flow.keys_known) return Opened::kWrong;
  flow.keys_known = keys.size();
  // Those of its own m-line first; where lines share a port (RFC 9143) it may be another's.
  size_t tries = 0;
  for (bool own : {true, false}) {
    for (const Announcer::Key& key : keys) {
      if ((key.line == flow.line) != own || ++tries > kMaxKeyTries) continue;
      const sdp::Crypto& crypto = key.crypto;
      auto context = srtp::Context::create(crypto.suite, crypto.key_salt, crypto.mki_length,
                                           crypto.unencrypted_srtp, crypto.unencrypted_srtcp);
      if (!context || !attempt(**context)) continue;
      flow.key_context = std::move(*context);
      return Opened::kYes;
    }
  }
  return Opened::kWrong;
}

bool MediaRouter::hold(Flow& flow, const Packet& packet) {
  if (held_bytes_ + packet.bytes.size() > settings_.early_media_bytes) {
    ++counters_.early_dropped;
    return false;
  }
  held_bytes_ += packet.bytes.size();
  flow.held.push_back({packet.at, packet.ref, Bytes(packet.bytes.begin(), packet.bytes.end())});
  return true;
}

MediaRouter::Held MediaRouter::take_held(Flow& flow) {
  Held held = std::move(flow.held);
  flow.held.clear();
  for (const HeldPacket& packet : held) held_bytes_ -= packet.bytes.size();
  return held;
}

void MediaRouter::release_held(Flow& flow) {
  for (const HeldPacket& packet : take_held(flow)) take(flow, {packet.at, packet.ref, packet.bytes});
}

void MediaRouter::note_candidate(Flow& flow, const Packet& packet) {
  rtp::Packet rtp;
  if (rtp::parse(packet.bytes, rtp) != rtp::ParseError::kNone ||
      !is_plausible_payload_type(rtp.payload_type)) {
    ++counters_.unclaimed;
    return;
  }
  if (flow.seen == 0 || rtp.ssrc != flow.ssrc) {
    counters_.unclaimed += take_held(flow).size();
    flow.ssrc = rtp.ssrc;
    flow.seen = flow.in_sequence = 0;
  } else if (rtp.sequence == flow.next_sequence) {
    ++flow.in_sequence;
  }
  bool again = flow.seen > 0 && rtp.sequence == static_cast<uint16_t>(flow.next_sequence - 1);
  if (!again) ++flow.seen;
  flow.next_sequence = static_cast<uint16_t>(rtp.sequence + 1);
  if (held_bytes_ + packet.bytes.size() > settings_.early_media_bytes && !candidates_.empty()) {
    // Memory is short: the one that waited longest is decided now.
    FlowKey oldest = candidates_.front().second;
    candidates_.pop_front();
    bool is_this = oldest == flow.key;
    settle_candidate(oldest);
    if (is_this) {
      if (Flow* settled = flows_.find(oldest); settled && settled->call) take(*settled, packet);
      return;
    }
  }
  hold(flow, packet);
}

void MediaRouter::forget_waiting(const FlowKey& key) {
  --candidate_count_;
  for (const Endpoint& endpoint : {key.source, key.destination}) {
    auto found = waiting_.find(endpoint);
    if (found == waiting_.end()) continue;
    std::erase(found->second, key);
    if (found->second.empty()) waiting_.erase(found);
  }
}

Stream* MediaRouter::same_stream_elsewhere(const Flow& flow) const {
  auto found = by_ssrc_.find(flow.ssrc);
  if (found == by_ssrc_.end() || flow.held.empty()) return nullptr;
  rtp::Packet last;
  if (rtp::parse(flow.held.back().bytes, last) != rtp::ParseError::kNone) return nullptr;
  for (Stream* stream : found->second) {
    int distance = static_cast<int16_t>(static_cast<uint16_t>(stream->statistics.extended() - last.sequence));
    if (stream->statistics.packets() > 0 && std::abs(distance) <= kNearSequence && !stream->call.ended)
      return stream;
  }
  return nullptr;
}

void MediaRouter::settle_candidate(const FlowKey& key) {
  Flow* found = flows_.find(key);
  if (!found || found->call) return;
  Flow& flow = *found;
  forget_waiting(key);
  bool is_rtp = flow.in_sequence + 1 >= kCandidateInSequence && flow.in_sequence * 4 >= flow.seen * 3 &&
                !flow.held.empty();
  if (!is_rtp) {
    counters_.unclaimed += take_held(flow).size();
    flows_.erase(key);
    return;
  }
  if (Stream* known = same_stream_elsewhere(flow)) {
    bind_media_call(flow, known->call, known->record.participant);
  } else if (const Flow* back = flows_.find(FlowKey{key.destination, key.source});
             back && back->call && !back->call->ended && back->call->from_media_alone()) {
    bind_media_call(flow, *back->call, back->participant == "caller" ? "callee" : "caller");
  } else {
    const HeldPacket& first = flow.held.front();
    Datagram datagram;
    datagram.at = first.at;
    datagram.ref = first.ref;
    datagram.source = key.source;
    datagram.destination = key.destination;
    datagram.payload = first.bytes;
    Call* call = owner_.begin_media_call(datagram);
    if (!call) {
      counters_.unclaimed += take_held(flow).size();
      flows_.erase(key);
      return;
    }
    bind_media_call(flow, *call, "caller");  // who is heard first stands in the caller's place
  }
  release_held(flow);
}

void MediaRouter::advance(WallTime now) {
  while (!candidates_.empty() && now - candidates_.front().first > settings_.early_media_ns) {
    FlowKey key = candidates_.front().second;
    candidates_.pop_front();
    settle_candidate(key);
  }
}

void MediaRouter::finish() {
  while (!candidates_.empty()) {
    FlowKey key = candidates_.front().second;
    candidates_.pop_front();
    settle_candidate(key);
  }
}

void MediaRouter::settle(Call& call) {
  release_all(call);
  for (const auto& stream : call.streams)
    if (stream->losses) judge_losses(*stream, WallTime{INT64_MAX});
}

void MediaRouter::release_all(Call& call) {
  auto mine = flows_of_.find(&call);
  if (mine == flows_of_.end()) return;
  for (const FlowKey& key : mine->second) {
    Flow* found = flows_.find(key);
    if (!found || found->call != &call) continue;
    Flow& flow = *found;
    flow.first_at = WallTime{INT64_MIN / 2};  // nothing is held back any longer
    release_held(flow);
    for (FlowStream& entry : flow.streams)
      if (entry.stream->trial && !entry.stream->is_copy) end_trial(entry, nullptr);
  }
}

void MediaRouter::close(Call& call) {
  settle(call);
  if (auto mine = flows_of_.find(&call); mine != flows_of_.end()) {
    for (const FlowKey& key : mine->second) {
      Flow* found = flows_.find(key);
      if (!found || found->call != &call) continue;
      take_held(*found);
      flows_.erase(key);
    }
    flows_of_.erase(mine);
  }
  for (const auto& stream : call.streams) {
    auto same = by_ssrc_.find(stream->record.ssrc);
    if (same == by_ssrc_.end()) continue;
    std::erase(same->second, stream.get());
    if (same->second.empty()) by_ssrc_.erase(same);
  }
  for (const auto& dialog : call.dialogs) forget(*dialog);
}

void MediaRouter::forget(const Announcer& announcer) {
  auto mine = expectations_of_.find(&announcer);
  if (mine == expectations_of_.end()) return;
  for (const Endpoint& endpoint : mine->second) {
    auto found = expected_.find(endpoint);
    if (found != expected_.end() && found->second.announcer == &announcer) expected_.erase(found);
  }
  expectations_of_.erase(mine);
}

// A call with several legs: what one leg's speaker said may come again on another leg under a new SSRC.
void MediaRouter::begin_trial(Flow& flow, Stream& stream) {
  for (const auto& known : flow.call->streams)
    if (known->record.participant == stream.record.participant && known->history)
      stream.trial = std::make_unique<TwinTrial>();
}

bool MediaRouter::find_original(const Stream& copy, const Fingerprint& fingerprint, Stream*& original,
                                uint16_t& sequence) {
  for (const auto& stream : copy.call.streams) {
    if (stream.get() == &copy || !stream->history || stream->record.participant != copy.record.participant)
      continue;
    if (!stream->history->find(fingerprint, sequence)) continue;
    original = stream.get();
    return true;
  }
  return false;
}

bool MediaRouter::in_trial(FlowStream& entry, const Packet& packet, const rtp::Packet& rtp) {
  Stream& stream = *entry.stream;
  Fingerprint fingerprint = fingerprint_of(rtp);
  Stream* original = nullptr;
  uint16_t sequence = 0;
  bool found = find_original(stream, fingerprint, original, sequence);
  auto state = stream.trial->add({packet.at, packet.ref, Bytes(packet.bytes.begin(), packet.bytes.end())},
                                 rtp.sequence, fingerprint, found ? std::optional(sequence) : std::nullopt);
  if (state == TwinTrial::State::kUndecided) return true;
  end_trial(entry, state == TwinTrial::State::kCopy ? original : nullptr);
  return true;
}

void MediaRouter::end_trial(FlowStream& entry, Stream* original) {
  Stream& stream = *entry.stream;
  auto trial = std::move(stream.trial);
  if (original) {
    stream.is_copy = true;
    counters_.rtp_copies += trial->held().size();
    if (original->paths.size() < kMaxPaths) original->paths.push_back(stream.paths.front());
    return;
  }
  for (const HeldPacket& held : trial->held()) {
    rtp::Packet rtp;
    if (rtp::parse(held.bytes, rtp) == rtp::ParseError::kNone)
      store(entry, {held.at, held.ref, held.bytes}, rtp);
  }
}

}  // namespace ew::call
