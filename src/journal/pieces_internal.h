// Where the entries of a part lie, and reading them back.
#pragma once

#include <functional>

#include "io/env.h"
#include "journal/format_internal.h"
#include "journal/journal.h"

namespace ew::journal {

constexpr uint64_t kMaxFileSize = uint64_t{1} << 32;  // offsets are 32 bits

struct FilePlace {
  std::string path;
  FileId id{};
};

// Reads header and frames, checks every entry again, and puts the object's bytes together. pieces[0] is the
// header's.
Result<Journal::PartBytes> read_pieces(io::Env& env, const std::vector<Piece>& pieces, part::End end,
                                       const std::function<FilePlace(uint32_t file)>& place_of);

// A whole file; kLimit beyond kMaxFileSize.
Result<Bytes> read_journal_file(io::Env& env, const std::string& path);

}  // namespace ew::journal
