// ImportHost: what an import needs of the rest of the node besides: what the database knows. In one process
// that is the data directory itself (LocalImportHost); the recorder, which has no database, asks the keeper.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/call_log.h"
#include "node/known_packets.h"
#include "node/recording_host.h"

namespace ew::node {

class ImportHost : public RecordingHost {
 public:
  static constexpr size_t kMaxWaitingParts = 2000;  // ended and not yet stored

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

  // Parts are about to end.
  virtual Status begin() = 0;
  // Why the import cannot go on; asked now and then.
  virtual Status trouble() = 0;
  // Whoever stores the ended parts is away or too far behind: a file can wait, and the journal stays bounded.
  virtual bool must_wait() const = 0;
};

}  // namespace ew::node
