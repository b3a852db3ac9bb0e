#include "capture/capture_file.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "capture/file_cursor.h"
#include "capture/packet_decoder.h"

namespace ew::capture {

struct CaptureFiles::Impl {
  // The file whose record comes next: of two with the same time, the one named first.
  struct Turn {
    WallTime at;
    uint32_t file;
    auto operator<=>(const Turn&) const = default;
  };

  explicit Impl(std::vector<FileCursor> opened);
  bool run(DatagramSink& sink, size_t limit);
  void decode_taken(DatagramSink& sink);
  void change_turn();

  std::vector<FileCursor> cursors;
  std::vector<CaptureFileInfo> infos;  // made when asked for
  // Files that are not ended, but without the one whose turn it is: a heap with the earliest in front.
  std::vector<Turn> waiting;
  std::optional<Turn> turn;
  std::vector<CapturedPacket> taken;  // from the files, and not decoded yet
  PacketDecoder decoder;
};

CaptureFiles::Impl::Impl(std::vector<FileCursor> opened) : cursors(std::move(opened)) {
  for (uint32_t file = 0; file < cursors.size(); ++file) {
    if (!cursors[file].ended()) waiting.push_back({cursors[file].record().at, file});
  }
  std::make_heap(waiting.begin(), waiting.end(), std::greater<>());
  change_turn();
}

void CaptureFiles::Impl::change_turn() {
  turn.reset();
  if (waiting.empty()) return;
  std::pop_heap(waiting.begin(), waiting.end(), std::greater<>());
  turn = waiting.back();
  waiting.pop_back();
}

bool CaptureFiles::Impl::run(DatagramSink& sink, size_t limit) {
  for (; turn && limit > 0; --limit) {
    FileCursor& cursor = cursors[turn->file];
    const pcap::Record& record = cursor.record();
    taken.push_back({record.link_type, record.bytes, record.at, {turn->file, cursor.number(), 0}});
    if (taken.size() == PacketDecoder::kAtOnce || !cursor.keeps_bytes()) decode_taken(sink);
    cursor.next();
    if (cursor.ended()) {
      change_turn();
      continue;
    }
    turn->at = cursor.record().at;
    if (!waiting.empty() && waiting.front() < *turn) [[unlikely]] {
      waiting.push_back(*turn);
      std::push_heap(waiting.begin(), waiting.end(), std::greater<>());
      change_turn();
    }
  }
  decode_taken(sink);
  if (turn) return true;
  decoder.finish(sink);  // does nothing the second time
  return false;
}

void CaptureFiles::Impl::decode_taken(DatagramSink& sink) {
  decoder.decode(taken, sink);
  taken.clear();
}

CaptureFiles::CaptureFiles(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaptureFiles::~CaptureFiles() = default;

Result<std::unique_ptr<CaptureFiles>> CaptureFiles::open(const std::vector<std::string>& paths,
                                                         const std::vector<int>& opened) {
  if (!opened.empty() && opened.size() != paths.size())
    return Error(ErrorCode::kInvalid, "not every capture file has its descriptor");
  std::vector<FileCursor> cursors;
  cursors.reserve(paths.size());
  for (size_t i = 0; i < paths.size(); ++i) {
    auto bytes = opened.empty() ? FileBytes::map(paths[i]) : FileBytes::map(opened[i], paths[i]);
    cursors.push_back(TRY(FileCursor::open(paths[i], TRY(std::move(bytes)))));
  }
  return std::unique_ptr<CaptureFiles>(new CaptureFiles(std::make_unique<Impl>(std::move(cursors))));
}

Result<std::unique_ptr<CaptureFiles>> CaptureFiles::from_memory(std::string name, Bytes bytes) {
  std::vector<FileCursor> cursors;
  cursors.push_back(TRY(FileCursor::open(std::move(name), FileBytes(std::move(bytes)))));
  return std::unique_ptr<CaptureFiles>(new CaptureFiles(std::make_unique<Impl>(std::move(cursors))));
}

Result<bool> CaptureFiles::run(DatagramSink& sink, size_t limit) { return impl_->run(sink, limit); }

const SourceCounters& CaptureFiles::counters() const { return impl_->decoder.counters(); }

const std::vector<CaptureFileInfo>& CaptureFiles::files() const {
  impl_->infos.clear();
  for (const FileCursor& cursor : impl_->cursors) impl_->infos.push_back(cursor.info());
  return impl_->infos;
}

}  // namespace ew::capture
