// LocalImportHost: an import in the process that has the data directory open, as the command does it. A
// keeper of its own brings parts home while the import runs.
#pragma once

#include "node/import_host.h"
#include "node/keeper.h"

namespace ew::node {

class LocalImportHost : public ImportHost {
 public:
  explicit LocalImportHost(DataDirectory& data) : data_(data) {}

  io::Env& env() override { return data_.env(); }
  const Clock& clock() override { return data_.clock(); }
  vault::KeyStore& keys() override { return data_.keys(); }
  const std::string& tenant() override { return data_.config().tenant; }
  Result<NodeId> node() override { return data_.node(); }
  Result<vault::KekPublic> current_kek() override { return data_.keks().current(tenant()); }
  Result<std::optional<db::CaptureRow>> capture(const std::string& sha256) override;
  Status put_capture(const db::CaptureRow& capture) override;
  Result<bool> has_calls() override;
  Result<std::optional<CallId>> call_elsewhere(const std::string& sip_call_id, WallTime at,
                                               const std::string& sha256) override;
  Result<KnownPackets> known_packets(const std::vector<recorder::CaptureIdentity>& captures) override;
  Status act(const std::string& kind,
             const std::vector<std::pair<std::string, std::string>>& details) override;
  std::string lane_directory(size_t lane) override { return data_.journal_directory(lane); }
  Status begin() override;
  void part_ended(recorder::Lane& lane, PartId part) override;
  void journal_error(const Error& error) override;
  Status trouble() override;
  bool must_wait() const override { return data_.sealer().ready() > kMaxWaitingParts; }
  Status finish(std::vector<std::unique_ptr<recorder::LaneThread>> lanes) override;

  double keeper_cpu_seconds() const { return keeper_ ? keeper_->cpu_seconds() : 0; }

 private:
  DataDirectory& data_;
  std::unique_ptr<Keeper> keeper_;
};

}  // namespace ew::node
