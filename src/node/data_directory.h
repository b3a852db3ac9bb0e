// DataDirectory: everything that one node keeps, opened and locked: vault, keys, audit log, arrivals, call
// log, and the journals of a former run, which are brought home first.
//
//   DATA/lock, node, journal/<lane>/ of a command, journal/<run>/<lane>/ of a server, journal-damaged/,
//       vault/, keys/, audit/, calls.sqlite
//       KEYS/<tenant>…, audit-log.key
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "db/call_log.h"
#include "evidence/audit_log.h"
#include "index/indexer.h"
#include "recorder/sealer.h"
#include "vault/vault.h"

namespace ew::node {

enum class Access {
  kAlone,   // takes the directory's lock (kBusy if a server or another command holds it), recovers journals
  kServed,  // the server's keeper: the lock is the supervisor's, and a recorder writes keys and journals
};

class DataDirectory {
 public:
  // Makes what is missing, and brings the call log up to date.
  static Result<std::unique_ptr<DataDirectory>> open(io::Env& env, const Clock& clock,
                                                     const config::Config& config,
                                                     Access access = Access::kAlone);
  ~DataDirectory();

  io::Env& env() { return env_; }
  const Clock& clock() const { return clock_; }
  const config::Config& config() const { return config_; }
  Access access() const { return access_; }
  NodeId node() const { return node_; }
  const crypto::PublicKey& audit_key() const { return audit_key_.public_key; }
  vault::ObjectStore& objects() { return *objects_; }
  vault::KeyStore& keys() { return *keys_; }
  vault::KekProvider& keks() { return *keks_; }
  vault::Vault& vault() { return *vault_; }
  vault::Arrivals& arrivals() { return *arrivals_; }
  evidence::AuditLog& audit() { return *audit_; }
  db::CallLog& calls() { return *calls_; }
  index::Indexer& indexer() { return *indexer_; }
  recorder::Sealer& sealer() { return *sealer_; }
  std::string journal_directory(size_t lane) const;
  std::string path(const std::string& name) const;
  std::string database_url() const;  // of the call log, for those who need a connection of their own

  // Brings home what former runs left in their journals: all of them, or those before this run of a recorder.
  Status recover_journals(std::optional<uint64_t> before_run = std::nullopt);

  // Whether a former run had not stopped in order, and what was brought home then.
  uint64_t recovered_parts() const { return recovered_parts_; }
  // What was found damaged in the journals of a former run: acknowledged frames may be lost. All that can be
  // read was brought home; the files are kept in DATA/journal-damaged until somebody removes them.
  const std::vector<std::string>& journal_damage() const { return journal_damage_; }
  // An act of a person, durable before it is answered. The actor is an account's random id, or "cli".
  Status audit_act(std::string kind, RecordingId recording,
                   std::vector<std::pair<std::string, std::string>> details, std::string actor = "cli",
                   std::string result = "ok");
  // A signed checkpoint over everything: what a clean stop leaves behind.
  Status close();

 private:
  DataDirectory(io::Env& env, const Clock& clock, config::Config config, Access access);
  Status take_lock();
  Status open_identity();
  Status open_storage();
  Status recover_run(const std::string& run);
  Status recover_journal(const std::string& name);

  io::Env& env_;
  const Clock& clock_;
  config::Config config_;
  const Access access_;
  std::unique_ptr<io::Lock> lock_;
  NodeId node_;
  crypto::SigningKey audit_key_;
  std::unique_ptr<vault::ObjectStore> objects_;
  std::unique_ptr<vault::KeyStore> keys_;
  std::unique_ptr<vault::KekProvider> keks_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<vault::Arrivals> arrivals_;
  std::unique_ptr<evidence::AuditLog> audit_;
  std::unique_ptr<db::CallLog> calls_;
  std::unique_ptr<index::Indexer> indexer_;
  std::unique_ptr<recorder::Sealer> sealer_;
  uint64_t recovered_parts_ = 0;
  std::vector<std::string> journal_damage_;
};

}  // namespace ew::node
