#include "node/exporter.h"

#include <algorithm>

#include "media/pcapng_export.h"
#include "media/render.h"
#include "node/recording_reader.h"

namespace ew::node {
namespace {

Result<ExportReport> export_wav(media::RecordSource& source, const ExportOptions& options,
                                const media::ByteSink& sink) {
  auto plan = TRY(media::plan(source));
  if (plan.samples == 0) {
    std::string why = "this recording has no audio that can be rendered";
    for (const auto& note : plan.notes) why += "; " + note.participant + ": " + note.text;
    return Error(ErrorCode::kUnsupported, why);
  }
  auto worker = TRY(media::Worker::start(options.worker_command));
  TRY(media::render_wav(source, plan, *worker, sink));
  ExportReport report;
  report.seconds = static_cast<double>(plan.samples) / plan.sample_rate;
  report.sample_rate = plan.sample_rate;
  report.channels = plan.channels;
  for (const auto& note : plan.notes) report.notes.push_back(note.participant + ": " + note.text);
  if (plan.dropped > 0)
    report.notes.push_back(std::to_string(plan.dropped) + " packets came too late for their place");
  return report;
}

Result<ExportReport> export_pcapng(media::RecordSource& source, const media::ByteSink& sink) {
  auto written = TRY(media::write_pcapng(source, sink));
  ExportReport report;
  if (written.without_addresses > 0)
    report.notes.push_back(std::to_string(written.without_addresses) +
                           " RTCP packets of unknown sources are left out");
  if (written.too_long > 0)
    report.notes.push_back(std::to_string(written.too_long) +
                           " packets are too long for one datagram and left out");
  return report;
}

}  // namespace

std::optional<ExportFormat> export_format(std::string_view name) {
  for (ExportFormat format : {ExportFormat::kWav, ExportFormat::kPcapng, ExportFormat::kJson})
    if (name_of(format) == name) return format;
  return std::nullopt;
}

std::string_view name_of(ExportFormat format) {
  switch (format) {
    case ExportFormat::kWav:
      return "wav";
    case ExportFormat::kPcapng:
      return "pcapng";
    case ExportFormat::kJson:
      return "json";
  }
  return "";
}

Result<db::CallRows> find_call(DataDirectory& data, const std::string& id_or_prefix) {
  const std::string& tenant = data.config().tenant;
  auto ids = TRY(data.calls().find_by_prefix(tenant, id_or_prefix));
  if (ids.empty()) return Error(ErrorCode::kNotFound, "no call has the id " + id_or_prefix);
  if (ids.size() > 1)
    return Error(ErrorCode::kUsage,
                 "more than one call begins with " + id_or_prefix + ": give more of its id");
  auto rows = TRY(data.calls().find(tenant, ids.front()));
  if (!rows) return Error(ErrorCode::kNotFound, "no call has the id " + id_or_prefix);
  return std::move(*rows);
}

Result<std::vector<db::PartRow>> open_parts(DataDirectory& data, const db::CallRows& call,
                                            RecordingId recording, const std::string& act,
                                            const std::string& how, const std::string& actor,
                                            const std::string& only_kind) {
  TRY(data.audit_act(act, recording, {{"call", call.call.call_id.text()}, {"how", how}}, actor));
  std::vector<db::PartRow> parts;
  for (const db::PartRow& part : call.parts)
    if (part.recording_id == recording && (only_kind.empty() || part.kind == only_kind)) parts.push_back(part);
  if (parts.empty()) return Error(ErrorCode::kNotFound, "nothing is stored of recording " + recording.text());
  return parts;
}

Result<std::unique_ptr<media::RecordSource>> open_recording(DataDirectory& data, const db::CallRows& call,
                                                            RecordingId recording, const std::string& act,
                                                            const std::string& how, const std::string& actor,
                                                            const std::string& only_kind) {
  std::vector<vault::StoredPart> parts;
  for (const db::PartRow& part : TRY(open_parts(data, call, recording, act, how, actor, only_kind)))
    parts.push_back(TRY(data.vault().describe(part.object)));
  return std::unique_ptr<media::RecordSource>(
      std::make_unique<RecordingReader>(data.vault(), std::move(parts)));
}

Result<ExportReport> export_call(DataDirectory& data, const db::CallRows& call, const ExportOptions& options,
                                 const media::ByteSink& sink) {
  uint64_t bytes = 0;
  media::ByteSink counting = [&](ByteView piece) -> Status {
    bytes += piece.size();
    return sink(piece);
  };
  if (call.recordings.empty()) return Error(ErrorCode::kNotFound, "this call has no recording");
  RecordingId recording = options.recording.value_or(call.recordings.front().recording_id);
  auto known = std::find_if(call.recordings.begin(), call.recordings.end(),
                            [&](const auto& r) { return r.recording_id == recording; });
  if (known == call.recordings.end())
    return Error(ErrorCode::kNotFound, "this call has no recording " + recording.text());
  auto source = TRY(open_recording(data, call, recording, "call.exported",
                                   std::string(name_of(options.format)), options.actor));
  ExportReport report;
  switch (options.format) {
    case ExportFormat::kWav:
      report = TRY(export_wav(*source, options, counting));
      break;
    case ExportFormat::kPcapng:
      report = TRY(export_pcapng(*source, counting));
      break;
    case ExportFormat::kJson:
      TRY(counting(as_bytes(call_json(call.call, call.recordings, true) + "\n")));
      break;
  }
  report.bytes = bytes;
  return report;
}

}  // namespace ew::node
