#include <cinttypes>
#include <cstdio>

#include "base/text.h"
#include "cli/commands.h"
#include "node/exporter.h"

namespace ew::cli {

int export_command(Context& context, const ExportArguments& arguments) {
  node::ExportOptions options;
  auto format = node::export_format(arguments.format);
  if (!format)
    return context.fail(Error(
        ErrorCode::kUsage, "--format: this version exports wav, pcapng and json, not " + arguments.format));
  options.format = *format;
  options.worker_command = context.worker_launcher();
  if (!arguments.recording.empty()) {
    options.recording = RecordingId::parse(arguments.recording);
    if (!options.recording)
      return context.fail(Error(ErrorCode::kUsage, "--recording: expected a recording's id"));
  }
  auto data = context.open();
  if (!data) return context.fail(data.error());
  auto call = node::find_call(**data, arguments.call);
  if (!call) return context.fail(call.error());
  auto write = [&](ByteView bytes) -> Status {
    if (context.is_stopped()) return Error(ErrorCode::kBusy, "the export was stopped");
    if (std::fwrite(bytes.data(), 1, bytes.size(), context.output) == bytes.size()) return {};
    return Error(ErrorCode::kIo, arguments.output + ": cannot be written");
  };
  auto report = node::export_call(**data, *call, options, write);
  Status closed = (*data)->close();
  if (!report) return context.fail(report.error());
  if (!closed) return context.fail(closed.error());
  if (std::fflush(context.output) != 0)
    return context.fail(Error(ErrorCode::kIo, arguments.output + ": cannot be written"));
  if (arguments.output != "-") {
    std::fprintf(context.out, "%s: %" PRIu64 " bytes", printable(arguments.output).c_str(), report->bytes);
    if (report->seconds > 0)
      std::fprintf(context.out, ", %.2f s at %u Hz, %zu channels", report->seconds, report->sample_rate,
                   report->channels.size());
    std::fprintf(context.out, "\n");
    for (const std::string& note : report->notes)
      std::fprintf(context.out, "note: %s\n", printable(note, 300).c_str());
  }
  return kDone;
}

}  // namespace ew::cli
