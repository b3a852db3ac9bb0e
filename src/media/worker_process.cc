#include "media/worker_process.h"

#include <unistd.h>

#include <cerrno>

#include "media/sandbox.h"

namespace ew::media {
namespace {

bool read_all(int fd, ByteSpan bytes) {
  while (!bytes.empty()) {
    ssize_t got = read(fd, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(got));
  }
  return true;
}

bool write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
  return true;
}

// True when the parent closed its end in order.
bool serve(int fd, const DecoderFactory& factory) {
  RequestHandler handler(factory);
  Bytes message;
  for (;;) {
    uint8_t head[4];
    if (!read_all(fd, head)) return true;
    uint32_t length = ByteReader(head).u32le();
    if (length > kMaxRequest) return false;
    message.resize(length);
    if (!read_all(fd, message)) return false;
    if (!write_all(fd, handler.handle(message))) return false;
  }
}

}  // namespace

int worker_main(int fd, const DecoderFactory& factory) {
  prepare_decoders();
  Status caged = enter_sandbox(fd);
  if (!caged.ok()) {
    write_all(fd, error_reply(caged.error()));
    _exit(1);
  }
  Bytes ready = begin_reply();
  finish_reply(ready);
  // No destructors: they would reach for what the sandbox forbids.
  _exit(write_all(fd, ready) && serve(fd, factory) ? 0 : 1);
}

Bytes RequestHandler::handle(ByteView message) {
  auto request = parse_request(message);
  if (!request.ok()) return error_reply(request.error());
  auto reply = std::visit([this](const auto& parsed) { return answer(parsed); }, *request);
  if (!reply.ok()) return error_reply(reply.error());
  finish_reply(*reply);
  return std::move(reply).value();
}

Result<Bytes> RequestHandler::answer(const OpenRequest& request) {
  if (decoders_.size() >= kMaxDecoders) return Error(ErrorCode::kLimit, "too many decoders are open");
  auto decoder = TRY(factory_(request.spec));
  decoders_.emplace(next_, std::move(decoder));
  Bytes reply = begin_reply();
  ByteWriter(reply).u32le(next_++);
  return reply;
}

Result<Bytes> RequestHandler::answer(const DecodeRequest& request) {
  auto found = decoders_.find(request.decoder);
  if (found == decoders_.end()) return Error(ErrorCode::kNotFound, "no such decoder");
  Bytes reply = begin_reply();
  ByteWriter writer(reply);
  samples_.clear();
  for (const EncodedPacket& packet : request.packets) {
    size_t before = samples_.size();
    TRY(found->second->decode(packet.payload, samples_));
    if (packet.ends_run) TRY(found->second->finish(samples_));
    writer.u32le(static_cast<uint32_t>(samples_.size() - before));
  }
  if (reply.size() + samples_.size() * sizeof(int16_t) > kMaxReply)
    return Error(ErrorCode::kLimit, "the samples of one request are too many");
  writer.raw(ByteView(reinterpret_cast<const uint8_t*>(samples_.data()), samples_.size() * sizeof(int16_t)));
  return reply;
}

Result<Bytes> RequestHandler::answer(const CloseRequest& request) {
  if (decoders_.erase(request.decoder) == 0) return Error(ErrorCode::kNotFound, "no such decoder");
  return begin_reply();
}

}  // namespace ew::media
