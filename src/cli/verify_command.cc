#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "node/verifier.h"

namespace ew::cli {
namespace {

constexpr uint64_t kSayEvery = 200;  // objects

}  // namespace

int verify_command(Context& context, const VerifyArguments& arguments) {
  node::VerifyOptions options;
  options.resume = arguments.resume;
  options.sample_percent = arguments.sample;
  if (!arguments.since.empty()) {
    WallTime since;
    if (!parse_rfc3339(arguments.since, since))
      return context.fail(Error(ErrorCode::kUsage, "--since: expected a time such as 2026-11-21T09:00:00Z"));
    options.since = since;
  }
  if (!arguments.recording.empty()) {
    options.recording = RecordingId::parse(arguments.recording);
    if (!options.recording)
      return context.fail(Error(ErrorCode::kUsage, "--recording: expected a recording's id"));
  }
  options.progress = [&](uint64_t done) {
    if (done % kSayEvery == 0 && context.is_terminal())
      std::fprintf(context.err, "\r%" PRIu64 " objects", done);
    return !context.is_stopped();
  };
  // What cannot even be opened is a finding: the error names file and place.
  auto data = context.open();
  if (!data) return context.fail(data.error());
  auto report = node::verify(**data, options);
  if (context.is_terminal()) std::fprintf(context.err, "\r\x1b[K");
  if (!report) return context.fail(report.error());
  if (context.json) {
    nlohmann::ordered_json json = {{"objects", report->objects},
                                   {"frames", report->frames},
                                   {"calls", report->calls},
                                   {"keys", report->keys},
                                   {"audit_entries", report->audit_entries},
                                   {"findings", report->findings}};
    std::fprintf(context.out, "%s\n",
                 json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    for (const std::string& finding : report->findings)
      std::fprintf(context.out, "%s\n", printable(finding, 500).c_str());
    std::fprintf(context.out,
                 "%" PRIu64 " objects, %" PRIu64 " frames, %" PRIu64 " calls, %" PRIu64 " keys, %" PRIu64
                 " audit entries: %s\n",
                 report->objects, report->frames, report->calls, report->keys, report->audit_entries,
                 report->findings.empty() ? "everything is as it was stored"
                                          : (std::to_string(report->findings.size()) + " findings").c_str());
  }
  return report->findings.empty() ? kDone : kFound;
}

int reindex_command(Context& context) {
  auto data = context.open();
  if (!data) return context.fail(data.error());
  uint64_t calls = 0;
  Status rebuilt = (*data)->indexer().rebuild([&](uint64_t done, uint64_t of) {
    calls = done;
    if (context.is_terminal()) std::fprintf(context.err, "\r%" PRIu64 " of %" PRIu64 " calls", done, of);
    return !context.is_stopped();
  });
  if (context.is_terminal()) std::fprintf(context.err, "\r\x1b[K");
  if (!rebuilt) return context.fail(rebuilt.error());
  std::fprintf(context.out, "%" PRIu64 " calls: the call log was made again from the vault\n", calls);
  return kDone;
}

}  // namespace ew::cli
