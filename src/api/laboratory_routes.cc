// The laboratory: a recording client's messages, looked at and not recorded.
#include <cstdio>

#include "api/exchange_internal.h"
#include "node/laboratory.h"

namespace ew::api {
namespace {

template <typename List, typename Each>
json lab_list_json(const List& list, Each each) {
  json result = json::array();
  for (const auto& element : list) result.push_back(each(element));
  return result;
}

json lab_finding_json(const node::LabFinding& found) {
  const siprec::RuleText& rule = siprec::text_of(found.finding.rule);
  const siprec::CostText& cost = siprec::text_of(rule.cost);
  return {{"code", rule.code},       {"text", rule.text},
          {"rule", rule.source},     {"detail", found.finding.detail},
          {"matters", rule.matters}, {"cost", {{"code", cost.code}, {"text", cost.text}}},
          {"change", rule.change},   {"message", found.message},
          {"line", found.line}};
}

json lab_answer_json(const std::optional<node::LabAnswer>& answer) {
  if (!answer) return nullptr;
  return {{"status", answer->status},
          {"code", answer->code},
          {"why", answer->why},
          {"peculiarities",
           lab_list_json(answer->peculiarities,
                         [](const srs::Peculiarity& each) {
                           return json{{"code", each.code}, {"text", each.text}, {"detail", each.detail}};
                         })},
          {"text", answer->text}};
}

json lab_message_json(const node::LabMessage& message) {
  return {{"at", time_json(message.at)},
          {"source", message.source.text()},
          {"destination", message.destination.text()},
          {"transport", transport_name(message.transport)},
          {"start_line", message.start_line},
          {"text", message.text},
          {"fault", message.fault},
          {"answer", lab_answer_json(message.answer)}};
}

json lab_line_json(const node::LabLine& line) {
  return {{"type", line.type},
          {"protocol", line.protocol},
          {"encodings", line.encodings},
          {"label", line.label},
          {"direction", line.direction},
          {"address", line.address},
          {"crypto_suites", line.suites},
          {"participant", line.participant},
          {"accepted", line.is_accepted},
          {"why_not", {{"code", line.why_not_code}, {"detail", line.why_not}}}};
}

json lab_id_json(const siprec::ExternalId& id) { return {{"kind", id.kind}, {"value", id.value}}; }

json lab_call_json(const node::LabCall& call) {
  const siprec::Communication& of = call.communication;
  return {{"session_id", of.id},
          {"group_id", of.group},
          {"sip_session_ids", of.sip_session_ids},
          {"start_at", time_json(of.start_at)},
          {"stop_at", time_json(of.stop_at)},
          {"ended", of.has_ended},
          {"caller_is_told", of.caller_is_told},
          {"parties", lab_list_json(call.parties,
                                    [](const node::LabParty& party) {
                                      return json{{"id", party.party.id},
                                                  {"participant", party.participant},
                                                  {"address", party.party.aor},
                                                  {"number", party.party.user},
                                                  {"name", party.party.name},
                                                  {"placeholder", party.party.is_placeholder},
                                                  {"left", party.party.has_left}};
                                    })},
          {"tracks", lab_list_json(of.tracks,
                                   [&](const siprec::Track& track) {
                                     return json{{"label", track.label},
                                                 {"senders", lab_list_json(track.senders, [&](size_t sender) {
                                                    return json(of.parties.at(sender).id);
                                                  })}};
                                   })},
          {"ids", lab_list_json(of.external_ids, lab_id_json)}};
}

// Associations of all three kinds, one shape.
json lab_association_json(const char* kind, const std::string& session, const std::string& participant,
                          const std::vector<std::string>& send, const std::vector<std::string>& receive,
                          const std::optional<WallTime>& from, const std::optional<WallTime>& to) {
  return {{"kind", kind},       {"session", session},      {"participant", participant}, {"send", send},
          {"receive", receive}, {"from", time_json(from)}, {"to", time_json(to)}};
}

json lab_associations_json(const siprec::Content& content) {
  json list = json::array();
  for (const auto& one : content.session_recordings)
    list.push_back(
        lab_association_json("recording", one.session, "", {}, {}, one.associate_at, one.disassociate_at));
  for (const auto& one : content.participant_sessions)
    list.push_back(lab_association_json("session", one.session, one.participant, {}, {}, one.associate_at,
                                        one.disassociate_at));
  for (const auto& one : content.participant_streams)
    list.push_back(lab_association_json("streams", "", one.participant, one.send, one.receive,
                                        one.associate_at, one.disassociate_at));
  return list;
}

json lab_metadata_json(const node::LabSession& session) {
  if (!session.has_metadata) return nullptr;
  const siprec::Content& content = session.metadata;
  return {
      {"groups", lab_list_json(content.groups, [](const siprec::Group& group) { return json(group.id); })},
      {"sessions", lab_list_json(content.sessions, [](const siprec::Session& of) { return json(of.id); })},
      {"participants",
       lab_list_json(content.participants, [](const siprec::Participant& of) { return json(of.id); })},
      {"streams", lab_list_json(content.streams,
                                [](const siprec::Stream& stream) {
                                  return json{{"id", stream.id},
                                              {"session", stream.session},
                                              {"label", stream.label},
                                              {"mode", stream.mode}};
                                })},
      {"associations", lab_associations_json(content)},
      {"extensions", lab_list_json(content.extensions, [](const siprec::Extension& extension) {
         return json{{"owner", extension.owner}, {"name", extension.name}, {"xml", extension.xml}};
       })}};
}

json lab_stream_json(const node::LabStream& stream) {
  char ssrc[9];
  std::snprintf(ssrc, sizeof ssrc, "%08x", stream.ssrc);
  return {{"participant", stream.participant},
          {"label", stream.label},
          {"codec", stream.codec},
          {"ssrc", ssrc},
          {"packets", stream.packets},
          {"lost", stream.lost},
          {"encrypted", stream.encrypted},
          {"opened", stream.opened}};
}

json lab_session_json(const node::LabSession& session) {
  return {{"call_id", session.call_id},
          {"is_recording_session", session.is_recording_session},
          {"by_rfc", session.by_rfc},
          {"client", session.client},
          {"sign", session.sign},
          {"user_agent", session.user_agent},
          {"messages", session.messages},
          {"findings", lab_list_json(session.findings, lab_finding_json)},
          {"lines", lab_list_json(session.lines, lab_line_json)},
          {"calls", lab_list_json(session.calls, lab_call_json)},
          {"metadata", lab_metadata_json(session)},
          {"streams", lab_list_json(session.streams, lab_stream_json)}};
}

// All of a body that may be as long as the laboratory takes.
Result<Bytes> receive_bounded(Exchange& exchange) {
  Bytes bytes;
  if (!exchange.request.body_reader) return bytes;
  std::vector<uint8_t> buffer(256 * 1024);
  while (size_t length = TRY(exchange.request.body_reader->read(buffer))) {
    bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(length));
    if (bytes.size() > node::kMaxLabBytes) break;
  }
  return bytes;
}

Answer examine_in_laboratory(Exchange& exchange) {
  node::LabSettings settings;
  settings.server = exchange.parts.siprec;
  auto peer = exchange.optional_text("peer");
  if (!peer || peer == "configured") settings.peer.reset();
  if (peer == "strict") settings.peer->strict = true;
  auto transport = exchange.optional_text("transport");
  if (transport == "tcp") settings.transport = Transport::kTcp;
  if (transport == "tls") settings.transport = Transport::kTls;
  Bytes bytes = TRY(receive_bounded(exchange));
  if (bytes.size() > node::kMaxLabBytes) return Problem{413, "too_large", "at most 16 MiB", ""};
  // What was looked at is nobody's business; that somebody did is.
  TRY(exchange.parts.data.audit_act("laboratory.used", {}, {{"bytes", std::to_string(bytes.size())}},
                                    exchange.who.actor()));
  node::LabReport report = TRY(node::examine(std::move(bytes), settings));
  return json{{"is_capture", report.is_capture},
              {"is_body_only", report.is_body_only},
              {"packets", report.packets},
              {"other_messages", report.other_messages},
              {"warning", report.warning},
              {"cut", report.cut},
              {"messages", lab_list_json(report.messages, lab_message_json)},
              {"sessions", lab_list_json(report.sessions, lab_session_json)}};
}

}  // namespace

void add_laboratory_routes(Routes& routes) {
  routes.handlers.insert({{"examineInLaboratory", examine_in_laboratory}});
}

}  // namespace ew::api
