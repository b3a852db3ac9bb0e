// All choices of a scenario come from its seed through this generator; the standard distributions are not
// used because their results differ between libraries.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace callgen {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // SplitMix64 (Steele, Lea, Flood 2014).
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // In [0, limit); the bias of the remainder does not matter here.
  uint64_t below(uint64_t limit) { return limit ? next() % limit : 0; }
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(static_cast<uint64_t>(high - low + 1)));
  }
  bool chance(double probability) { return static_cast<double>(next() >> 11) * 0x1p-53 < probability; }
  std::string hex(size_t digits) {
    std::string text;
    for (size_t i = 0; i < digits; ++i) text += "0123456789abcdef"[below(16)];
    return text;
  }
  // A generator of its own for one purpose, so that a change in one part of a scenario leaves the others as
  // they were.
  Random fork(std::string_view purpose) const {
    uint64_t hash = state_ ^ 0xcbf29ce484222325u;
    for (unsigned char c : purpose) hash = (hash ^ c) * 0x100000001b3u;
    return Random(hash);
  }

 private:
  uint64_t state_;
};

}  // namespace callgen
