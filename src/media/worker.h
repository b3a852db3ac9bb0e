// The parent's side of a media worker: starts the process, gives it work, survives its death.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "media/worker_protocol.h"

namespace ew::media {

// A worker process that somebody started: our end of its socket, and how to be rid of it once that is closed.
struct WorkerProcess {
  Descriptor socket;
  std::function<std::string()> end;  // waits a little, then forces; says how it ended
};

// How a worker is started: by a command of our own, or by somebody who may start processes where we may not.
class WorkerLauncher {
 public:
  WorkerLauncher() = default;
  // The program and its arguments, for example {"/proc/self/exe", "media-worker"}. It inherits one end of a
  // socket pair as kWorkerFd, standard error, and an empty environment.
  WorkerLauncher(std::vector<std::string> command);            // NOLINT: a command is a launcher
  WorkerLauncher(std::initializer_list<std::string> command);  // NOLINT
  explicit WorkerLauncher(std::function<Result<WorkerProcess>()> start) : start_(std::move(start)) {}
  Result<WorkerProcess> start() const;

 private:
  std::function<Result<WorkerProcess>()> start_;
};

// Not for use by two threads at once. After a crash, a hang or a breach of the protocol the process is
// killed, every call fails with kIo and the cause, and restart() begins anew without decoders.
class Worker {
 public:
  static constexpr int64_t kTimeoutNs =
      20'000'000'000;  // for one request, which is a fraction of a second of work

  static Result<std::unique_ptr<Worker>> start(WorkerLauncher launcher, int64_t timeout_ns = kTimeoutNs);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  bool alive() const { return static_cast<bool>(process_.socket); }
  Status restart();

  // kUnsupported names the codec.
  Result<DecoderId> open_decoder(const DecoderSpec& spec);
  // Many packets in one round trip: at most kMaxBatchPackets with kMaxBatchBytes. Payloads of at most
  // kMaxPayload.
  Result<Pcm> decode(DecoderId decoder, std::span<const EncodedPacket> packets);
  Status close_decoder(DecoderId decoder);

 private:
  Worker(WorkerLauncher launcher, int64_t timeout_ns)
      : launcher_(std::move(launcher)), timeout_ns_(timeout_ns) {}
  Status launch();
  // The reply's body, valid until the next request.
  Result<ByteView> ask(ByteView request);
  Status send_all(ByteView bytes, int64_t deadline_ns);
  Status receive_all(ByteSpan bytes, int64_t deadline_ns);
  Result<ByteView> receive_reply(int64_t deadline_ns);
  Status wait_for(short events, int64_t deadline_ns);
  // Kills the process, and says how it ended.
  Error died(const std::string& what);
  std::string stop();

  WorkerLauncher launcher_;
  int64_t timeout_ns_;
  WorkerProcess process_;
  Bytes reply_;
};

}  // namespace ew::media
