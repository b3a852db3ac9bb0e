#include "media/codec.h"

#include "base/text.h"

namespace ew::media {

std::optional<CodecFacts> facts_of(const DecoderSpec& spec) {
  if (spec.channels != 1) return std::nullopt;
  bool known_clock = spec.clock_rate == 8000 || spec.clock_rate == 16000;
  if (!known_clock) return std::nullopt;
  if (equals_ignore_case(spec.codec, "PCMA")) return CodecFacts{CodecFacts::Kind::kALaw, spec.clock_rate, 1};
  if (equals_ignore_case(spec.codec, "PCMU")) return CodecFacts{CodecFacts::Kind::kMuLaw, spec.clock_rate, 1};
  if (equals_ignore_case(spec.codec, "G722")) return CodecFacts{CodecFacts::Kind::kG722, 16000, 2};
  return std::nullopt;
}

bool is_stateful(const DecoderSpec& spec) {
  auto facts = facts_of(spec);
  return facts && facts->kind == CodecFacts::Kind::kG722;
}

bool is_silent_codec(std::string_view codec) {
  return equals_ignore_case(codec, "telephone-event") || equals_ignore_case(codec, "CN");
}

}  // namespace ew::media
