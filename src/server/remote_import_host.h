// RemoteImportHost: an import in the recorder, which asks the keeper what the database knows. When the keeper
// is away it waits: a file can.
#pragma once

#include <atomic>
#include <functional>

#include "node/import_host.h"
#include "server/offered_parts.h"

namespace ew::server {

class RemoteImportHost : public node::ImportHost {
 public:
  struct Surroundings {
    io::Env& env;
    const Clock& clock;
    vault::KeyStore& keys;
    ipc::Client& keeper;
    OfferedParts& offered;
    std::string tenant;
    std::string run_directory;                   // DATA/journal/<run>
    std::atomic<uint64_t>& next_lane;            // numbers are never used twice in a run
    std::function<void(const Error&)> on_error;  // of the journal
  };
  explicit RemoteImportHost(Surroundings around) : around_(std::move(around)) {}

  io::Env& env() override { return around_.env; }
  const Clock& clock() override { return around_.clock; }
  vault::KeyStore& keys() override { return around_.keys; }
  const std::string& tenant() override { return around_.tenant; }
  Result<NodeId> node() override;
  Result<vault::KekPublic> current_kek() override;
  Result<std::optional<db::CaptureRow>> capture(const std::string& sha256) override;
  Status put_capture(const db::CaptureRow& capture) override;
  Result<bool> has_calls() override;
  Result<std::optional<CallId>> call_elsewhere(const std::string& sip_call_id, WallTime at,
                                               const std::string& sha256) override;
  Result<node::KnownPackets> known_packets(const std::vector<recorder::CaptureIdentity>& captures) override;
  Status act(const std::string& kind,
             const std::vector<std::pair<std::string, std::string>>& details) override;
  std::string lane_directory(size_t lane) override;
  Status begin() override { return {}; }
  void part_ended(recorder::Lane& lane, PartId part) override;
  void journal_error(const Error& error) override { around_.on_error(error); }
  Status trouble() override { return {}; }
  bool must_wait() const override {
    return !around_.keeper.is_connected() || around_.offered.waiting() > kMaxWaitingParts;
  }
  Status finish(std::vector<std::unique_ptr<recorder::LaneThread>> lanes) override;

 private:
  Result<Bytes> ask(KeeperCall call, const ipc::BodyWriter& question);

  Surroundings around_;
};

// The keeper's answers.
class ImportAnswers : public ipc::Service {
 public:
  explicit ImportAnswers(node::ImportHost& host) : host_(host) {}
  Result<ipc::Answer> answer(ipc::Method method, ipc::BodyReader& question,
                             std::vector<Descriptor>& descriptors) override;

 private:
  Result<Bytes> answer(KeeperCall call, ipc::BodyReader& question);
  Result<Bytes> known_packets(ipc::BodyReader& question);
  Status act(ipc::BodyReader& question);

  node::ImportHost& host_;
};

}  // namespace ew::server
