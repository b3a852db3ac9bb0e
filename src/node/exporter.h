// Exporter: what people take away of a call. Every export is an act: it is in the audit log before the
// recording is opened.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "media/record_source.h"
#include "media/worker.h"
#include "node/data_directory.h"

namespace ew::node {

enum class ExportFormat { kWav, kPcapng, kJson };
std::optional<ExportFormat> export_format(std::string_view name);
std::string_view name_of(ExportFormat format);

struct ExportOptions {
  ExportFormat format = ExportFormat::kWav;
  std::optional<RecordingId> recording;     // nothing: the call's first
  media::WorkerLauncher worker_command;  // starts a media worker
  std::string actor = "cli";                // who takes it away, for the audit log
};

struct ExportReport {
  uint64_t bytes = 0;
  double seconds = 0;                 // wav: length
  uint32_t sample_rate = 0;           // wav
  std::vector<std::string> channels;  // wav: participant of each
  std::vector<std::string> notes;     // what is stored and not in the file, in words
};

// The calls that begin with this id or prefix of one; an error that says so where there is none or more than
// one.
Result<db::CallRows> find_call(DataDirectory& data, const std::string& id_or_prefix);

// The one door to a recording, for every reader: durable audit event first (`act`, `how`, done by `actor`), then
// its parts: all, or only those of one kind ("log", "media").
Result<std::vector<db::PartRow>> open_parts(DataDirectory& data, const db::CallRows& call,
                                            RecordingId recording, const std::string& act,
                                            const std::string& how, const std::string& actor = "cli",
                                            const std::string& only_kind = {});
// The same, as the records in them.
Result<std::unique_ptr<media::RecordSource>> open_recording(DataDirectory& data, const db::CallRows& call,
                                                            RecordingId recording, const std::string& act,
                                                            const std::string& how,
                                                            const std::string& actor = "cli",
                                                            const std::string& only_kind = {});

Result<ExportReport> export_call(DataDirectory& data, const db::CallRows& call, const ExportOptions& options,
                                 const media::ByteSink& sink);

}  // namespace ew::node
