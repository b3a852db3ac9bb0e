// Sealer: ended parts go from the journal to the vault. For each part: object put and read back, its Merkle
// root committed in the audit log, its name added to the arrivals; only then does the journal let go. A crash
// between any two steps repeats them.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "evidence/audit_log.h"
#include "journal/journal.h"
#include "vault/arrivals.h"
#include "vault/keys.h"
#include "vault/object_store.h"

namespace ew::recorder {

struct SealerFigures {
  uint64_t parts = 0, bytes = 0;
};

class Sealer {
 public:
  Sealer(vault::ObjectStore& objects, vault::KeyStore& keys, evidence::AuditLog& audit,
         vault::Arrivals& arrivals, const Clock& clock)
      : objects_(objects), keys_(keys), audit_(audit), arrivals_(arrivals), clock_(clock) {}

  // A part is ready. Any thread.
  void part_ended(journal::EndedParts& parts, PartId part);
  // Seals what is ready, at most `limit` parts; the number sealed. One thread. After an error what was taken
  // is ready again, but for a part that is damaged where it lies: recover() looks at it once its journal's
  // run is over.
  Result<size_t> seal_ready(size_t limit);
  // Nothing is ready any more: the journals are gone with their process, and recover() has what they held.
  void forget_ready();
  // How long the oldest ready part has waited.
  int64_t waiting_ns() const;
  // Waits until something is ready, or the time has passed.
  void wait(int64_t nanoseconds);
  size_t ready() const;
  // What a former run left in a journal's folder becomes objects; the folder stays as it is. Of a damaged
  // journal the vault may have more of a part than can still be read there: what it has is left alone.
  enum class JournalState { kSound, kDamaged };
  Status recover(io::Env& env, const std::string& journal_directory, JournalState state);

  const SealerFigures& figures() const { return figures_; }

 private:
  struct Ready {
    journal::EndedParts* parts;
    PartId part;
    int64_t since_ns;  // monotonic
  };
  struct Object {
    std::string name;
    part::Header header;
    journal::PartBytes bytes;
    Bytes footer;  // empty if `bytes` has it
    crypto::Digest root{};
    size_t frames = 0;
  };
  static Result<Object> make_object(journal::PartBytes bytes);
  Result<Object> stored_object(const std::string& name);
  std::optional<Ready> take_ready();
  void put_back(const std::vector<Ready>& taken);
  Status store(const std::vector<Object>& objects);
  bool has_key(const part::Header& header);

  vault::ObjectStore& objects_;
  vault::KeyStore& keys_;
  evidence::AuditLog& audit_;
  vault::Arrivals& arrivals_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Ready> ready_;
  SealerFigures figures_;
};

}  // namespace ew::recorder
