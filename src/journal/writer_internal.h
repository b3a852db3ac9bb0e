// The file side of a journal: groups of batches become durable, whatever it takes. Used by the writer thread
// alone.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "journal/journal.h"
#include "journal/log_file_internal.h"
#include "journal/part_index_internal.h"

namespace ew::journal {

// What one commit() handed over, and where it lies once it is written.
struct Batch {
  Bytes bytes;
  uint64_t first_sequence = 0;
  bool opens_parts = false;
  uint32_t file = 0;
  uint64_t offset = 0;
};
using Group = std::vector<Batch>;  // written before one sync

class GroupWriter {
 public:
  struct Setup {
    io::Env& env;
    std::string directory;
    uint16_t lane = 0;
    NodeId node;
    uint64_t file_size = 0;
    uint64_t next_number = 1;
  };
  struct Figures {
    uint64_t syncs = 0;
    int64_t sync_ns_max = 0;
  };

  // The index's files are changed under `mutex`. `report` takes errors that do not keep a group from being
  // durable.
  GroupWriter(Setup setup, std::mutex& mutex, PartIndex& index, std::function<void(const Error&)> report)
      : setup_(std::move(setup)), mutex_(mutex), index_(index), report_(std::move(report)) {}

  // One attempt. After an error the current file is given up and the next attempt begins a new one.
  Status write(Group& group);
  // No more groups: cuts the current file to its length.
  Status finish();
  // Removes the oldest files that hold nothing any more; never the current one.
  void release_files();
  Figures figures() const;  // any thread; takes the mutex

 private:
  Status try_write(Group& group);
  Status begin_file(size_t least_room);
  Status close_full_file();
  Status sync_current();
  void give_up_current();

  Setup setup_;
  std::mutex& mutex_;
  PartIndex& index_;
  std::function<void(const Error&)> report_;
  std::unique_ptr<LogFile> current_;
  bool is_acknowledged_in_current_ = false;
  bool takes_over_ = false;  // the next file follows one that was given up
  Figures figures_;          // guarded by mutex_
};

}  // namespace ew::journal
