// ImportHost: what an import needs of the rest of the node. In one process that is the data directory itself
// (LocalImportHost); the recorder, which has no database, asks the keeper.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/call_log.h"
#include "io/env.h"
#include "node/known_packets.h"
#include "recorder/lane_thread.h"
#include "vault/keys.h"

namespace ew::node {

class ImportHost {
 public:
  virtual ~ImportHost() = default;

  virtual io::Env& env() = 0;
  virtual const Clock& clock() = 0;
  virtual vault::KeyStore& keys() = 0;
  virtual const std::string& tenant() = 0;
  virtual Result<NodeId> node() = 0;
  virtual Result<vault::KekPublic> current_kek() = 0;

  // What earlier imports stored.
  virtual Result<std::optional<db::CaptureRow>> capture(const std::string& sha256) = 0;
  virtual Status put_capture(const db::CaptureRow& capture) = 0;
  virtual Result<bool> has_calls() = 0;
  // The call that has this SIP Call-ID, began near `at`, and was not made from this capture.
  virtual Result<std::optional<CallId>> call_elsewhere(const std::string& sip_call_id, WallTime at,
                                                       const std::string& sha256) = 0;
  virtual Result<KnownPackets> known_packets(const std::vector<recorder::CaptureIdentity>& captures) = 0;
  // In the audit log, durable on return.
  virtual Status act(const std::string& kind,
                     const std::vector<std::pair<std::string, std::string>>& details) = 0;

  // The folder for a lane's journal.
  virtual std::string lane_directory(size_t lane) = 0;
  // Parts are about to end.
  virtual Status begin() = 0;
  // A part is ready to become an object. On the journal's writer thread.
  virtual void part_ended(recorder::Lane& lane, PartId part) = 0;
  // The journal had trouble. Any thread.
  virtual void journal_error(const Error& error) = 0;
  // Why the import cannot go on; asked now and then.
  virtual Status trouble() = 0;
  // All journals are closed. They are needed as long as parts of them are not stored.
  virtual Status finish(std::vector<std::unique_ptr<recorder::LaneThread>> lanes) = 0;
};

}  // namespace ew::node
