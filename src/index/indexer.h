// Indexer: log parts become rows of the call log. The vault is the truth: rows_of() makes all machine-made
// rows of a call from its stored parts and nothing else, so that an update, a rebuild and a check are the
// same function.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "db/call_log.h"
#include "vault/arrivals.h"
#include "vault/vault.h"

namespace ew::index {

// All rows of one call from all of its parts. Recordings are in order of their id; the call's own facts come
// from the first, what it does not know from the others. A recording that a crash ended gets its end and its
// counters from what was stored.
Result<db::CallRows> rows_of(vault::Vault& vault, std::vector<vault::StoredPart> parts);

db::PartRow part_row(const vault::StoredPart& part);

// Any thread: who comes second waits.
class Indexer {
 public:
  static constexpr const char* kCursor = "arrivals";

  Indexer(vault::Vault& vault, db::CallLog& calls, vault::Arrivals& arrivals)
      : vault_(vault), calls_(calls), arrivals_(arrivals) {}

  // Told of every call whose rows were stored because something of it arrived, on the thread that stores.
  // Before the first run; a rebuild tells nobody.
  void on_stored(std::function<void(const db::CallRows&)> listener) { on_stored_ = std::move(listener); }

  // Reads arrivals on from the cursor and stores the rows of the calls they belong to. The number of objects
  // taken; 0 at the end.
  Result<size_t> run_once(size_t limit);
  Status run();

  // Throws all machine-made rows away and makes them again from the vault. When `progress` says false it
  // stops with kBusy; the next run goes on where it is.
  Status rebuild(const std::function<bool(uint64_t calls, uint64_t of)>& progress);

 private:
  Result<db::CallRows> updated(CallId call, std::vector<vault::StoredPart> arrived);

  vault::Vault& vault_;
  db::CallLog& calls_;
  vault::Arrivals& arrivals_;
  std::function<void(const db::CallRows&)> on_stored_;
  std::mutex working_;
};

// The names of all objects of the vault by call, without derived parts.
Result<std::map<CallId, std::vector<std::string>>> objects_by_call(
    vault::Vault& vault, const std::function<void(const std::string&, const Error&)>& unreadable);

}  // namespace ew::index
