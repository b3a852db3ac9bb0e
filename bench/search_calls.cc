#include "search_calls.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace ew::bench {
namespace {

constexpr int64_t kUsPerDay = 86'400'000'000;
constexpr uint64_t kExtensions = 600, kOutsiders = 900'000;

template <typename T>
struct Share {
  double upto;
  T value;
};
template <typename T, size_t n>
T pick(const Share<T> (&shares)[n], double at) {
  for (const Share<T>& each : shares)
    if (at < each.upto) return each.value;
  return shares[n - 1].value;
}

constexpr Share<TechResult> kResults[] = {
    {.68, TechResult::kAnswered},       {.695, TechResult::kAnsweredVoicemail},
    {.835, TechResult::kNoAnswer},      {.875, TechResult::kBusy},
    {.895, TechResult::kRejected},      {.955, TechResult::kCancelled},
    {.98, TechResult::kAbandonedQueue}, {.99, TechResult::kUnreachable},
    {.9995, TechResult::kCongestion},   {1, TechResult::kFailed}};
constexpr Share<Direction> kDirections[] = {{.48, Direction::kInbound},
                                            {.85, Direction::kOutbound},
                                            {.9995, Direction::kInternal},
                                            {1, Direction::kTransit}};
constexpr Share<SourceKind> kSources[] = {
    {.8, SourceKind::kPassive}, {.9998, SourceKind::kSiprec}, {1, SourceKind::kPcap}};
constexpr Share<RecordingState> kStates[] = {{.88, RecordingState::kRecorded},
                                             {.91, RecordingState::kRecordedPartial},
                                             {.99, RecordingState::kNotByPolicy},
                                             {.9995, RecordingState::kEncryptedNoKeys},
                                             {1, RecordingState::kFailed}};
constexpr Share<const char*> kCodecs[] = {
    {.7, "PCMA"}, {.85, "PCMU"}, {.95, "opus"}, {.998, "G722"}, {1, "AMR-WB"}};
constexpr Share<const char*> kDevices[] = {
    {.4, "Asterisk 20"}, {.6, "Yealink T46S"}, {.75, "Cisco CP8841"},  {.85, "Avaya J179"},
    {.93, "Zoiper v2"},  {.98, "Mitel 6920"},  {.999, "Gigaset N510"}, {1, "AudioCodes M800"}};
constexpr Share<const char*> kCountries[] = {{.5, "+421"}, {.7, "0"},   {.8, "+420"},
                                             {.88, "+34"}, {.95, "+7"}, {1, "0044"}};
constexpr const char* kQueues[] = {"sales", "support", "billing"};
constexpr const char* kGivenNames[] = {"Jana",  "Ľubomír", "Zuzana",    "Štefan", "José", "María",
                                       "Íñigo", "Lucía",   "Алёна",     "Сергей", "Юлия", "Андрей",
                                       "Emma",  "Oliver",  "Charlotte", "Zoë"};
constexpr const char* kFamilyNames[] = {
    "Nováková", "Kováč",   "Horváthová", "Ďurica",  "Muñoz",    "García",  "Peña",  "Núñez",
    "Соловьёв", "Иванова", "Щербаков",   "Королёв", "Mitchell", "O'Brien", "Smith", "Thackeray"};

// Calls per hour of the day, in parts of the busiest.
constexpr int kHours[24] = {1,  1,  1,  1,  1,  2,  8,  30, 80, 100, 100, 90,
                            70, 80, 95, 90, 75, 50, 25, 12, 8,  4,   2,   1};
constexpr double kWeekdays[7] = {1.1, 1, 1, 1, .9, .2, .1};  // from Monday

double weight_of(int day) { return kWeekdays[(day + 3) % 7]; }

CallId id_of(int64_t us, uint64_t random) {
  CallId id;
  int64_t ms = us % kUsPerDay / 1000;
  for (int i = 0; i < 4; ++i) id.bytes[i] = static_cast<uint8_t>(us / kUsPerDay >> (24 - 8 * i));
  for (int i = 4; i < 8; ++i) id.bytes[i] = static_cast<uint8_t>(ms >> (56 - 8 * i));
  for (int i = 8; i < 16; ++i) id.bytes[i] = static_cast<uint8_t>(random >> (8 * (i - 8)));
  return id;
}

std::string digits(uint64_t value, size_t length) {
  std::string text = std::to_string(value);
  return text.size() < length ? std::string(length - text.size(), '0') + text : text;
}

}  // namespace

SearchCalls::SearchCalls(uint64_t total) : total_(total), random_(1) {
  for (int day = 0; day < kDays; ++day) weight_ += weight_of(day);
}

std::vector<db::CallRows> SearchCalls::day(int number) {
  random_.seed(static_cast<uint64_t>(number) + 1);
  auto count = static_cast<size_t>(std::lround(static_cast<double>(total_) * weight_of(number) / weight_));
  std::vector<int64_t> starts(count);
  for (int64_t& start : starts)
    start = (kFirstDay + number) * kUsPerDay + second_of_day() * 1'000'000 +
            static_cast<int64_t>(below(1'000'000));
  std::sort(starts.begin(), starts.end());
  std::vector<db::CallRows> calls;
  calls.reserve(count);
  for (int64_t start : starts) calls.push_back(call_at(start));
  return calls;
}

int64_t SearchCalls::second_of_day() {
  for (;;) {
    uint64_t second = below(86'400);
    if (below(100) < static_cast<uint64_t>(kHours[second / 3600])) return static_cast<int64_t>(second);
  }
}

// Most talk for some minutes, some for hours.
int64_t SearchCalls::talk_us() {
  double normal = std::sqrt(-2 * std::log(1 - share())) * std::cos(6.2831853 * share());
  return static_cast<int64_t>(std::min(std::exp(4.6 + 1.2 * normal), 18'000.0) * 1e6);
}

SearchCalls::Party SearchCalls::extension() {
  auto index = static_cast<uint64_t>(std::pow(share(), 2) * kExtensions);
  return {digits(4000 + index, 4),
          std::string(kGivenNames[index % 16]) + " " + kFamilyNames[index / 16 % 16]};
}

SearchCalls::Party SearchCalls::outsider() {
  auto index = static_cast<uint64_t>(std::pow(share(), 3) * kOutsiders);
  // What belongs to a number follows from it alone.
  uint64_t mixed = (index + 1) * 0x9e3779b97f4a7c15;
  double at = static_cast<double>(mixed >> 11) * 0x1p-53;
  Party party{pick(kCountries, at) + std::string("9") + digits(mixed >> 20 & 0x3ffffff, 8), std::nullopt};
  if (mixed % 5 < 2)
    party.name = std::string(kGivenNames[mixed >> 8 & 15]) + " " + kFamilyNames[mixed >> 12 & 15];
  return party;
}

void SearchCalls::set_parties(CallRecord& call) {
  call.direction = pick(kDirections, share());
  bool from_inside = call.direction == Direction::kOutbound || call.direction == Direction::kInternal;
  bool to_inside = call.direction == Direction::kInbound || call.direction == Direction::kInternal;
  Party caller = from_inside ? extension() : outsider(), called = to_inside ? extension() : outsider();
  call.caller_number = caller.number;
  call.caller_name = caller.name;
  call.called_number = called.number;
  if (to_inside) call.called_name = called.name;
  if (call.direction == Direction::kInbound && below(3) == 0) call.queue = kQueues[below(3)];
}

void SearchCalls::set_outcome(CallRecord& call) {
  call.tech_result = pick(kResults, share());
  call.ring_at = call.start_at + static_cast<int64_t>(100 + below(900)) * kNsPerMs;
  WallTime over = *call.ring_at + static_cast<int64_t>(1'000 + below(30'000)) * kNsPerMs;
  bool answered =
      call.tech_result == TechResult::kAnswered || call.tech_result == TechResult::kAnsweredVoicemail;
  if (answered) {
    call.answer_at = over;
    over = over + talk_us() * kNsPerUs;
  }
  call.end_at = WallTime::from_us(over.us());
  call.hangup_by = static_cast<HangupBy>(1 + below(3));
  call.end_reason = answered ? "bye" : "refused";
  call.ended = true;
}

void SearchCalls::add_recording(db::CallRows& rows) {
  const CallRecord& call = rows.call;
  RecordingRecord recording{.recording_id = RecordingId(call.call_id), .call_id = call.call_id};
  recording.state = call.answer_at ? pick(kStates, share()) : RecordingState::kNoMedia;
  recording.witness = "node-1 " + call.source_detail;
  recording.start_at = call.start_at;
  recording.end_at = call.end_at;
  if (call.answer_at) {
    MediaStream stream{.participant = "caller", .source = "10.1.2.3:4000", .destination = "10.1.9.9:12000"};
    stream.media = "audio";
    stream.codec = pick(kCodecs, share());
    stream.clock_rate = stream.codec == "opus" ? 48'000 : 8'000;
    stream.packets = static_cast<uint64_t>(*call.end_at - *call.answer_at) / (20 * kNsPerMs);
    stream.bytes = stream.packets * 160;
    stream.ssrc = static_cast<uint32_t>(random_());
    stream.first_at = call.answer_at;
    stream.last_at = call.end_at;
    recording.streams.push_back(stream);
    stream.participant = "callee";
    stream.number = 1;
    ++stream.ssrc;
    std::swap(stream.source, stream.destination);
    recording.streams.push_back(stream);
    recording.media_bytes = 2 * stream.bytes;
  }
  rows.recordings.push_back(std::move(recording));
}

db::CallRows SearchCalls::call_at(int64_t us) {
  db::CallRows rows;
  CallRecord& call = rows.call;
  call.start_at = WallTime::from_us(us);
  call.call_id = id_of(us, random_());
  call.interaction_id = InteractionId(call.call_id);
  call.source = pick(kSources, share());
  call.source_detail = call.source == SourceKind::kSiprec ? "sbc1" : "eth0";
  set_parties(call);
  set_outcome(call);
  Leg leg;
  leg.sip_call_id = digits(random_(), 20) + "@pbx" + std::to_string(below(4));
  leg.role = "a";
  leg.from_uri = "sip:" + *call.caller_number + "@pbx.example";
  leg.to_uri = "sip:" + *call.called_number + "@pbx.example";
  leg.from_name = call.caller_name.value_or("");
  leg.user_agent = pick(kDevices, share());
  leg.server = pick(kDevices, share());
  leg.transport = "udp";
  leg.source = "10.1.2.3:5060";
  leg.destination = "10.1.9.9:5060";
  leg.invite_at = call.start_at;
  leg.ring_at = call.ring_at;
  leg.answer_at = call.answer_at;
  leg.end_at = call.end_at;
  leg.final_status = call.answer_at ? 200 : 487;
  call.sip_call_ids = {leg.sip_call_id};
  call.legs.push_back(std::move(leg));
  add_recording(rows);
  return rows;
}

}  // namespace ew::bench
