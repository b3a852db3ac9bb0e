#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "node/verifier.h"

namespace ew::cli {

int verify_command(Context& context, const VerifyArguments& arguments) {
  node::VerifyOptions options;
  options.resume = arguments.resume;
  options.sample_percent = arguments.sample;
  if (!arguments.since.empty()) {
    WallTime since;
    if (!parse_rfc3339(arguments.since, since))
      return fail(Error(ErrorCode::kUsage, "--since: expected a time such as 2026-11-21T09:00:00Z"));
    options.since = since;
  }
  if (!arguments.recording.empty()) {
    options.recording = RecordingId::parse(arguments.recording);
    if (!options.recording) return fail(Error(ErrorCode::kUsage, "--recording: expected a recording's id"));
  }
  if (is_terminal())
    options.progress = [](uint64_t done) { std::fprintf(stderr, "\r%" PRIu64 " objects", done); };
  // What cannot even be opened is a finding: the error names file and place.
  auto data = context.open();
  if (!data) return fail(data.error());
  auto report = node::verify(**data, options);
  if (is_terminal()) std::fprintf(stderr, "\r\x1b[K");
  if (!report) return fail(report.error());
  if (context.json) {
    nlohmann::ordered_json json = {{"objects", report->objects},
                                   {"frames", report->frames},
                                   {"calls", report->calls},
                                   {"keys", report->keys},
                                   {"audit_entries", report->audit_entries},
                                   {"findings", report->findings}};
    std::printf("%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    for (const std::string& finding : report->findings) std::printf("%s\n", printable(finding, 500).c_str());
    std::printf("%" PRIu64 " objects, %" PRIu64 " frames, %" PRIu64 " calls, %" PRIu64 " keys, %" PRIu64
                " audit entries: %s\n",
                report->objects, report->frames, report->calls, report->keys, report->audit_entries,
                report->findings.empty() ? "everything is as it was stored"
                                         : (std::to_string(report->findings.size()) + " findings").c_str());
  }
  return report->findings.empty() ? kDone : kFound;
}

int reindex_command(Context& context) {
  auto data = context.open();
  if (!data) return fail(data.error());
  uint64_t calls = 0;
  Status rebuilt = (*data)->indexer().rebuild([&](uint64_t done, uint64_t of) {
    calls = done;
    if (is_terminal()) std::fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " calls", done, of);
  });
  if (is_terminal()) std::fprintf(stderr, "\r\x1b[K");
  if (!rebuilt) return fail(rebuilt.error());
  std::printf("%" PRIu64 " calls: the call log was made again from the vault\n", calls);
  return kDone;
}

}  // namespace ew::cli
