#include "metrics/metrics.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace ew::metrics {
namespace {

std::string bound_text(double bound) {
  char text[40];
  std::snprintf(text, sizeof text, "%g", bound);
  return text;
}

void append_histogram(Family& family, const Labels& labels, const Histogram& histogram) {
  std::vector<uint64_t> buckets = histogram.buckets();
  for (size_t i = 0; i < buckets.size(); ++i) {
    Labels with_bound = labels;
    with_bound.emplace_back("le", i < histogram.bounds().size() ? bound_text(histogram.bounds()[i]) : "+Inf");
    family.samples.push_back({"_bucket", std::move(with_bound), static_cast<double>(buckets[i])});
  }
  family.samples.push_back({"_sum", labels, histogram.sum()});
  family.samples.push_back({"_count", labels, static_cast<double>(buckets.back())});
}

bool has_sample(const Family& family, const Sample& sample) {
  return std::any_of(family.samples.begin(), family.samples.end(), [&](const Sample& other) {
    return other.suffix == sample.suffix && other.labels == sample.labels;
  });
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {
  EW_CHECK(std::is_sorted(bounds_.begin(), bounds_.end()));
}

void Histogram::observe(double value) {
  auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  counts_[static_cast<size_t>(bound - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<uint64_t> Histogram::buckets() const {
  std::vector<uint64_t> cumulative;
  uint64_t total = 0;
  for (const auto& count : counts_) cumulative.push_back(total += count.load(std::memory_order_relaxed));
  return cumulative;
}

Registry::Figures& Registry::figures(const std::string& name, const std::string& help, Type type) {
  EW_CHECK(is_valid_name(name));
  auto [place, is_new] = own_.try_emplace(name);
  if (is_new) {
    place->second.help = help;
    place->second.type = type;
  }
  EW_CHECK(place->second.type == type);
  return place->second;
}

Counter& Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  std::lock_guard lock(mutex_);
  auto& place = figures(name, help, Type::kCounter).counters[labels];
  if (!place) place = std::make_unique<Counter>();
  return *place;
}

Gauge& Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  std::lock_guard lock(mutex_);
  auto& place = figures(name, help, Type::kGauge).gauges[labels];
  if (!place) place = std::make_unique<Gauge>();
  return *place;
}

Histogram& Registry::histogram(const std::string& name, const std::string& help,
                               const std::vector<double>& bounds, const Labels& labels) {
  std::lock_guard lock(mutex_);
  auto& place = figures(name, help, Type::kHistogram).histograms[labels];
  if (!place) place = std::make_unique<Histogram>(bounds);
  EW_CHECK(place->bounds() == bounds);
  return *place;
}

void Registry::adopt(const std::string& process, std::vector<Family> families) {
  std::lock_guard lock(mutex_);
  adopted_[process] = std::move(families);
}

Family Registry::family_of(const std::string& name, const Figures& figures) {
  Family family{name, figures.help, figures.type, {}};
  for (const auto& [labels, counter] : figures.counters)
    family.samples.push_back({"", labels, static_cast<double>(counter->value())});
  for (const auto& [labels, gauge] : figures.gauges) family.samples.push_back({"", labels, gauge->value()});
  for (const auto& [labels, histogram] : figures.histograms) append_histogram(family, labels, *histogram);
  return family;
}

std::vector<Family> Registry::collect() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, Family> families;
  for (const auto& [name, figures] : own_) families.emplace(name, family_of(name, figures));
  for (const auto& [process, adopted] : adopted_) {
    for (const Family& family : adopted) {
      auto [place, is_new] = families.try_emplace(family.name, family);
      if (is_new || place->second.type != family.type) continue;
      for (const Sample& sample : family.samples)
        if (!has_sample(place->second, sample)) place->second.samples.push_back(sample);
    }
  }
  std::vector<Family> result;
  for (auto& [name, family] : families) result.push_back(std::move(family));
  return result;
}

}  // namespace ew::metrics
