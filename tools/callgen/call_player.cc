#include "callgen/call_player.h"

#include <algorithm>

namespace callgen {

size_t CallPlayer::target_index(const Act& act) const {
  auto found = std::find(plan_.to.begin(), plan_.to.end(), act.target);
  return act.target.empty() ? active_ : static_cast<size_t>(found - plan_.to.begin());
}

Side CallPlayer::side_of(const Act& act) const {
  return act.by == "callee" || (!act.by.empty() && act.by != "caller" && act.by != plan_.from)
             ? Side::kCallee
             : Side::kCaller;
}

Speaker& CallPlayer::speaker_of(const Act& act) {
  return side_of(act) == Side::kCaller ? *caller_ : callees_[active_];
}

int64_t CallPlayer::time_of(const Act& act) const {
  return scenario_.start.ns + static_cast<int64_t>(act.at * 1e6) * ew::kNsPerUs;
}

// What happened first counts, and only what the capture still holds.
void CallPlayer::note(std::optional<int64_t>& slot, int64_t at) const {
  if (at < capture_end_ && (!slot || at < *slot)) slot = at;
}

void CallPlayer::start_media(Side side, int64_t at) {
  if (side == Side::kCaller)
    caller_->start(at, links(side));
  else
    callees_[active_].start(at, links(side));
}

void CallPlayer::stop_media(int64_t at) {
  if (caller_->sending()) caller_->stop(at);
  for (Speaker& callee : callees_)
    if (callee.sending()) callee.stop(at);
}

void CallPlayer::reroute(int64_t at) {
  if (caller_->sending()) caller_->reroute(at, links(Side::kCaller));
  if (callees_[active_].sending()) callees_[active_].reroute(at, links(Side::kCallee));
}

namespace {

bool is_media_act(const std::string& what) {
  return what == "start_media" || what == "stop_media" || what == "change_ssrc" || what == "change_codec" ||
         what == "dtmf";
}

bool needs_nobody(const std::string& what) {
  return what == "invite" || what == "reject" || what == "cancel";
}

}  // namespace

const std::map<std::string, CallPlayer::Play>& CallPlayer::acts() {
  using Calls = const std::deque<CallPlayer>&;
  using Self = CallPlayer&;
  static const std::map<std::string, Play> kActs = {
      {"invite", [](Self self, const Act& act, int64_t at, Calls calls) { self.invite(act, at, calls); }},
      {"fork", [](Self self, const Act& act, int64_t at, Calls) { self.fork(act, at); }},
      {"ring", [](Self self, const Act& act, int64_t at, Calls) { self.ring(act, at, false); }},
      {"early_media", [](Self self, const Act& act, int64_t at, Calls) { self.ring(act, at, true); }},
      {"answer", [](Self self, const Act& act, int64_t at, Calls) { self.answer(act, at); }},
      {"reject", [](Self self, const Act& act, int64_t at, Calls) { self.reject(act, at); }},
      {"cancel", [](Self self, const Act&, int64_t at, Calls) { self.cancel(at); }},
      {"hold", [](Self self, const Act& act, int64_t at, Calls) { self.hold(act, at); }},
      {"resume", [](Self self, const Act& act, int64_t at, Calls) { self.resume(act, at); }},
      {"refresh", [](Self self, const Act& act, int64_t at, Calls) { self.refresh(act, at); }},
      {"move_media", [](Self self, const Act& act, int64_t at, Calls) { self.move_media(act, at); }},
      {"refer", [](Self self, const Act& act, int64_t at, Calls calls) { self.refer(act, at, calls); }},
      {"notify", [](Self self, const Act& act, int64_t at,
                    Calls) { self.notify(act, at, act.text.empty() ? "SIP/2.0 200 OK" : act.text, true); }},
      {"bye", [](Self self, const Act& act, int64_t at, Calls) { self.bye(act, at); }},
      {"info_digit", [](Self self, const Act& act, int64_t at, Calls) { self.info_digit(act, at); }},
      {"dtmf",
       [](Self self, const Act& act, int64_t at, Calls) { self.speaker_of(act).press(at, act.text); }},
      {"change_ssrc",
       [](Self self, const Act& act, int64_t at, Calls) { self.speaker_of(act).change_ssrc(at); }},
      {"change_codec", [](Self self, const Act& act, int64_t at,
                          Calls) { self.speaker_of(act).change_codec(at, act.codec); }},
      {"start_media",
       [](Self self, const Act& act, int64_t at, Calls) { self.start_media(self.side_of(act), at); }},
      {"stop_media", [](Self self, const Act&, int64_t at, Calls) { self.stop_media(at); }},
  };
  return kActs;
}

ew::Status CallPlayer::play(const Act& act, const std::deque<CallPlayer>& calls) {
  auto found = acts().find(act.what);
  if (found == acts().end()) return ew::Error(ew::ErrorCode::kInvalid, "no act is called '" + act.what + "'");
  if ((plan_.silent && !is_media_act(act.what)) || (calls_nobody() && !needs_nobody(act.what)))
    return ew::Error(ew::ErrorCode::kInvalid, "such a call cannot '" + act.what + "'");
  found->second(*this, act, time_of(act), calls);
  return {};
}

ew::Result<CallTruth> CallPlayer::finish() {
  for (StreamTruth& stream : TRY(caller_->emit(wire_, plan_, scenario_, capture_end_)))
    truth_.streams.push_back(std::move(stream));
  for (Speaker& callee : callees_)
    for (StreamTruth& stream : TRY(callee.emit(wire_, plan_, scenario_, capture_end_)))
      truth_.streams.push_back(std::move(stream));
  std::stable_sort(truth_.streams.begin(), truth_.streams.end(),
                   [](const StreamTruth& a, const StreamTruth& b) { return a.first_at < b.first_at; });
  if (!plan_.result.empty()) truth_.tech_result = plan_.result;
  for (const StreamTruth& stream : truth_.streams) {
    if (plan_.silent) note(truth_.start_at, stream.first_at);
    // Without a BYE a call ends with its last packet.
    if ((plan_.silent || !plan_.end_reason.empty()) && (!truth_.end_at || *truth_.end_at < stream.last_at))
      truth_.end_at = stream.last_at;
  }
  std::sort(truth_.sip_call_ids.begin(), truth_.sip_call_ids.end());
  return truth_;
}

}  // namespace callgen
