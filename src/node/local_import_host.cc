#include "node/local_import_host.h"

#include <algorithm>
#include <cstdio>

namespace ew::node {
namespace {

constexpr int64_t kSameCallNs = 600 * kNsPerSec;  // clocks of two capture points may differ by this much

}  // namespace

Result<std::optional<db::CaptureRow>> LocalImportHost::capture(const std::string& sha256) {
  return data_.calls().capture(sha256);
}

Status LocalImportHost::put_capture(const db::CaptureRow& capture) {
  return data_.calls().put_capture(capture);
}

Result<bool> LocalImportHost::has_calls() {
  return !TRY(data_.calls().all_calls(tenant(), std::nullopt, 1)).empty();
}

Result<std::optional<CallId>> LocalImportHost::call_elsewhere(const std::string& sip_call_id, WallTime at,
                                                              const std::string& sha256) {
  auto found = TRY(data_.calls().find_by_sip_call_id(tenant(), sip_call_id, at, kSameCallNs));
  if (!found) return std::optional<CallId>();
  auto rows = TRY(data_.calls().find(tenant(), *found));
  if (!rows) return std::optional<CallId>();
  for (const RecordingRecord& recording : rows->recordings)
    if (std::find(recording.captures.begin(), recording.captures.end(), sha256) != recording.captures.end())
      return std::optional<CallId>();
  return found;
}

Result<KnownPackets> LocalImportHost::known_packets(const std::vector<recorder::CaptureIdentity>& captures) {
  KnownPackets known;
  TRY(known.load(data_, captures));
  return known;
}

Status LocalImportHost::act(const std::string& kind,
                            const std::vector<std::pair<std::string, std::string>>& details) {
  return data_.audit_act(kind, {}, details);
}

Status LocalImportHost::begin() {
  keeper_ = std::make_unique<Keeper>(data_);
  return {};
}

void LocalImportHost::part_ended(recorder::Lane& lane, PartId part) {
  data_.sealer().part_ended(lane.journal(), part);
}

void LocalImportHost::journal_error(const Error& error) {
  std::fprintf(stderr, "earwitness: journal: %s\n", error.message().c_str());
}

Status LocalImportHost::trouble() {
  auto error = keeper_->error();
  return error ? Status(*error) : Status();
}

Status LocalImportHost::finish(std::vector<std::unique_ptr<recorder::LaneThread>> lanes) {
  Status kept = keeper_->finish();
  lanes.clear();
  return kept;
}

}  // namespace ew::node
