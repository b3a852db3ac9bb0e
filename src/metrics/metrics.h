// Counters, gauges and histograms. Each module is given a Registry and keeps references to its figures, which
// live as long as the registry.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "metrics/exposition.h"

namespace ew::metrics {

class Counter {  // only ever grows
 public:
  void add(uint64_t more = 1) { value_.fetch_add(more, std::memory_order_relaxed); }
  // Where something else counts already.
  void set(uint64_t total) { value_.store(total, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_ = 0;
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double more) { value_.fetch_add(more, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_ = 0;
};

class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds);  // ascending upper bounds, without +Inf
  void observe(double value);
  // Cumulative, as the text form wants them: the last is all.
  std::vector<uint64_t> buckets() const;
  double sum() const { return sum_.load(std::memory_order_relaxed); }
  const std::vector<double>& bounds() const { return bounds_; }

 private:
  const std::vector<double> bounds_;
  std::vector<std::atomic<uint64_t>> counts_;  // one more than bounds
  std::atomic<double> sum_ = 0;
};

class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // The figure of this name and these labels; the same one when asked again. A name has one type and, for
  // histograms, one set of bounds: another is a broken invariant.
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                       const Labels& labels = {});

  // Families of another process, shown beside our own until replaced; an empty list takes them away. A
  // sample that has the name and labels of one of ours is not shown.
  void adopt(const std::string& process, std::vector<Family> families);

  std::vector<Family> collect() const;  // by name
  std::string text() const { return to_text(collect()); }

 private:
  struct Figures {
    std::string help;
    Type type = Type::kCounter;
    std::map<Labels, std::unique_ptr<Counter>> counters;
    std::map<Labels, std::unique_ptr<Gauge>> gauges;
    std::map<Labels, std::unique_ptr<Histogram>> histograms;
  };
  Figures& figures(const std::string& name, const std::string& help, Type type);
  static Family family_of(const std::string& name, const Figures& figures);

  mutable std::mutex mutex_;
  std::map<std::string, Figures> own_;
  std::map<std::string, std::vector<Family>> adopted_;  // by process
};

}  // namespace ew::metrics
