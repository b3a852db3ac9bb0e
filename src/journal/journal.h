// The journal of one lane (docs/formats/journal.md): where sealed frames become durable. The lane's thread
// appends, a writer thread writes and syncs, and tells the listener what is acknowledged.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "io/env.h"
#include "part/part.h"

namespace ew::journal {

struct Options {
  uint64_t file_size = 64ull * 1024 * 1024;
  uint64_t max_pending_bytes = 64ull * 1024 * 1024;  // appended but not acknowledged
  // Called beside the writing of a group that opens parts, on a thread of its own: makes their keys durable.
  // The group is acknowledged when both are done; a failure is treated as a failed sync and repeated.
  std::function<Status()> before_acknowledge;
  // After a failed write or sync the writer tries again with a new file after this time, until it works.
  int64_t retry_ns = 200 * kNsPerMs;
  // So many failures of one group end the journal: status() and all waits then have the error. 0: never, a
  // live source must be there when the disk comes back.
  int max_attempts = 0;
};

// Called on the writer thread, in order.
class Listener {
 public:
  virtual ~Listener() = default;
  // Everything up to this sequence number is durable.
  virtual void on_acknowledged(uint64_t sequence) = 0;
  // A part whose end is acknowledged: ready to become an object.
  virtual void on_part_ended(PartId part) = 0;
  // Writing or syncing failed (the journal goes on by itself); for the alarm and the counters.
  virtual void on_error(const Error& error) = 0;
};

// The object's bytes up to the footer: header and frames of an ended (acknowledged) part, and its end reason.
struct PartBytes {
  Bytes bytes;
  size_t header_size = 0;
  std::vector<part::FrameInfo> frames;
  part::End end = part::End::kClosed;
};

// Ended parts that wait to become objects: a journal of this process, or one of another.
class EndedParts {
 public:
  virtual ~EndedParts() = default;
  virtual Result<PartBytes> read_part(PartId part) = 0;
  // The part's object is safe in the vault: its pieces here may go.
  virtual void mark_stored(PartId part) = 0;
};

// An entry in a file. Kept for every frame of every open part, so it is small.
struct Piece {
  uint32_t file = 0;  // number
  uint32_t offset = 0;
  uint32_t size = 0;
};

// Where an ended part lies: enough for another process to read it from the same files.
struct PartPlaces {
  struct File {
    uint32_t number = 0;
    std::string path;
    std::array<uint8_t, 16> id{};
  };
  std::vector<File> files;
  std::vector<Piece> pieces;  // header, then frames in order
  part::End end = part::End::kClosed;
};
// Reads and checks every entry again.
Result<PartBytes> read_part(io::Env& env, const PartPlaces& places);

// Where acknowledged frames of a part lie that may be still written.
struct FramePlaces {
  PartPlaces places;   // header, then frames in order
  uint64_t first = 0;  // the number of the first of them
  uint64_t total = 0;  // frames of the part that are acknowledged
  bool has_ended = false;
};
struct PartFrames {
  Bytes header;
  std::vector<Bytes> frames;  // as sealed
};
// As read_part.
Result<PartFrames> read_frames(io::Env& env, const FramePlaces& places);

class Journal : public EndedParts {
 public:
  using PartBytes = journal::PartBytes;

  // Makes the folder if needed. Files that are there already belong to an earlier run: see recover().
  static Result<std::unique_ptr<Journal>> open(io::Env& env, const std::string& directory, uint16_t lane,
                                               NodeId node, Options options, Listener& listener);
  ~Journal() override = default;  // stops the writer; what was not committed is lost, as in a crash

  // The lane's thread. Each returns the entry's sequence number. Bytes are copied.
  virtual uint64_t open_part(PartId part, ByteView header) = 0;
  virtual uint64_t append_frame(PartId part, ByteView frame) = 0;
  virtual uint64_t end_part(PartId part, part::End end) = 0;
  // Hands what was appended to the writer. Blocks while more than max_pending_bytes wait (a live source asks
  // would_block() before and drops instead).
  virtual void commit() = 0;
  virtual bool would_block() const = 0;
  virtual uint64_t pending_bytes() const = 0;  // appended but not acknowledged

  // Any thread: read_part, and mark_stored of a part that has ended. It is noted with the next commit (not
  // urgent), and files that hold nothing else go once that is acknowledged, oldest first.
  virtual Result<PartPlaces> places_of(PartId part) = 0;
  // Any thread. Of any part that is not stored, at most `most` frames from `first` on.
  virtual Result<FramePlaces> frames_of(PartId part, uint64_t first, size_t most) = 0;

  virtual uint64_t acknowledged() const = 0;
  // The error with which the journal has given up.
  virtual Status status() const = 0;
  virtual Status wait_acknowledged(uint64_t sequence) = 0;
  // Waits until all that was appended is acknowledged, then closes the files (cut to length). No call after
  // it but read_part/mark_stored.
  virtual Status close() = 0;

  struct Figures {
    uint64_t files = 0, bytes = 0, pending_bytes = 0, errors = 0, syncs = 0;
    int64_t sync_ns_max = 0;
    std::vector<PartId> pinning;  // open parts with pieces in the oldest file
  };
  virtual Figures figures() const = 0;
};

// Reads what an earlier run left in a lane's folder: every acknowledged part that is not stored, parts
// without an end closed as crashed. Nothing is written; remove_files() afterwards, when the objects are in
// the vault.
// Of the last group, which may not have been acknowledged, keys may be missing: what comes back ends before
// the first part of it whose key `has_key` does not find, so it is always a beginning of what was written.
struct Recovered {
  PartId part;
  Journal::PartBytes bytes;
};
Result<std::vector<std::string>> list_files(io::Env& env, const std::string& directory);
using HasKey = std::function<bool(const part::Header&)>;
Status recover(io::Env& env, const std::string& directory, const HasKey& has_key,
               const std::function<Status(Recovered&&)>& each);
Status remove_files(io::Env& env, const std::string& directory);
// Instead of removing them: into another folder of the same file system, which is made.
Status move_files(io::Env& env, const std::string& directory, const std::string& to);

// Reads every entry of every file and checks what can be checked without a key. Errors name file and offset.
struct CheckResult {
  uint64_t files = 0, entries = 0, frames = 0;
  std::vector<std::string> findings;
};
// `closed_cleanly`: nothing may follow the last entry of a file.
Result<CheckResult> check(io::Env& env, const std::string& directory, bool closed_cleanly);

}  // namespace ew::journal
