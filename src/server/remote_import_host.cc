#include "server/remote_import_host.h"

#include <algorithm>

namespace ew::server {

Result<Bytes> RemoteImportHost::ask(KeeperCall call, const ipc::BodyWriter& question) {
  return TRY(around_.keeper.ask_patiently(static_cast<ipc::Method>(call), question.view())).body;
}

Result<NodeId> RemoteImportHost::node() {
  Bytes body = TRY(ask(KeeperCall::kNode, {}));
  ipc::BodyReader reader(body);
  NodeId node(reader.id());
  TRY(reader.finish());
  return node;
}

Result<vault::KekPublic> RemoteImportHost::current_kek() {
  Bytes body = TRY(ask(KeeperCall::kCurrentKek, {}));
  ipc::BodyReader reader(body);
  vault::KekPublic kek;
  kek.version = static_cast<uint32_t>(reader.number());
  ByteView key = reader.bytes();
  TRY(reader.finish());
  if (key.size() != kek.key.size()) return Error(ErrorCode::kInvalid, "the keeper's key has a wrong length");
  std::ranges::copy(key, kek.key.begin());
  return kek;
}

Result<std::optional<db::CaptureRow>> RemoteImportHost::capture(const std::string& sha256) {
  Bytes body = TRY(ask(KeeperCall::kCapture, ipc::BodyWriter().text(sha256)));
  ipc::BodyReader reader(body);
  if (!reader.flag()) return std::optional<db::CaptureRow>();
  db::CaptureRow capture = read_capture(reader);
  TRY(reader.finish());
  return std::optional(capture);
}

Status RemoteImportHost::put_capture(const db::CaptureRow& capture) {
  ipc::BodyWriter question;
  write(question, capture);
  TRY(ask(KeeperCall::kPutCapture, question));
  return {};
}

Result<bool> RemoteImportHost::has_calls() {
  Bytes body = TRY(ask(KeeperCall::kHasCalls, {}));
  return ipc::BodyReader(body).flag();
}

Result<std::optional<CallId>> RemoteImportHost::call_elsewhere(const std::string& sip_call_id, WallTime at,
                                                               const std::string& sha256) {
  Bytes body = TRY(
      ask(KeeperCall::kCallElsewhere, ipc::BodyWriter().text(sip_call_id).signed_number(at.ns).text(sha256)));
  ipc::BodyReader reader(body);
  if (!reader.flag()) return std::optional<CallId>();
  CallId call(reader.id());
  TRY(reader.finish());
  return std::optional(call);
}

Result<node::KnownPackets> RemoteImportHost::known_packets(
    const std::vector<recorder::CaptureIdentity>& captures) {
  ipc::BodyWriter question;
  question.number(captures.size());
  for (const recorder::CaptureIdentity& capture : captures)
    question.bytes(capture.sha256).text(capture.name).number(capture.size);
  return node::KnownPackets::decode(TRY(ask(KeeperCall::kKnownPackets, question)));
}

Status RemoteImportHost::act(const std::string& kind,
                             const std::vector<std::pair<std::string, std::string>>& details) {
  ipc::BodyWriter question;
  question.text(kind).number(details.size());
  for (const auto& [name, value] : details) question.text(name).text(value);
  TRY(ask(KeeperCall::kAct, question));
  return {};
}

std::string RemoteImportHost::lane_directory(size_t) {
  return io::join(around_.run_directory, std::to_string(around_.next_lane++));
}

void RemoteImportHost::part_ended(recorder::Lane& lane, PartId part) {
  around_.offered.add(lane.journal(), part);
}

Status RemoteImportHost::finish(std::vector<std::unique_ptr<recorder::LaneThread>> lanes) {
  for (auto& lane : lanes) around_.offered.retire(std::move(lane));
  return {};
}

Result<ipc::Answer> ImportAnswers::answer(ipc::Method method, ipc::BodyReader& question,
                                          std::vector<Descriptor>&) {
  return ipc::Answer{TRY(answer(static_cast<KeeperCall>(method), question)), {}};
}

Result<Bytes> ImportAnswers::answer(KeeperCall call, ipc::BodyReader& question) {
  ipc::BodyWriter body;
  switch (call) {
    case KeeperCall::kNode:
      body.id(TRY(host_.node()));
      break;
    case KeeperCall::kCurrentKek: {
      vault::KekPublic kek = TRY(host_.current_kek());
      body.number(kek.version).bytes(kek.key);
      break;
    }
    case KeeperCall::kCapture: {
      std::string sha256 = question.text();
      TRY(question.finish());
      auto capture = TRY(host_.capture(sha256));
      body.flag(capture.has_value());
      if (capture) write(body, *capture);
      break;
    }
    case KeeperCall::kPutCapture: {
      db::CaptureRow capture = read_capture(question);
      TRY(question.finish());
      TRY(host_.put_capture(capture));
      break;
    }
    case KeeperCall::kHasCalls:
      body.flag(TRY(host_.has_calls()));
      break;
    case KeeperCall::kCallElsewhere: {
      std::string sip_call_id = question.text();
      WallTime at{question.signed_number()};
      std::string sha256 = question.text();
      TRY(question.finish());
      auto found = TRY(host_.call_elsewhere(sip_call_id, at, sha256));
      body.flag(found.has_value()).id(found.value_or(CallId()));
      break;
    }
    case KeeperCall::kKnownPackets:
      return known_packets(question);
    case KeeperCall::kAct:
      TRY(act(question));
      break;
    default:
      return Error(ErrorCode::kInvalid, "not a question of the recorder");
  }
  return body.take();
}

Result<Bytes> ImportAnswers::known_packets(ipc::BodyReader& question) {
  std::vector<recorder::CaptureIdentity> captures;
  for (size_t left = question.count(2); left > 0; --left) {
    recorder::CaptureIdentity& capture = captures.emplace_back();
    ByteView sha256 = question.bytes();
    if (sha256.size() == capture.sha256.size()) std::ranges::copy(sha256, capture.sha256.begin());
    capture.name = question.text();
    capture.size = question.number();
  }
  TRY(question.finish());
  return TRY(host_.known_packets(captures)).encode();
}

Status ImportAnswers::act(ipc::BodyReader& question) {
  std::string kind = question.text();
  std::vector<std::pair<std::string, std::string>> details;
  for (size_t left = question.count(2); left > 0; --left) {
    std::string name = question.text();
    details.emplace_back(std::move(name), question.text());
  }
  TRY(question.finish());
  return host_.act(kind, details);
}

}  // namespace ew::server
