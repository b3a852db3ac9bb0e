#include "callgen/truth.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/time.h"

namespace callgen {
namespace {

using Json = nlohmann::ordered_json;

Json time_or_null(const std::optional<int64_t>& at) { return at ? Json(ew::to_rfc3339({*at})) : Json(); }

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

std::string hex8(uint32_t value) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", value);
  return text;
}

double to_milliseconds(double seconds) { return std::round(seconds * 1000) / 1000; }

Json json_of(const StreamTruth& stream) {
  Json json = {{"participant", stream.participant},
               {"party", stream.party},
               {"ssrc", hex8(stream.ssrc)},
               {"source", stream.source.text()},
               {"destination", stream.destination.text()},
               {"codec", stream.codecs.empty() ? "" : stream.codecs.front().first},
               {"clock_rate", stream.clock_rate},
               {"packets", stream.packets},
               {"lost", stream.lost},
               {"duplicated", stream.duplicated},
               {"reordered", stream.reordered},
               {"first_at", ew::to_rfc3339({stream.first_at})},
               {"last_at", ew::to_rfc3339({stream.last_at})}};
  json["gaps"] = Json::array();
  for (const Gap& gap : stream.gaps)
    json["gaps"].push_back({{"from_sample", gap.from_sample}, {"count", gap.count}, {"why", gap.why}});
  if (stream.codecs.size() > 1)
    for (const auto& [name, from] : stream.codecs)
      json["codecs"].push_back({{"codec", name}, {"from_sample", from}});
  for (const auto& [at, link] : stream.moved)
    json["moved"].push_back({{"at", ew::to_rfc3339({at})},
                             {"source", link.source.text()},
                             {"destination", link.destination.text()}});
  if (stream.tone_hz) json["tone_hz"] = stream.tone_hz;
  for (const SaidWords& words : stream.said)
    json["words"].push_back({{"text", words.text},
                             {"from_s", to_milliseconds(words.from_s)},
                             {"to_s", to_milliseconds(words.to_s)}});
  if (!stream.digits.empty()) json["digits"] = stream.digits;
  for (const MediaLink& copy : stream.copies)
    json["copies"].push_back({{"ssrc", hex8(stream.ssrc + copy.ssrc_change)},
                              {"source", copy.source.text()},
                              {"destination", copy.destination.text()}});
  return json;
}

Json json_of(const CallTruth& call) {
  Json json = {{"sip_call_ids", call.sip_call_ids},
               {"caller_number", or_null(call.caller_number)},
               {"caller_name", or_null(call.caller_name)},
               {"called_number", or_null(call.called_number)},
               {"called_name", or_null(call.called_name)},
               {"connected_number", or_null(call.connected_number)},
               {"tech_result", call.tech_result},
               {"end_reason_sip", or_null(call.end_code)},
               {"start_at", time_or_null(call.start_at)},
               {"ring_at", time_or_null(call.ring_at)},
               {"answer_at", time_or_null(call.answer_at)},
               {"end_at", time_or_null(call.end_at)},
               {"hangup_by", call.hangup_by},
               {"end_reason", call.end_reason.empty() ? Json() : Json(call.end_reason)},
               {"parent", or_null(call.parent)}};
  json["holds"] = Json::array();
  for (const HoldTruth& hold : call.holds)
    json["holds"].push_back(
        {{"from", ew::to_rfc3339({hold.from})}, {"to", time_or_null(hold.to)}, {"by", hold.by}});
  json["streams"] = Json::array();
  for (const StreamTruth& stream : call.streams) json["streams"].push_back(json_of(stream));
  return json;
}

}  // namespace

std::string truth_json(const Scenario& scenario, const std::vector<CallTruth>& calls,
                       const std::vector<std::string>& captures, size_t packets) {
  Json json = {{"title", scenario.title}, {"captures", captures}, {"packets_total", packets}};
  json["calls"] = Json::array();
  for (const CallTruth& call : calls) json["calls"].push_back(json_of(call));
  return json.dump(1) + "\n";
}

}  // namespace callgen
