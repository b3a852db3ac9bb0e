#include "node/disk_forecast.h"

#include <algorithm>

#include "base/text.h"

namespace ew::node {
namespace {

constexpr uint64_t kMaxFile = 1024 * 1024;
constexpr double kNsPerDay = 86'400.0 * kNsPerSec;

}  // namespace

DiskForecast::DiskForecast(io::Env& env, std::string path) : env_(env), path_(std::move(path)) { load(); }

void DiskForecast::load() {
  auto bytes = io::read_file(env_, path_, kMaxFile);
  if (!bytes.ok()) return;
  std::string_view text = as_text(*bytes);
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    auto seconds = parse_number(line.substr(0, space), INT64_MAX / kNsPerSec);
    auto used = parse_number(line.substr(space + 1), INT64_MAX);
    if (seconds && used) samples_.push_back({WallTime{static_cast<int64_t>(*seconds) * kNsPerSec}, *used});
  }
}

Status DiskForecast::save() const {
  std::string text;
  for (const Sample& sample : samples_)
    text += std::to_string(sample.at.ns / kNsPerSec) + " " + std::to_string(sample.used) + "\n";
  return io::write_file(env_, path_, as_bytes(text));
}

Status DiskForecast::note(WallTime now, uint64_t used_bytes) {
  // After the clock went back what was noted has times to come: it is worth nothing.
  if (!samples_.empty() && now < samples_.back().at) samples_.clear();
  if (!samples_.empty() && now - samples_.back().at < kEveryNs) return {};
  samples_.push_back({now, used_bytes});
  while (now - samples_.front().at > kKeptNs) samples_.pop_front();
  return save();
}

std::optional<double> DiskForecast::days_until_full(uint64_t free_bytes) const {
  if (samples_.size() < 2) return std::nullopt;
  const Sample &first = samples_.front(), &last = samples_.back();
  if (last.at - first.at < kLeastNs || last.used <= first.used) return std::nullopt;
  double days = static_cast<double>(last.at - first.at) / kNsPerDay;
  double per_day = static_cast<double>(last.used - first.used) / days;
  return static_cast<double>(free_bytes) / per_day;
}

}  // namespace ew::node
