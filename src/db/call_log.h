// The call log: all SQL of the program, for SQLite and PostgreSQL, behind one interface and one contract
// suite (db/call_log_contract.h). Rows are made by index/ from log parts; this module stores, finds and
// counts them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "model/call_record.h"

namespace ew::db {

// One object of the vault, as the call log knows it.
struct PartRow {
  PartId part_id;
  RecordingId recording_id;
  CallId call_id;
  std::string tenant = "default";
  std::string kind;  // "log", "media", "derived"
  uint32_t number = 0, generation = 0;
  std::string object;  // name in the vault
  uint64_t size = 0, frames = 0;
  std::string root;  // hex
  std::string end;   // "closed", "cut", "crash", …
  WallTime first_at, last_at;
};

// All machine-made rows of one call as known from everything stored of it. Storing replaces all machine-made
// rows of this call (and keeps those that people made); equal input gives equal rows.
struct CallRows {
  CallRecord call;
  std::vector<RecordingRecord> recordings;
  std::vector<PartRow> parts;
};

struct CallFilter {
  std::string tenant = "default";
  std::optional<WallTime> from, to;   // start_at in [from, to)
  std::optional<std::string> number;  // digits, any notation: prefix of caller's, called's or connected
                                      // number, with or without +, 00
  std::optional<std::string> name;    // part of either name, from the beginning of a word on, without case and
                                      // accents
  std::optional<TechResult> tech_result;
  std::optional<Direction> direction;
  std::optional<RecordingState> recording_state;
  std::optional<double> min_duration_sec, max_duration_sec;
  std::optional<std::string> codec;  // without case
  std::optional<SourceKind> source;
  std::optional<std::string> sip_call_id;
  std::optional<std::string> external_id;  // one of any kind, whole
  std::vector<std::string>
      words;  // each must be a prefix of some word of the call (folded): names, numbers, ids, user agents
};

// Newest first. The key of the last row of a page begins the next one.
struct PageKey {
  WallTime start_at;
  CallId call_id;
};
struct CallPage {
  std::vector<CallRecord> calls;                         // with streams, legs; events only in find()
  std::vector<std::vector<RecordingRecord>> recordings;  // of each
  std::optional<PageKey> next;
};
struct Count {
  uint64_t value = 0;
  bool more = false;  // "more than value": counting stops at 10,000
};

struct CaptureRow {
  std::string sha256;  // hex
  std::string name;
  uint64_t size = 0, packets = 0;
  bool complete = false;  // every packet was taken; a repeat has nothing to add
};

class CallLog {
 public:
  // "sqlite:PATH" or "postgresql://…" (libpq). Applies missing migrations; a newer schema than ours is
  // refused. The clock dates created_at and updated_at; without one it is the system's. Threads that shall
  // not wait for each other open one each.
  static Result<std::unique_ptr<CallLog>> open(const std::string& url,
                                               std::unique_ptr<const Clock> clock = nullptr);
  virtual ~CallLog() = default;

  // Stores rows of many calls and moves the cursor (if it has a name) in one transaction: either all is in or
  // nothing. Streams are taken from the recordings; from the call only where it has none. Texts are made
  // valid UTF-8 and cut at 1,000 bytes.
  virtual Status store(const std::vector<CallRows>& calls, const std::string& cursor_name,
                       const std::string& cursor) = 0;
  virtual Result<std::optional<std::string>> cursor(const std::string& name) = 0;
  // Removes every machine-made row and cursor, for a rebuild; captures too, so that one that is imported
  // again is read again.
  virtual Status clear_machine_rows() = 0;

  // From now on what is asked for reading ends after so long, with kLimit: a search that finds nothing may have
  // to look at everything.
  virtual Status limit_reads(int64_t milliseconds) = 0;

  virtual Result<CallPage> list(const CallFilter& filter, const std::optional<PageKey>& after,
                                size_t limit) = 0;
  virtual Result<Count> count(const CallFilter& filter) = 0;
  virtual Result<std::optional<CallRows>> find(const std::string& tenant, CallId call) = 0;
  // For `show PREFIX`: ids that begin with this text, at most 10.
  virtual Result<std::vector<CallId>> find_by_prefix(const std::string& tenant,
                                                     const std::string& id_prefix) = 0;
  // The call that has this SIP Call-ID and started within `window_ns` of `at`; for recognising the same call
  // in another capture.
  virtual Result<std::optional<CallId>> find_by_sip_call_id(const std::string& tenant,
                                                            const std::string& sip_call_id, WallTime at,
                                                            int64_t window_ns) = 0;
  // The calls of one interaction (a call, its consultations and transfers) by start, at most 100.
  virtual Result<std::vector<CallId>> calls_of_interaction(const std::string& tenant,
                                                           InteractionId interaction) = 0;
  // The calls of which a recording was made from this capture (SHA-256 in hex), in order of id.
  virtual Result<std::vector<CallId>> calls_of_capture(const std::string& tenant, const std::string& sha256) = 0;
  // Every call id in order, for verify and reindex.
  virtual Result<std::vector<CallId>> all_calls(const std::string& tenant, const std::optional<CallId>& after,
                                                size_t limit) = 0;
  virtual Result<std::vector<std::string>> tenants() = 0;

  virtual Status put_capture(const CaptureRow& capture) = 0;
  virtual Result<std::optional<CaptureRow>> capture(const std::string& sha256) = 0;

  // Every machine-made row of every call as text, in order of tables and keys, without created_at, updated_at
  // and ingest_version: two call logs with equal dumps hold the same. Cursors and captures are the importer's
  // notes and no part of it.
  virtual Status dump(const std::function<void(const std::string& line)>& each) = 0;
  // The same lines for one call, sorted: what is stored, and what `rows` would give when stored. verify
  // compares the two.
  virtual Result<std::vector<std::string>> dump_call(const std::string& tenant, CallId call) = 0;
  static std::vector<std::string> dump_of(const CallRows& rows);
};

}  // namespace ew::db
