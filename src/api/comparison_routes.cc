// Two recordings of one call beside each other.
#include <cstdio>

#include "api/exchange_internal.h"
#include "node/comparison.h"

namespace ew::api {
namespace {

json side_json(const std::optional<node::ComparedSide>& side, RecordingId recording) {
  if (!side) return nullptr;
  char ssrc[9];
  std::snprintf(ssrc, sizeof ssrc, "%08x", side->ssrc);
  return {{"recording_id", recording.text()},
          {"stream", side->stream},
          {"ssrc", ssrc},
          {"codec", side->codec},
          {"label", side->label},
          {"packets", side->packets}};
}

const char* name_of(node::ComparedSpan::Kind kind) {
  switch (kind) {
    case node::ComparedSpan::Kind::kOnlyFirst:
      return "only_first";
    case node::ComparedSpan::Kind::kOnlySecond:
      return "only_second";
    case node::ComparedSpan::Kind::kDifferent:
      return "different";
  }
  return "";
}

// The one that was named, or the call's recording at this place.
Result<RecordingId> choose(const Exchange& exchange, const db::CallRows& rows, const char* name,
                           size_t place) {
  if (auto text = exchange.optional_text(name)) {
    for (const RecordingRecord& recording : rows.recordings)
      if (recording.recording_id.text() == *text) return recording.recording_id;
    return Error(ErrorCode::kNotFound, "this call has no such recording");
  }
  if (rows.recordings.size() <= place) return Error(ErrorCode::kNotFound, "this call has not two recordings");
  return rows.recordings[place].recording_id;
}

Answer compare_recordings(Exchange& exchange) {
  auto log = TRY(exchange.parts.call_logs.take());
  auto rows = TRY(log->find(exchange.tenant(), exchange.id<CallId>("call_id")));
  if (!rows) return not_found("call");
  auto first = TRY(choose(exchange, *rows, "first", 0));
  auto second = TRY(choose(exchange, *rows, "second", 1));
  if (first == second) return bad_request("second", "another recording than the first");
  auto compared = TRY(node::compare(exchange.parts.data, *rows, first, second, exchange.who.actor()));
  json streams = json::array(), spans = json::array();
  for (const node::ComparedStream& stream : compared.streams)
    streams.push_back({{"participant", stream.participant},
                       {"first", side_json(stream.first, first)},
                       {"second", side_json(stream.second, second)},
                       {"same", stream.same},
                       {"different", stream.different},
                       {"only_first", stream.only_first},
                       {"only_second", stream.only_second}});
  for (const node::ComparedSpan& span : compared.spans)
    spans.push_back({{"participant", span.participant},
                     {"from_seconds", span.from},
                     {"to_seconds", span.to},
                     {"kind", name_of(span.kind)},
                     {"packets", span.packets}});
  return json{{"first", first.text()},
              {"second", second.text()},
              {"equal", compared.equal},
              {"clock_difference_seconds",
               compared.clock_difference_sec ? json(*compared.clock_difference_sec) : json()},
              {"streams", std::move(streams)},
              {"spans", std::move(spans)},
              {"cut", compared.cut}};
}

}  // namespace

void add_comparison_routes(Routes& routes) {
  routes.handlers.insert({{"compareRecordings", compare_recordings}});
}

}  // namespace ew::api
