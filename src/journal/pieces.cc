#include "journal/pieces_internal.h"

#include <map>

namespace ew::journal {

Result<Bytes> read_journal_file(io::Env& env, const std::string& path) {
  return io::read_file(env, path, kMaxFileSize);
}

namespace {

// Reads entries, keeping the file of the last one open, since the pieces of a part are in order of files.
class PieceReader {
 public:
  PieceReader(io::Env& env, const std::function<FilePlace(uint32_t)>& place_of)
      : env_(env), place_of_(place_of) {}

  // The entry's bytes stay valid until the next call.
  Result<Entry> read(const Piece& piece) {
    if (!file_ || piece.file != number_) {
      place_ = place_of_(piece.file);
      file_ = TRY(env_.open(place_.path, io::OpenMode::kRead));
      number_ = piece.file;
    }
    buffer_.resize(piece.size);
    TRY(file_->read_at(piece.offset, buffer_));
    auto entry = entry_at(buffer_, place_.id, piece.offset);
    if (!entry)
      return Error(ErrorCode::kCorrupt,
                   place_.path + ": the entry at " + std::to_string(piece.offset) + " has changed");
    return *entry;
  }

 private:
  io::Env& env_;
  const std::function<FilePlace(uint32_t)>& place_of_;
  std::unique_ptr<io::File> file_;
  uint32_t number_ = 0;
  FilePlace place_;
  Bytes buffer_;
};

}  // namespace

Result<Journal::PartBytes> read_pieces(io::Env& env, const std::vector<Piece>& pieces, part::End end,
                                       const std::function<FilePlace(uint32_t file)>& place_of) {
  Journal::PartBytes part;
  part.end = end;
  PieceReader reader(env, place_of);
  uint64_t total = 0;
  for (const Piece& piece : pieces) total += piece.size;
  part.bytes.reserve(total);
  for (size_t i = 0; i < pieces.size(); ++i) {
    Entry entry = TRY(reader.read(pieces[i]));
    ByteView content = entry.content();
    if (i == 0) {
      TRY(part::decode_header(content, &part.header_size));
    } else {
      part::FrameInfo info = TRY(part::decode_frame_info(content));
      if (info.number != i - 1)
        return Error(ErrorCode::kCorrupt, "frame " + std::to_string(info.number) + " stands where " +
                                              std::to_string(i - 1) + " belongs");
      part.frames.push_back(info);
    }
    part.bytes.insert(part.bytes.end(), content.begin(), content.end());
  }
  return part;
}

namespace {

Result<std::map<uint32_t, FilePlace>> files_of(const PartPlaces& places) {
  std::map<uint32_t, FilePlace> files;
  for (const PartPlaces::File& file : places.files) files[file.number] = {file.path, file.id};
  for (const Piece& piece : places.pieces)
    if (!files.contains(piece.file))
      return Error(ErrorCode::kInvalid, "file " + std::to_string(piece.file) + " of a part is not named");
  return files;
}

}  // namespace

Result<PartBytes> read_part(io::Env& env, const PartPlaces& places) {
  const auto files = TRY(files_of(places));
  return read_pieces(env, places.pieces, places.end, [&](uint32_t file) { return files.at(file); });
}

Result<PartFrames> read_frames(io::Env& env, const FramePlaces& places) {
  const auto files = TRY(files_of(places.places));
  const std::function<FilePlace(uint32_t)> place_of = [&](uint32_t file) { return files.at(file); };
  PieceReader reader(env, place_of);
  PartFrames read;
  uint64_t next = places.first;
  for (const Piece& piece : places.places.pieces) {
    const Entry entry = TRY(reader.read(piece));
    const ByteView content = entry.content();
    if (read.header.empty()) {
      size_t size = 0;
      TRY(part::decode_header(content, &size));
      read.header.assign(content.begin(), content.end());
      continue;
    }
    const part::FrameInfo info = TRY(part::decode_frame_info(content));
    if (info.number != next)
      return Error(ErrorCode::kCorrupt, "frame " + std::to_string(info.number) + " stands where " +
                                            std::to_string(next) + " belongs");
    ++next;
    read.frames.emplace_back(content.begin(), content.end());
  }
  if (read.header.empty()) return Error(ErrorCode::kInvalid, "frames of a part without its header");
  return read;
}

}  // namespace ew::journal
