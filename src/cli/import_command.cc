#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "node/importer.h"

namespace ew::cli {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const node::ImportReport& report) {
  Json files = Json::array();
  for (const auto& file : report.files) {
    files.push_back({{"path", to_utf8(file.info.path)},
                     {"sha256", to_hex(file.info.sha256)},
                     {"packets", file.info.packets},
                     {"truncated", file.info.truncated},
                     {"warning", file.info.warning},
                     {"known", file.known}});
  }
  const auto& engine = report.engine;
  return {{"files", files},
          {"packets", report.source.packets},
          {"calls", report.recorder.recordings},
          {"known_recordings", report.recorder.recordings_complete_before},
          {"sip_messages", engine.sip_messages},
          {"sip_malformed", engine.sip_malformed},
          {"rtp_packets", engine.rtp_packets},
          {"rtp_stored", report.recorder.packets_stored},
          {"rtp_copies", engine.rtp_copies},
          {"rtp_duplicates", engine.rtp_duplicates},
          {"rtp_encrypted_unopened", engine.rtp_unopened},
          {"rtcp_packets", engine.rtcp_packets},
          {"ignored", report.source.ignored},
          {"malformed", report.source.malformed},
          {"other_datagrams", engine.other_datagrams},
          {"unclaimed", engine.unclaimed},
          {"recovered_parts", report.recovered_parts},
          {"seconds_to_acknowledged", report.acknowledged_seconds},
          {"cpu_seconds", report.cpu_seconds},
          {"keeper_cpu_seconds", report.keeper_cpu_seconds},
          {"seconds", report.seconds}};
}

void print(std::FILE* out, const node::ImportReport& report) {
  for (const auto& file : report.files) {
    std::string name = printable(file.info.path);
    if (file.known) {
      std::fprintf(out, "%s: imported before, nothing to add\n", name.c_str());
      continue;
    }
    std::fprintf(out, "%s: %" PRIu64 " packets%s%s\n", name.c_str(), file.info.packets,
                 file.info.warning.empty() ? "" : "; ", printable(file.info.warning).c_str());
  }
  if (report.source.packets == 0) return;
  if (report.recovered_parts > 0)
    std::fprintf(out, "An earlier run was interrupted: %" PRIu64 " parts were brought home.\n",
                 report.recovered_parts);
  if (report.recorder.recordings > 0 &&
      report.recorder.recordings_complete_before == report.recorder.recordings) {
    std::fprintf(out, "All %" PRIu64 " calls were imported before, nothing to add.\n",
                 report.recorder.recordings);
    return;
  }
  if (report.recorder.recordings == 0) {
    std::fprintf(out,
                 "No calls inside: %" PRIu64 " SIP messages outside calls, %" PRIu64
                 " other datagrams, %" PRIu64 " packets that are not UDP or TCP over IP.\n",
                 report.engine.sip_other, report.engine.other_datagrams + report.engine.unclaimed,
                 report.source.ignored);
    return;
  }
  std::fprintf(out, "%" PRIu64 " calls, %" PRIu64 " SIP messages, %" PRIu64 " RTP packets stored",
               report.recorder.recordings, report.engine.sip_messages, report.recorder.packets_stored);
  if (report.engine.rtp_copies > 0)
    std::fprintf(out, ", %" PRIu64 " copies on further hops", report.engine.rtp_copies);
  if (report.engine.rtp_unopened > 0)
    std::fprintf(out, ", %" PRIu64 " encrypted packets without a key", report.engine.rtp_unopened);
  std::fprintf(out, ".\n");
  if (report.engine.sip_malformed > 0)
    std::fprintf(out, "%" PRIu64 " SIP messages break the rules.\n", report.engine.sip_malformed);
}

}  // namespace

int import_command(Context& context, const ImportArguments& arguments) {
  auto data = context.open();
  if (!data) return context.fail(data.error());
  node::ImportOptions options;
  options.lanes = arguments.lanes;
  options.realtime = arguments.realtime;
  if (const char* path = std::getenv("EARWITNESS_ACK_LOG")) options.ack_log_path = path;
  options.progress = [&](uint64_t packets, uint64_t bytes, uint64_t total) {
    if (context.is_terminal())
      std::fprintf(context.err, "\r%" PRIu64 " packets, %.0f %%", packets,
                   total ? 100.0 * static_cast<double>(bytes) / static_cast<double>(total) : 0.0);
    return !context.is_stopped();
  };
  auto report = context.import(arguments.files, options);
  if (context.is_terminal()) std::fprintf(context.err, "\r\x1b[K");
  Status closed = (*data)->close();
  if (!report) return context.fail(report.error());
  if (!closed) return context.fail(closed.error());
  if (context.json) {
    std::fprintf(context.out, "%s\n", json_of(*report).dump(2).c_str());
  } else {
    print(context.out, *report);
  }
  return kDone;
}

}  // namespace ew::cli
