// Capture files as a Source: pcap and pcapng, plain, gzip or zstd; several files are one time line.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "capture/source.h"

namespace ew::capture {

struct CaptureFileInfo {
  std::string path;
  std::array<uint8_t, 32> sha256{};  // of the file's bytes as they lie on disk
  uint64_t size = 0;
  uint64_t packets = 0;    // read so far
  bool truncated = false;  // the file ends inside a packet: everything before was read
  std::string warning;  // e.g. "truncated after packet 812", "link type 147 is not understood"; empty if none
};

class CaptureFiles : public Source {
 public:
  // Opens all files (an unreadable or unknown one is an error naming it) and hashes them.
  // Datagrams of all files are delivered in order of (time, file, packet); packets of one file that go back
  // in time (as multi-queue captures do) stay in the file's order. PacketRef::capture is the index into
  // files().
  // Where the caller has opened them already, perhaps with rights that this process lacks, `opened` are these
  // files, needed no longer afterwards, and the paths are their names only.
  static Result<std::unique_ptr<CaptureFiles>> open(const std::vector<std::string>& paths,
                                                    const std::vector<int>& opened = {});
  // The same for one file that is in memory, as an upload is. `name` stands for its path.
  static Result<std::unique_ptr<CaptureFiles>> from_memory(std::string name, Bytes bytes);
  ~CaptureFiles() override;

  Pace pace() const override { return Pace::kFile; }
  Result<bool> run(DatagramSink& sink, size_t limit) override;
  const SourceCounters& counters() const override;
  const std::vector<CaptureFileInfo>& files() const;

 private:
  struct Impl;
  explicit CaptureFiles(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ew::capture
