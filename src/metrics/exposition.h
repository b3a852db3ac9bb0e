// Families of samples: what a registry's figures are at one moment, as text for Prometheus and as bytes for
// another process.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace ew::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

enum class Type : uint8_t { kCounter, kGauge, kHistogram };

struct Sample {
  std::string suffix;  // "_bucket", "_sum", "_count" of a histogram; else empty
  Labels labels;
  double value = 0;
};
struct Family {
  std::string name, help;
  Type type = Type::kCounter;
  std::vector<Sample> samples;
};

bool is_valid_name(std::string_view name);  // [a-zA-Z_][a-zA-Z0-9_]*, which labels need too

// Text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats). Help, label values and
// numbers are escaped as it says.
std::string to_text(const std::vector<Family>& families);
inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

Bytes encode(const std::vector<Family>& families);
// Bounded: kLimit beyond kMaxSamples in all, kInvalid for names that are none.
inline constexpr size_t kMaxSamples = 10'000;
Result<std::vector<Family>> decode(ByteView bytes);

}  // namespace ew::metrics
