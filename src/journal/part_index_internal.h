// Which files hold pieces of which parts that are not stored yet, and so, which files must stay.
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include "journal/pieces_internal.h"

namespace ew::journal {

// Not for use by two threads at once: the journal's lock guards it.
class PartIndex {
 public:
  struct Part {
    std::vector<Piece> pieces;    // header, then frames in order
    std::vector<uint32_t> files;  // that hold any entry of it, ascending
    std::optional<part::End> end;
    bool is_being_stored = false;  // its `stored` entry is on its way
  };
  struct File {
    FilePlace place;
    uint64_t bytes = 0;
    size_t parts = 0;  // with an entry in it
  };

  void add_file(uint32_t number, FilePlace place) { files_[number].place = std::move(place); }
  void set_bytes(uint32_t number, uint64_t bytes) { files_.at(number).bytes = bytes; }
  void remove_file(uint32_t number) { files_.erase(number); }
  const std::map<uint32_t, File>& files() const { return files_; }

  // An acknowledged entry that lies in `file`.
  void add(const Entry& entry, uint32_t file);
  Part* find(const PartId& id);
  void remove_part(const PartId& id);
  // Files are let go oldest first, so that none that says `stored` goes before those that hold the part's
  // pieces.
  bool may_remove_oldest() const { return !files_.empty() && files_.begin()->second.parts == 0; }
  // Parts without an end that keep the oldest file.
  std::vector<PartId> open_parts_in_oldest() const;

 private:
  std::unordered_map<PartId, Part, IdHash> parts_;
  std::map<uint32_t, File> files_;
};

}  // namespace ew::journal
