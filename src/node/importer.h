// Importer: capture files become calls and recordings of a data directory.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "call/engine.h"
#include "capture/capture_file.h"
#include "node/data_directory.h"
#include "recorder/recorder.h"

namespace ew::node {

struct ImportOptions {
  size_t lanes = 1;
  bool realtime = false;  // packets are taken at the pace at which they were captured
  uint64_t journal_file_size = journal::Options().file_size;
  std::string ack_log_path;        // for tests: what is acknowledged, line by line
  std::vector<std::string> names;  // of the files, for people; without them what stands in their paths
  std::vector<int> opened;         // the files themselves, where the caller has them open
  // False stops the import: what was read stays, a repeat goes on there.
  std::function<bool(uint64_t packets, uint64_t bytes, uint64_t total_bytes)> progress;
};

struct ImportedFile {
  capture::CaptureFileInfo info;
  bool known = false;  // wholly imported before: nothing to add
};

struct ImportReport {
  std::vector<ImportedFile> files;
  capture::SourceCounters source;
  call::EngineCounters engine;
  recorder::RecorderFigures recorder;
  uint64_t recovered_parts = 0;
  double seconds = 0;               // from opening the files to the last row
  double acknowledged_seconds = 0;  // until everything was acknowledged in the journal
  double cpu_seconds = 0;           // processor time of the whole process
  double keeper_cpu_seconds = 0;    // of it, for objects, audit log and rows
};

class ImportHost;

// Several imports at the same time into one data directory would not know of each other's packets.
Result<ImportReport> import_captures(ImportHost& host, const std::vector<std::string>& paths,
                                     const ImportOptions& options);
// In the process that has the data directory open.
Result<ImportReport> import_captures(DataDirectory& data, const std::vector<std::string>& paths,
                                     const ImportOptions& options);
// Whoever imports for somebody else.
using ImportFunction =
    std::function<Result<ImportReport>(const std::vector<std::string>& paths, const ImportOptions& options)>;

}  // namespace ew::node
