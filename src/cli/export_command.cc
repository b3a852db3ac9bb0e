#include <cinttypes>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/commands.h"
#include "node/exporter.h"

namespace ew::cli {
namespace {

// Writes beside the target and renames at the end, so that a failed export leaves no half file under its
// name.
class OutputFile {
 public:
  static Result<std::unique_ptr<OutputFile>> open(const std::string& path) {
    std::unique_ptr<OutputFile> file(new OutputFile(path));
    file->file_ = path == "-" ? stdout : std::fopen(file->temporary_.c_str(), "wb");
    if (!file->file_) return Error(ErrorCode::kIo, path + ": cannot be written");
    return file;
  }
  ~OutputFile() {
    if (!file_ || path_ == "-") return;
    std::fclose(file_);
    std::remove(temporary_.c_str());
  }
  Status write(ByteView bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size())
      return Error(ErrorCode::kIo, path_ + ": cannot be written");
    return {};
  }
  Status finish() {
    bool ok = std::fflush(file_) == 0;
    if (path_ == "-") return ok ? Status() : Error(ErrorCode::kIo, "standard output cannot be written");
    ok &= std::fclose(file_) == 0;
    file_ = nullptr;
    if (!ok || std::rename(temporary_.c_str(), path_.c_str()) != 0)
      return Error(ErrorCode::kIo, path_ + ": cannot be written");
    return {};
  }

 private:
  explicit OutputFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".part") {}
  std::string path_, temporary_;
  std::FILE* file_ = nullptr;
};

}  // namespace

int export_command(Context& context, const ExportArguments& arguments) {
  node::ExportOptions options;
  auto format = node::export_format(arguments.format);
  if (!format)
    return fail(Error(ErrorCode::kUsage,
                      "--format: this version exports wav, pcapng and json, not " + arguments.format));
  options.format = *format;
  options.worker_command = {"/proc/self/exe", "media-worker"};
  if (!arguments.recording.empty()) {
    options.recording = RecordingId::parse(arguments.recording);
    if (!options.recording) return fail(Error(ErrorCode::kUsage, "--recording: expected a recording's id"));
  }
  auto data = context.open();
  if (!data) return fail(data.error());
  auto call = node::find_call(**data, arguments.call);
  if (!call) return fail(call.error());
  auto file = OutputFile::open(arguments.output);
  if (!file) return fail(file.error());
  auto report =
      node::export_call(**data, *call, options, [&](ByteView bytes) { return (*file)->write(bytes); });
  Status closed = (*data)->close();
  if (!report) return fail(report.error());
  if (!closed) return fail(closed.error());
  if (Status finished = (*file)->finish(); !finished) return fail(finished.error());
  if (arguments.output != "-") {
    std::printf("%s: %" PRIu64 " bytes", printable(arguments.output).c_str(), report->bytes);
    if (report->seconds > 0)
      std::printf(", %.2f s at %u Hz, %zu channels", report->seconds, report->sample_rate,
                  report->channels.size());
    std::printf("\n");
    for (const std::string& note : report->notes) std::printf("note: %s\n", printable(note, 300).c_str());
  }
  return kDone;
}

}  // namespace ew::cli
