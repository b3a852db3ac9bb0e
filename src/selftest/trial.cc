#include "selftest/trial.h"

#include <algorithm>

#include "selftest/trial_server_internal.h"
#include "srcload/calls.h"

namespace ew::selftest {
namespace {

constexpr double kMostSetUps = 250, kLeastSetUps = 25;  // a second
constexpr double kRampS = 8;                            // if that is within them
constexpr uint64_t kLateShare = 100;                    // one packet of so many may leave late
constexpr double kPacketsOfACall = 100;                 // a second

std::string number(uint64_t value) { return std::to_string(value); }

void judge(Trial& trial, const srcload::CallsPlayed& played) {
  const bool is_behind = played.not_sent > 0 || played.late_packets > played.packets / kLateShare;
  if (!played.troubles.empty()) {
    trial.outcome = is_behind ? Outcome::kClientBehind : Outcome::kRefused;
    for (const auto& [trouble, sessions] : played.troubles)
      trial.why += (trial.why.empty() ? "" : ", ") + number(sessions) + " sessions: " + trouble;
  } else if (trial.packets_stored != trial.packets_sent) {
    trial.outcome = is_behind ? Outcome::kClientBehind : Outcome::kLost;
    trial.why = number(trial.packets_sent - trial.packets_stored) + " of " + number(trial.packets_sent) +
                " packets are not stored";
  } else if (is_behind) {
    trial.outcome = Outcome::kClientBehind;
  }
  if (is_behind)
    trial.why += (trial.why.empty() ? "" : "; ") + std::string("the clients themselves sent ") +
                 number(played.late_packets) + " packets late";
}

}  // namespace

Result<Trial> run_trial(const TrialSettings& settings, const Clock& clock, uint32_t calls) {
  auto server = TRY(TrialServer::start(settings, clock));
  const TrialServer::Used before = TRY(server->recorder());
  srcload::CallsOptions options;
  options.to = server->sip();
  options.from = server->sip().ip;
  options.media = *IpAddress::parse("127.1.0.0");
  options.calls = calls;
  options.rate = std::clamp(calls / kRampS, kLeastSetUps, kMostSetUps);
  // The first still goes on when the last has been there for its time.
  options.hold_s = settings.hold_s + calls / options.rate;
  options.is_encrypted = settings.encrypted;
  const srcload::CallsPlayed played = TRY(srcload::play_calls(options));
  const TrialServer::Used after = TRY(server->recorder());
  TRY(server->stop());
  const TrialServer::Stored stored = TRY(server->stored());

  Trial trial;
  trial.calls = calls;
  trial.packets_sent = played.packets;
  trial.packets_stored = stored.packets;
  trial.answer_ms_p50 = played.answer_ms_p50;
  trial.answer_ms_p99 = played.answer_ms_p99;
  trial.answer_ms_max = played.answer_ms_max;
  trial.recorder_cpu_s = after.cpu_s - before.cpu_s;
  trial.memory_bytes = after.memory_bytes;
  trial.call_seconds = static_cast<double>(played.packets) / kPacketsOfACall;
  trial.stored_bytes = stored.bytes;
  judge(trial, played);
  return trial;
}

}  // namespace ew::selftest
