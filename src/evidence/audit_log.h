// The audit log: per node an append-only Merkle log (RFC 6962 hashing, C2SP tlog-tiles layout, Ed25519 signed
// checkpoints; docs/formats/audit.md). Leaves hold random ids, roots and salted commitments, never a number
// or a name.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "io/env.h"

namespace ew::evidence {

// One leaf. Encoded as canonical JSON (RFC 8785: sorted keys, no spaces), at most 64 KiB.
struct Event {
  WallTime at;
  std::string kind;       // "part.stored", "import.started", "import.finished", "call.exported",
                          // "verify.finished", "key.rotated", "log.opened", …
  RecordingId recording;  // nil if about none; else the event joins that recording's chain (rseq, hash of its
                          // event before)
  std::string actor;      // random id of an account, "cli", "recorder"
  std::string result;     // "ok", "denied", "failed"
  // Further members: ids, roots, counts, commitments; the keys are sorted on encoding. Text values must be
  // printable ASCII.
  std::vector<std::pair<std::string, std::string>> details;
};
// HMAC-SHA-256(salt, value) as hex: what stands in a leaf for a value that must not stand there (REQUIREMENTS
// E05).
std::string commitment(ByteView salt, std::string_view value);

struct Checkpoint {  // C2SP tlog-checkpoint, signed note
  std::string origin;
  uint64_t size = 0;
  crypto::Digest root{};
};

struct Options {
  std::string origin;  // "earwitness/<node id>"
  uint64_t checkpoint_every_events = 1'000;
  int64_t checkpoint_every_ns = 10 * kNsPerSec;
};

class AuditLog {
 public:
  // Opens or makes the log in `directory`. Checks at start that checkpoint, tiles and entries are consistent
  // and that what was durable behind the last checkpoint joins on; kCorrupt with file and offset where not
  // (never repaired silently: a log that is shorter than its checkpoint is refused, REQUIREMENTS E07). A torn
  // tail behind the last durable entry is cut.
  static Result<std::unique_ptr<AuditLog>> open(io::Env& env, const std::string& directory,
                                                const crypto::SigningKey& key, const Clock& clock,
                                                Options options);
  virtual ~AuditLog() = default;

  // Appends; the event is in the log once flush() (or a later one) returns. Any thread. Returns its index.
  virtual Result<uint64_t> append(const Event& event) = 0;
  // Durable on return; concurrent callers share one sync. Makes a checkpoint when due.
  virtual Status flush() = 0;
  // append and flush: what must be durable before an answer is given.
  Status record(const Event& event);
  // Writes tiles and a signed checkpoint for everything appended.
  virtual Status checkpoint() = 0;
  virtual uint64_t size() const = 0;
  // The encoded leaf; for lists and bundles.
  virtual Result<std::string> entry(uint64_t index) = 0;
  virtual Result<std::vector<crypto::Digest>> inclusion_proof(uint64_t index, uint64_t size) = 0;
};

// Reads the whole log and checks each byte that has a meaning: tiles against entries, checkpoint's signature
// and root, chains of recordings.
struct CheckResult {
  uint64_t entries = 0;
  std::vector<std::string> findings;  // each names file and offset
};
Result<CheckResult> check(io::Env& env, const std::string& directory, const crypto::PublicKey& key,
                          const std::function<void(uint64_t index, std::string_view entry)>& each = {});

// Consistency of two sizes (RFC 6962 section 2.1.4), inclusion (2.1.3): for our own checks and for tests.
bool verify_inclusion(const crypto::Digest& leaf_hash, uint64_t index, uint64_t size,
                      const std::vector<crypto::Digest>& proof, const crypto::Digest& root);
// Signed note: text, empty line, "— origin base64(4-byte key hash || signature)".
std::string sign_checkpoint(const Checkpoint& checkpoint, const crypto::SigningKey& key);
Result<Checkpoint> open_checkpoint(std::string_view note, const std::string& origin,
                                   const crypto::PublicKey& key);

}  // namespace ew::evidence
