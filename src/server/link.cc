#include "server/link.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace ew::server {
namespace {

constexpr size_t kIdSize = 16;

template <typename Figures>
void write_figures(ipc::BodyWriter& writer, const Figures& figures) {
  static_assert(std::is_trivially_copyable_v<Figures>);
  writer.bytes({reinterpret_cast<const uint8_t*>(&figures), sizeof figures});
}

template <typename Figures>
void read_figures(ipc::BodyReader& reader, Figures& figures) {
  static_assert(std::is_trivially_copyable_v<Figures>);
  ByteView bytes = reader.bytes();
  if (bytes.size() == sizeof figures) std::memcpy(static_cast<void*>(&figures), bytes.data(), sizeof figures);
}

void write_report(ipc::BodyWriter& writer, const node::ImportReport& report) {
  writer.number(report.files.size());
  for (const node::ImportedFile& file : report.files) {
    writer.text(file.info.path).bytes(file.info.sha256).number(file.info.size).number(file.info.packets);
    writer.flag(file.info.truncated).text(file.info.warning).flag(file.known);
  }
  write_figures(writer, report.source);
  write_figures(writer, report.engine);
  write_figures(writer, report.recorder);
  writer.real(report.seconds).real(report.acknowledged_seconds).real(report.cpu_seconds);
}

node::ImportReport read_report(ipc::BodyReader& reader) {
  node::ImportReport report;
  for (size_t left = reader.count(8); left > 0; --left) {
    node::ImportedFile& file = report.files.emplace_back();
    file.info.path = reader.text();
    ByteView sha256 = reader.bytes();
    if (sha256.size() == file.info.sha256.size()) std::ranges::copy(sha256, file.info.sha256.begin());
    file.info.size = reader.number();
    file.info.packets = reader.number();
    file.info.truncated = reader.flag();
    file.info.warning = reader.text();
    file.known = reader.flag();
  }
  read_figures(reader, report.source);
  read_figures(reader, report.engine);
  read_figures(reader, report.recorder);
  report.seconds = reader.real();
  report.acknowledged_seconds = reader.real();
  report.cpu_seconds = reader.real();
  return report;
}

}  // namespace

Bytes encode(const std::vector<EndedPart>& parts) {
  ipc::BodyWriter writer;
  writer.number(parts.size());
  for (const EndedPart& part : parts) writer.number(part.serial).id(part.part);
  return writer.take();
}

Result<std::vector<EndedPart>> parse_ended(ByteView bytes) {
  ipc::BodyReader reader(bytes);
  std::vector<EndedPart> parts;
  for (size_t left = reader.count(1 + kIdSize); left > 0; --left) {
    uint64_t serial = reader.number();
    parts.push_back({serial, PartId(reader.id())});
  }
  TRY(reader.finish());
  return parts;
}

Bytes encode(const std::vector<PartId>& parts) {
  ipc::BodyWriter writer;
  writer.number(parts.size());
  for (const PartId& part : parts) writer.id(part);
  return writer.take();
}

Result<std::vector<PartId>> parse_parts(ipc::BodyReader& reader) {
  std::vector<PartId> parts;
  for (size_t left = reader.count(kIdSize); left > 0; --left) parts.emplace_back(reader.id());
  TRY(reader.finish());
  return parts;
}

Bytes encode(const journal::PartPlaces& places) {
  ipc::BodyWriter writer;
  writer.u8(static_cast<uint8_t>(places.end)).number(places.files.size());
  for (const auto& file : places.files) writer.number(file.number).text(file.path).bytes(file.id);
  writer.number(places.pieces.size());
  for (const journal::Piece& piece : places.pieces)
    writer.number(piece.file).number(piece.offset).number(piece.size);
  return writer.take();
}

Result<journal::PartPlaces> parse_places(ByteView bytes) {
  ipc::BodyReader reader(bytes);
  journal::PartPlaces places;
  places.end = static_cast<part::End>(reader.u8());
  for (size_t left = reader.count(2); left > 0; --left) {
    journal::PartPlaces::File& file = places.files.emplace_back();
    file.number = static_cast<uint32_t>(reader.number());
    file.path = reader.text();
    ByteView id = reader.bytes();
    if (id.size() == file.id.size()) std::ranges::copy(id, file.id.begin());
  }
  for (size_t left = reader.count(3); left > 0; --left) {
    journal::Piece& piece = places.pieces.emplace_back();
    piece.file = static_cast<uint32_t>(reader.number());
    piece.offset = static_cast<uint32_t>(reader.number());
    piece.size = static_cast<uint32_t>(reader.number());
  }
  TRY(reader.finish());
  return places;
}

Bytes encode(const journal::FramePlaces& places) {
  return ipc::BodyWriter()
      .bytes(encode(places.places))
      .number(places.first)
      .number(places.total)
      .u8(places.has_ended)
      .take();
}

Result<journal::FramePlaces> parse_frame_places(ByteView bytes) {
  ipc::BodyReader reader(bytes);
  journal::FramePlaces frames;
  const ByteView places = reader.bytes();
  frames.first = reader.number();
  frames.total = reader.number();
  frames.has_ended = reader.u8() != 0;
  TRY(reader.finish());
  frames.places = TRY(parse_places(places));
  return frames;
}

Bytes encode(const RecorderState& state) {
  ipc::BodyWriter writer;
  writer.bytes(metrics::encode(state.figures)).text(state.journal_error).number(state.dropped);
  writer.number(state.refusals.size());
  for (const Refusals::Told& told : state.refusals)
    writer.number(told.count)
        .signed_number(told.refusal.at.ns)
        .text(told.refusal.source.text())
        .u8(static_cast<uint8_t>(told.refusal.transport))
        .text(told.refusal.peer)
        .text(told.refusal.method)
        .text(told.refusal.call_id)
        .number(static_cast<uint64_t>(told.refusal.status))
        .text(told.refusal.reason);
  return writer.take();
}

namespace {

Refusals::Told read_refusal(ipc::BodyReader& reader) {
  Refusals::Told told;
  told.count = reader.number();
  told.refusal.at.ns = reader.signed_number();
  told.refusal.source = Endpoint::parse(reader.text()).value_or(Endpoint());
  told.refusal.transport =
      static_cast<Transport>(std::min<uint8_t>(reader.u8(), static_cast<uint8_t>(Transport::kTls)));
  told.refusal.peer = reader.text();
  told.refusal.method = reader.text();
  told.refusal.call_id = reader.text();
  told.refusal.status = static_cast<int>(std::min<uint64_t>(reader.number(), 699));
  told.refusal.reason = reader.text();
  return told;
}

}  // namespace

Result<RecorderState> parse_recorder_state(ByteView bytes) {
  ipc::BodyReader reader(bytes);
  RecorderState state;
  ByteView figures = reader.bytes();
  state.journal_error = reader.text();
  state.dropped = reader.number();
  for (size_t left = reader.count(9); left > 0; --left) state.refusals.push_back(read_refusal(reader));
  TRY(reader.finish());
  state.figures = TRY(metrics::decode(figures));
  return state;
}

Bytes encode(const node::RecordingOrders& orders) {
  return ipc::BodyWriter()
      .number(orders.kek.version)
      .bytes(orders.kek.key)
      .flag(orders.record)
      .text(orders.reason)
      .text(orders.not_ready)
      .take();
}

Result<node::RecordingOrders> parse_orders(ipc::BodyReader& reader) {
  node::RecordingOrders orders;
  orders.kek.version = static_cast<uint32_t>(reader.number());
  ByteView key = reader.bytes();
  orders.record = reader.flag();
  orders.reason = reader.text();
  orders.not_ready = reader.text();
  TRY(reader.finish());
  if (key.size() != orders.kek.key.size())
    return Error(ErrorCode::kInvalid, "the keeper's key has a wrong length");
  std::ranges::copy(key, orders.kek.key.begin());
  return orders;
}

Bytes encode(const node::LiveCalls& live) {
  ipc::BodyWriter writer;
  writer.number(live.total).number(live.calls.size());
  for (const node::LiveCall& call : live.calls) {
    writer.id(call.call_id).id(call.recording_id);
    writer.flag(call.media_part.has_value()).id(call.media_part.value_or(PartId())).text(call.witness);
    writer.u8(static_cast<uint8_t>(call.source)).text(call.source_detail);
    for (const auto* text : {&call.caller_number, &call.caller_name, &call.called_number, &call.called_name})
      writer.flag(text->has_value()).text(text->value_or(""));
    writer.signed_number(call.start_at.ns).signed_number(call.answer_at.value_or(WallTime{}).ns);
    writer.text(call.paused_by).flag(call.is_stopped).number(call.sessions.size());
    for (const std::string& session : call.sessions) writer.text(session);
    writer.number(call.findings.size());
    for (const siprec::Finding& finding : call.findings)
      writer.u8(static_cast<uint8_t>(finding.rule)).text(finding.detail);
    writer.flag(call.on_hold).u8(static_cast<uint8_t>(call.recording_state)).number(call.streams.size());
    for (const node::LiveStream& stream : call.streams)
      writer.number(stream.number)
          .text(stream.participant)
          .text(stream.label)
          .text(stream.media)
          .text(stream.codec)
          .text(stream.source)
          .text(stream.destination)
          .number(stream.packets)
          .number(stream.lost)
          .real(stream.jitter_ms)
          .flag(stream.encrypted)
          .signed_number(stream.last_at.value_or(WallTime{}).ns);
  }
  return writer.take();
}

Result<node::LiveCalls> parse_live_calls(ByteView bytes) {
  ipc::BodyReader reader(bytes);
  auto time = [&]() -> std::optional<WallTime> {
    WallTime at{reader.signed_number()};
    return at.ns == 0 ? std::nullopt : std::optional(at);
  };
  node::LiveCalls live;
  live.total = reader.number();
  for (size_t left = reader.count(kIdSize); left > 0; --left) {
    node::LiveCall& call = live.calls.emplace_back();
    call.call_id = CallId(reader.id());
    call.recording_id = RecordingId(reader.id());
    const bool is_written = reader.flag();
    PartId part(reader.id());
    if (is_written) call.media_part = part;
    call.witness = reader.text();
    call.source =
        static_cast<SourceKind>(std::min<uint8_t>(reader.u8(), static_cast<uint8_t>(SourceKind::kImport)));
    call.source_detail = reader.text();
    for (auto* text : {&call.caller_number, &call.caller_name, &call.called_number, &call.called_name}) {
      const bool is_known = reader.flag();
      std::string value = reader.text();
      if (is_known) *text = std::move(value);
    }
    call.start_at.ns = reader.signed_number();
    call.answer_at = time();
    call.paused_by = reader.text();
    call.is_stopped = reader.flag();
    for (size_t sessions = reader.count(1); sessions > 0; --sessions) call.sessions.push_back(reader.text());
    for (size_t findings = reader.count(2); findings > 0; --findings) {
      const uint8_t rule = std::min<uint8_t>(reader.u8(), siprec::kRules - 1);
      call.findings.push_back({static_cast<siprec::Rule>(rule), reader.text()});
    }
    call.on_hold = reader.flag();
    call.recording_state = static_cast<RecordingState>(
        std::min<uint8_t>(reader.u8(), static_cast<uint8_t>(RecordingState::kHeld)));
    for (size_t streams = reader.count(8); streams > 0; --streams) {
      node::LiveStream& stream = call.streams.emplace_back();
      stream.number = static_cast<uint32_t>(reader.number());
      stream.participant = reader.text();
      stream.label = reader.text();
      stream.media = reader.text();
      stream.codec = reader.text();
      stream.source = reader.text();
      stream.destination = reader.text();
      stream.packets = reader.number();
      stream.lost = reader.number();
      stream.jitter_ms = reader.real();
      stream.encrypted = reader.flag();
      stream.last_at = time();
    }
  }
  TRY(reader.finish());
  return live;
}

namespace {

Transport read_transport(ipc::BodyReader& reader) {
  return static_cast<Transport>(std::min<uint8_t>(reader.u8(), static_cast<uint8_t>(Transport::kTls)));
}

void write_peer(ipc::BodyWriter& writer, const srs::PeerView& peer) {
  writer.text(peer.name).flag(peer.configured).text(peer.user_agent);
  writer.text(peer.address ? peer.address->text() : "").u8(static_cast<uint8_t>(peer.transport));
  for (const auto& at : {peer.last_options, peer.last_session})
    writer.signed_number(at.value_or(WallTime{}).ns);
  writer.number(peer.sessions_total).number(peer.sessions_now).number(peer.refused);
  writer.number(peer.errors.size());
  for (const auto& error : peer.errors)
    writer.signed_number(error.at.ns).text(error.code).text(error.text).text(error.detail);
  writer.number(peer.peculiarities.size());
  for (const srs::Peculiarity& peculiarity : peer.peculiarities)
    writer.text(peculiarity.code).text(peculiarity.text).text(peculiarity.detail);
}

srs::PeerView read_peer(ipc::BodyReader& reader) {
  srs::PeerView peer;
  peer.name = reader.text();
  peer.configured = reader.flag();
  peer.user_agent = reader.text();
  peer.address = Endpoint::parse(reader.text());
  peer.transport = read_transport(reader);
  for (auto* at : {&peer.last_options, &peer.last_session})
    if (const int64_t ns = reader.signed_number(); ns != 0) *at = WallTime{ns};
  peer.sessions_total = reader.number();
  peer.sessions_now = reader.number();
  peer.refused = reader.number();
  for (size_t left = reader.count(4); left > 0; --left) {
    srs::PeerView::Trouble& error = peer.errors.emplace_back();
    error.at = WallTime{reader.signed_number()};
    error.code = reader.text();
    error.text = reader.text();
    error.detail = reader.text();
  }
  for (size_t left = reader.count(3); left > 0; --left) {
    srs::Peculiarity& peculiarity = peer.peculiarities.emplace_back();
    peculiarity.code = reader.text();
    peculiarity.text = reader.text();
    peculiarity.detail = reader.text();
  }
  return peer;
}

}  // namespace

Bytes encode(const SiprecState& state) {
  ipc::BodyWriter writer;
  writer.text(state.not_ready).number(state.listeners.size());
  for (const srs::ListenerView& listener : state.listeners)
    writer.text(listener.address.text())
        .u8(static_cast<uint8_t>(listener.transport))
        .text(listener.bound.text())
        .text(listener.error);
  writer.number(state.peers.size());
  for (const srs::PeerView& peer : state.peers) write_peer(writer, peer);
  return writer.take();
}

Result<SiprecState> parse_siprec_state(ByteView bytes) {
  ipc::BodyReader reader(bytes);
  SiprecState state;
  state.not_ready = reader.text();
  for (size_t left = reader.count(4); left > 0; --left) {
    srs::ListenerView& listener = state.listeners.emplace_back();
    listener.address = Endpoint::parse(reader.text()).value_or(Endpoint());
    listener.transport = read_transport(reader);
    listener.bound = Endpoint::parse(reader.text()).value_or(Endpoint());
    listener.error = reader.text();
  }
  for (size_t left = reader.count(12); left > 0; --left) state.peers.push_back(read_peer(reader));
  TRY(reader.finish());
  return state;
}

Bytes encode(const std::vector<capture::HepAgent>& agents) {
  ipc::BodyWriter writer;
  writer.number(agents.size());
  for (const capture::HepAgent& agent : agents)
    writer.text(agent.address.text())
        .number(agent.id)
        .text(agent.name)
        .signed_number(agent.last_at.ns)
        .number(agent.sip)
        .number(agent.reports)
        .number(agent.refused)
        .number(agent.malformed)
        .text(agent.trouble);
  return writer.take();
}

Result<std::vector<capture::HepAgent>> parse_hep_agents(ByteView bytes) {
  ipc::BodyReader reader(bytes);
  std::vector<capture::HepAgent> agents;
  for (size_t left = reader.count(9); left > 0; --left) {
    capture::HepAgent& agent = agents.emplace_back();
    agent.address = IpAddress::parse(reader.text()).value_or(IpAddress());
    agent.id = static_cast<uint32_t>(reader.number());
    agent.name = reader.text();
    agent.last_at.ns = reader.signed_number();
    agent.sip = reader.number();
    agent.reports = reader.number();
    agent.refused = reader.number();
    agent.malformed = reader.number();
    agent.trouble = reader.text();
  }
  TRY(reader.finish());
  return agents;
}

Bytes encode(const ImportRequest& request) {
  ipc::BodyWriter writer;
  writer.number(request.number).number(request.lanes).flag(request.realtime);
  writer.number(request.files.size());
  for (const auto& file : request.files) writer.text(file.name).text(file.path);
  return writer.take();
}

Result<ImportRequest> parse_import_request(ipc::BodyReader& reader) {
  ImportRequest request;
  request.number = reader.number();
  request.lanes = std::clamp<uint64_t>(reader.number(), 1, 64);
  request.realtime = reader.flag();
  for (size_t left = reader.count(2); left > 0; --left) {
    ImportRequest::File& file = request.files.emplace_back();
    file.name = reader.text();
    file.path = reader.text();
  }
  TRY(reader.finish());
  return request;
}

Bytes encode(const ImportState& state) {
  ipc::BodyWriter writer;
  writer.number(state.number).number(state.packets).number(state.bytes).number(state.total_bytes);
  writer.u8(!state.ended ? 0 : state.ended->ok() ? 1 : 2);
  if (state.ended && state.ended->ok()) write_report(writer, **state.ended);
  if (state.ended && !state.ended->ok())
    writer.u8(static_cast<uint8_t>(state.ended->error().code())).text(state.ended->error().message());
  return writer.take();
}

Result<ImportState> parse_import_state(ByteView bytes) {
  ipc::BodyReader reader(bytes);
  ImportState state;
  state.number = reader.number();
  state.packets = reader.number();
  state.bytes = reader.number();
  state.total_bytes = reader.number();
  uint8_t kind = reader.u8();
  if (kind == 1) state.ended = read_report(reader);
  if (kind == 2) {
    auto code =
        static_cast<ErrorCode>(std::min<uint8_t>(reader.u8(), static_cast<uint8_t>(ErrorCode::kInternal)));
    state.ended = Error(code, reader.text());
  }
  TRY(reader.finish());
  return state;
}

void write(ipc::BodyWriter& writer, const db::CaptureRow& capture) {
  writer.text(capture.sha256).text(capture.name).number(capture.size).number(capture.packets);
  writer.flag(capture.complete);
}

db::CaptureRow read_capture(ipc::BodyReader& reader) {
  db::CaptureRow capture;
  capture.sha256 = reader.text();
  capture.name = reader.text();
  capture.size = reader.number();
  capture.packets = reader.number();
  capture.complete = reader.flag();
  return capture;
}

}  // namespace ew::server
