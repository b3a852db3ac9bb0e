// The parent's side of a media worker: starts the process, gives it work, survives its death.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "media/worker_protocol.h"

namespace ew::media {

// Not for use by two threads at once. After a crash, a hang or a breach of the protocol the process is
// killed, every call fails with kIo and the cause, and restart() begins anew without decoders.
class Worker {
 public:
  static constexpr int64_t kTimeoutNs =
      20'000'000'000;  // for one request, which is a fraction of a second of work

  // `command` is the program and its arguments, for example {"/proc/self/exe", "media-worker"}. It inherits
  // one end of a socket pair as kWorkerFd, standard error, and an empty environment.
  static Result<std::unique_ptr<Worker>> start(std::vector<std::string> command,
                                               int64_t timeout_ns = kTimeoutNs);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  bool alive() const { return fd_ >= 0; }
  Status restart();

  // kUnsupported names the codec.
  Result<DecoderId> open_decoder(const DecoderSpec& spec);
  // Many packets in one round trip: at most kMaxBatchPackets with kMaxBatchBytes. Payloads of at most
  // kMaxPayload.
  Result<Pcm> decode(DecoderId decoder, std::span<const EncodedPacket> packets);
  Status close_decoder(DecoderId decoder);

 private:
  Worker(std::vector<std::string> command, int64_t timeout_ns)
      : command_(std::move(command)), timeout_ns_(timeout_ns) {}
  Status spawn();
  // The reply's body, valid until the next request.
  Result<ByteView> ask(ByteView request);
  Status send_all(ByteView bytes, int64_t deadline_ns);
  Status receive_all(ByteSpan bytes, int64_t deadline_ns);
  Result<ByteView> receive_reply(int64_t deadline_ns);
  Status wait_for(short events, int64_t deadline_ns);
  // Kills the process, and says how it ended.
  Error died(const std::string& what);
  std::string stop();

  std::vector<std::string> command_;
  int64_t timeout_ns_;
  int fd_ = -1;
  int pid_ = -1;
  Bytes reply_;
};

}  // namespace ew::media
