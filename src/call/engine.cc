#include "call/engine.h"

#include <algorithm>
#include <queue>
#include <unordered_map>

#include "base/text.h"
#include "call/call.h"
#include "call/common_internal.h"
#include "call/correlation.h"
#include "call/dialog.h"
#include "call/media.h"
#include "call/recording_sessions.h"
#include "call/roster.h"
#include "sdp/session.h"
#include "siprec/withhold.h"

namespace ew::call {
namespace {

// A message that breaks a rule and still says which call it is about and what it asks. The phones may well
// have understood it, so the call it makes is logged; of a header that stands twice the first counts, a body
// that is cut off is read as far as it goes.
bool is_usable(sip::ParseError error, const sip::Message& message) {
  bool minor = error == sip::ParseError::kContentLength || error == sip::ParseError::kDuplicateHeader ||
               error == sip::ParseError::kHeader;
  return minor && !message.call_id().empty() && !message.from_tag().empty() && message.cseq.number != 0 &&
         message.method != sip::Method::kUnknown;
}

HangupBy hangup_of(const Dialog& main, const std::vector<std::shared_ptr<Dialog>>& dialogs) {
  if (main.hangup_by != HangupBy::kCallee) return main.hangup_by;
  // A B2BUA passes on a hang-up: whoever it really was spoke on another leg before.
  for (const auto& dialog : dialogs)
    if (dialog.get() != &main && dialog->answered() && dialog->ended && dialog->end_at <= main.end_at)
      return dialog->hangup_by;
  return main.hangup_by;
}

// What another witness may know the call of this dialog by.
Witnesses::Names names_of(const Dialog& dialog) {
  return {{dialog.leg.sip_call_id, without_remote(dialog.session_id)}, {dialog.from_user, dialog.to_user}};
}

std::optional<CallId> id_of(const Call* call) {
  if (!call) return std::nullopt;
  return call->record.call_id;
}

}  // namespace

struct Engine::Impl : MediaRouter::Owner, RecordingSessions::Owner {
  Impl(Settings given, Ids& id_source, Listener& to)
      : settings(std::move(given)),
        ids(id_source),
        listener(to),
        media(settings, counters, *this),
        recording_sessions(settings, media, *this) {}

  void on_datagram(const Datagram& datagram);
  void on_sip(const Datagram& datagram);
  void on_malformed(const Datagram& datagram);
  bool take_recording_session(const Datagram& datagram);
  Dialog* begin_dialog(const Datagram& datagram);
  Call* begin_call(const Datagram& first, std::string_view sip_call_id, const Call* witnessed);
  Call* begin_call(const Datagram& first, SourceKind source, CallId id);
  void tell_witnesses(Call& second, Call& first, WallTime at);
  void join(Call& call, std::shared_ptr<Dialog> dialog);
  void follow(Call& call, const Relation& relation, WallTime at);
  void apply(Dialog& dialog, const Datagram& datagram);
  void update_end(Call& call, WallTime at);
  void end(Call& call, WallTime at, HangupBy by, std::string_view reason);
  void close(Call& call);
  WallTime deadline(const Call& call) const;
  void expire(Call& call);
  void schedule(Call& call);
  void advance(WallTime time);
  void finish(std::string_view reason);
  void each_call(const std::function<void(Call&)>& each);
  bool act_on(CallId id, RecordingAct act, WallTime at);
  bool note(std::string_view sip_call_id, const Note& note);
  void changed(Call& call) {
    call.refresh();
    listener.on_call(call, Change::kChanged);
  }

  Call* begin_media_call(const Datagram& first) override;
  void on_media_packet(Call& call, Stream* stream, const MediaPacket& packet) override {
    listener.on_media(call, stream, packet);
  }
  void prepare(std::span<Call* const> coming) override { listener.prepare(coming); }

  Call* begin_recorded_call(const Datagram& first, const std::vector<std::string>& session_ids,
                            const Witnesses::Names& names) override;
  void recorded_call_changed(Call& call, bool is_new) override;
  void end_recorded_call(Call& call, WallTime at, std::string_view reason) override;
  void reopen_recorded_call(Call& call) override { reopen(call); }
  void on_recorded_signalling(Call& call, const Datagram& datagram, const sip::Message& of) override {
    listener.on_signalling(call, datagram, of);
  }
  void reopen(Call& call);

  struct Timer {
    WallTime at;
    uint64_t serial;
    bool operator>(const Timer& other) const {
      return std::tie(at, serial) > std::tie(other.at, other.serial);
    }
  };

  Settings settings;
  Ids& ids;
  Listener& listener;
  EngineCounters counters;
  MediaRouter media;
  Correlator correlator;
  Witnesses witnesses;
  RecordingSessions recording_sessions;
  sip::Message message;  // parsed into again and again
  WallTime now;
  uint64_t next_serial = 1;
  std::unordered_map<uint64_t, std::unique_ptr<Call>> calls;
  std::unordered_map<const Call*, uint64_t> serials;
  std::unordered_map<std::string, Dialog*> dialogs;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers;
};

void Engine::Impl::on_datagram(const Datagram& datagram) {
  advance(datagram.at);
  // A first byte with its high bit set begins RTP or RTCP, never a SIP start line.
  bool may_be_sip = !datagram.payload.empty() && datagram.payload[0] < 0x80;
  if (datagram.transport != Transport::kUdp || (may_be_sip && sip::looks_like_sip(datagram.payload))) {
    on_sip(datagram);
  } else {
    media.on_datagram(datagram);
  }
}

void Engine::Impl::on_sip(const Datagram& datagram) {
  size_t limit = datagram.transport == Transport::kUdp ? sip::kMaxMessageUdp : sip::kMaxMessageTcp;
  sip::ParseError error = sip::parse(datagram.payload, message, limit);
  ++counters.sip_errors[static_cast<size_t>(error) % counters.sip_errors.size()];
  if (error == sip::ParseError::kNotSip) {
    ++counters.other_datagrams;
    return;
  }
  if (error != sip::ParseError::kNone) {
    ++counters.sip_malformed;
    if (!is_usable(error, message)) {
      on_malformed(datagram);
      return;
    }
  }
  ++counters.sip_messages;
  auto found = dialogs.find(std::string(message.call_id().substr(0, kMaxCallId)));
  if (found == dialogs.end() && take_recording_session(datagram)) return;
  Dialog* dialog = found != dialogs.end() ? found->second : begin_dialog(datagram);
  if (!dialog) {
    ++counters.sip_other;
    return;
  }
  if (found != dialogs.end()) apply(*dialog, datagram);
}

// What policy does not allow to be kept is gone before anything is made of the message.
bool Engine::Impl::take_recording_session(const Datagram& datagram) {
  if (settings.withheld_metadata.empty() || !siprec::find_metadata(message))
    return recording_sessions.take(datagram, message);
  std::string text = siprec::withhold(as_text(datagram.payload), settings.withheld_metadata);
  sip::Message rest;
  sip::parse(as_bytes(text), rest, sip::kMaxMessageTcp);  // as long and as well-formed as it was
  Datagram kept = datagram;
  kept.payload = as_bytes(text);
  return recording_sessions.take(kept, rest);
}

// A message that breaks the rules changes nothing, but where it names a call it is kept with it.
void Engine::Impl::on_malformed(const Datagram& datagram) {
  auto found = dialogs.find(std::string(message.call_id().substr(0, kMaxCallId)));
  if (found != dialogs.end()) listener.on_signalling(*found->second->call, datagram, message);
}

Dialog* Engine::Impl::begin_dialog(const Datagram& datagram) {
  bool is_invite = message.method == sip::Method::kInvite;
  bool begins = message.is_request ? is_invite : is_invite && message.status > 100 && message.status < 300;
  if (!begins || message.call_id().empty()) return nullptr;

  std::string call_id(message.call_id().substr(0, kMaxCallId));
  // Its place in a call is known only after its first message has been read, and that message speaks of the
  // call it is in.
  Call provisional;
  auto dialog = std::make_shared<Dialog>(call_id, provisional);
  Effects effects = dialog->apply(message, datagram);

  Relation relation =
      message.is_request ? correlator.relate(*dialog, message, dialogs, datagram.at) : Relation{};
  Call* call = nullptr;
  if (relation.kind == Relation::Kind::kSameCall &&
      relation.call->dialogs.size() < settings.max_dialogs_per_call)
    call = relation.call;
  bool in_the_middle = !message.is_request || !message.to_tag().empty();
  if (!call && in_the_middle && effects.description)
    call = media.find_media_call(*effects.description->session);
  bool is_new = call == nullptr;
  if (is_new) {
    Call* witnessed = relation.kind == Relation::Kind::kNone
                          ? witnesses.find(false, names_of(*dialog), datagram.at)
                          : nullptr;
    call = begin_call(datagram, call_id, witnessed);
    if (!call) return nullptr;
    if (witnessed) tell_witnesses(*call, *witnessed, datagram.at);
  }
  for (CallEvent& event : provisional.record.events) call->record.events.push_back(std::move(event));
  Dialog* begun = dialog.get();
  join(*call, std::move(dialog));
  call->add_event(datagram.at, "invite", is_new ? "caller" : begun->participants[0], to_utf8(call_id));
  if (relation.kind == Relation::Kind::kTransfer) follow(*call, relation, datagram.at);
  correlator.note_incoming(call->dialogs.back(), datagram.at);
  call->last_signalling = datagram.at;
  call->refresh();
  listener.on_call(*call, is_new ? Change::kBegun : Change::kChanged);
  listener.on_signalling(*call, datagram, message);
  if (effects.description) media.expect(*begun, *effects.description);
  schedule(*call);
  return begun;
}

void Engine::Impl::join(Call& call, std::shared_ptr<Dialog> dialog) {
  dialog->call = &call;
  if (call.dialogs.size() > 0) {
    // Who answers on a further leg is the called party, unless another leg has one already.
    bool taken = std::any_of(call.dialogs.begin() + 1, call.dialogs.end(),
                             [](const auto& d) { return d->answered(); });
    if (taken) dialog->participants[1] = "party" + std::to_string(call.dialogs.size() + 1);
  }
  witnesses.note(call, names_of(*dialog));
  dialogs[dialog->leg.sip_call_id] = dialog.get();
  call.dialogs.push_back(std::move(dialog));
}

// The new call comes from a transfer: it belongs to the same interaction, and so does the call that was made
// to consult.
void Engine::Impl::follow(Call& call, const Relation& relation, WallTime at) {
  Call& parent = *relation.call;
  call.record.interaction_id = parent.record.interaction_id;
  call.record.parent_call_id = parent.record.call_id;
  call.add_event(at, "transferred_from", {}, parent.record.call_id.text());
  if (!relation.consulted) return;
  Call& consulted = *relation.consulted;
  consulted.add_event(at, "replaced", {}, call.record.call_id.text());
  if (&consulted != &parent) {
    consulted.record.interaction_id = parent.record.interaction_id;
    if (!consulted.record.parent_call_id) consulted.record.parent_call_id = parent.record.call_id;
  }
  changed(consulted);
}

Call* Engine::Impl::begin_call(const Datagram& first, std::string_view sip_call_id, const Call* witnessed) {
  if (calls.size() < settings.max_calls)
    return begin_call(first, ids.source(first).value_or(settings.source),
                      ids.call_id(first, sip_call_id, id_of(witnessed)));
  ++counters.overload_calls;
  return nullptr;
}

Call* Engine::Impl::begin_recorded_call(const Datagram& first, const std::vector<std::string>& session_ids,
                                        const Witnesses::Names& names) {
  if (calls.size() >= settings.max_calls) {
    ++counters.overload_calls;
    return nullptr;
  }
  Call* witnessed = witnesses.find(true, names, first.at);
  Call* call =
      begin_call(first, SourceKind::kSiprec, ids.call_id_of_session(first, session_ids, id_of(witnessed)));
  call->roster = std::make_unique<Roster>();
  witnesses.note(*call, names);
  if (witnessed) tell_witnesses(*call, *witnessed, first.at);
  return call;
}

// The second witness of a call goes on in the interaction of the first, paused if that is, and the first says
// that there is one.
void Engine::Impl::tell_witnesses(Call& second, Call& first, WallTime at) {
  second.pause = first.pause;
  second.had_pauses = first.had_pauses;
  second.is_stopped = first.is_stopped;
  second.record.interaction_id = first.record.interaction_id;
  second.record.parent_call_id = first.record.parent_call_id;
  first.add_event(at, "second_witness", {}, name_of(second.record.source));
  changed(first);
}

Call* Engine::Impl::begin_call(const Datagram& first, SourceKind source, CallId id) {
  auto call = std::make_unique<Call>();
  CallRecord& record = call->record;
  record.call_id = id;
  record.interaction_id = ids.interaction_id(record.call_id);
  record.tenant = settings.tenant;
  record.source = source;
  record.source_detail = ids.source_detail(first);
  record.start_at = first.at;
  uint64_t serial = next_serial++;
  serials[call.get()] = serial;
  return (calls[serial] = std::move(call)).get();
}

Call* Engine::Impl::begin_media_call(const Datagram& first) {
  Call* call = begin_call(first, {}, nullptr);
  if (!call) return nullptr;
  call->last_media = call->last_signalling = first.at;
  call->had_media = true;
  call->refresh();
  listener.on_call(*call, Change::kBegun);
  schedule(*call);
  return call;
}

void Engine::Impl::apply(Dialog& dialog, const Datagram& datagram) {
  Call& call = *dialog.call;
  call.last_signalling = datagram.at;
  Effects effects = dialog.apply(message, datagram);
  if (effects.description) media.expect(dialog, *effects.description);
  if (effects.transfer) correlator.note_transfer(*effects.transfer, dialog, datagram.at);
  listener.on_signalling(call, datagram, message);
  if (effects.reopened && call.ended) reopen(call);
  if (effects.changed) {
    update_end(call, datagram.at);
    call.refresh();
    listener.on_call(call, call.ended ? Change::kEnded : Change::kChanged);
    schedule(call);
  }
}

void Engine::Impl::reopen(Call& call) {
  call.ended = false;
  call.record.end_at.reset();
  call.record.hangup_by = HangupBy::kUnknown;
  call.record.end_reason.clear();
}

void Engine::Impl::recorded_call_changed(Call& call, bool is_new) {
  call.refresh();
  listener.on_call(call, is_new ? Change::kBegun : Change::kChanged);
  schedule(call);
}

void Engine::Impl::end_recorded_call(Call& call, WallTime at, std::string_view reason) {
  end(call, at, HangupBy::kUnknown, reason);
  call.refresh();
  listener.on_call(call, Change::kEnded);
  schedule(call);
}

// A call has ended when its caller's leg has; legs that go on without it are late messages.
void Engine::Impl::update_end(Call& call, WallTime) {
  const Dialog& main = *call.dialogs.front();
  if (call.ended || !main.ended) return;
  end(call, main.end_at, hangup_of(main, call.dialogs), main.end_reason);
}

void Engine::Impl::end(Call& call, WallTime at, HangupBy by, std::string_view reason) {
  call.ended = true;
  call.ended_at = at;
  call.record.end_at = at;
  call.record.hangup_by = by;
  call.record.end_reason = reason;
  std::string_view who = by == HangupBy::kCaller ? "caller" : by == HangupBy::kCallee ? "callee" : "";
  call.add_event(at, "end", who, reason);
}

WallTime Engine::Impl::deadline(const Call& call) const {
  if (call.ended) return std::max(call.ended_at, call.last_signalling) + settings.linger_ns;
  if (call.from_media_alone()) return call.last_media + settings.rtp_only_silence_ns;
  if (call.roster) {
    // The client says when a call is over; one that it has paused may be silent for long.
    bool paused = std::any_of(call.sessions.begin(), call.sessions.end(),
                              [&](const auto* s) { return s->is_paused(call); });
    return std::max(call.last_signalling, call.last_media) +
           (paused ? settings.paused_ns : settings.no_media_ns);
  }
  const Dialog& main = *call.dialogs.front();
  WallTime last = std::max(call.last_signalling, call.last_media);
  if (call.had_media && (main.answered() || main.leg.invite_at != call.record.start_at)) {
    bool held =
        std::any_of(call.dialogs.begin(), call.dialogs.end(), [](const auto& d) { return d->on_hold(); });
    return last + (held ? settings.hold_silence_ns : settings.media_silence_ns);
  }
  return last + (main.answered() ? settings.no_media_ns : settings.unanswered_ns);
}

void Engine::Impl::schedule(Call& call) { timers.push({deadline(call), serials.at(&call)}); }

void Engine::Impl::advance(WallTime time) {
  now = std::max(now, time);
  media.advance(now);
  recording_sessions.advance(now);
  while (!timers.empty() && timers.top().at <= now) {
    uint64_t serial = timers.top().serial;
    timers.pop();
    auto found = calls.find(serial);
    if (found == calls.end()) continue;
    Call& call = *found->second;
    if (deadline(call) > now) {
      schedule(call);
    } else {
      expire(call);
    }
  }
}

// Nothing has happened for as long as a call of this kind may be silent.
void Engine::Impl::expire(Call& call) {
  if (call.ended) {
    close(call);
    return;
  }
  bool media_was_last = call.had_media && call.last_media >= call.record.start_at;
  end(call, media_was_last ? call.last_media : call.last_signalling, HangupBy::kUnknown,
      media_was_last ? "media_silence" : "signalling_silence");
  for (const auto& dialog : call.dialogs)
    dialog->end(call.ended_at, HangupBy::kUnknown, call.record.end_reason);
  close(call);
}

void Engine::Impl::close(Call& call) {
  media.settle(call);
  call.refresh();
  listener.on_call(call, Change::kClosed);
  media.close(call);
  correlator.forget(call);
  witnesses.forget(call);
  if (call.roster) recording_sessions.forget(call);
  for (const auto& dialog : call.dialogs) dialogs.erase(dialog->leg.sip_call_id);
  auto serial = serials.find(&call);
  uint64_t number = serial->second;
  serials.erase(serial);
  calls.erase(number);
}

void Engine::Impl::each_call(const std::function<void(Call&)>& each) {
  for (const auto& [serial, call] : calls) each(*call);
}

bool Engine::Impl::act_on(CallId id, RecordingAct act, WallTime at) {
  bool is_found = false;
  const bool pauses = act != RecordingAct::kResume;
  for (const auto& [serial, call] : calls) {
    if (call->record.call_id != id || call->ended || call->is_stopped) continue;
    is_found = true;
    call->is_stopped = act == RecordingAct::kStop;
    if (call->pause.is_on() == pauses && !call->is_stopped) continue;
    call->pause.set(pauses, at);
    call->had_pauses = true;
    for (const auto& stream : call->streams) stream->statistics.pass_over();
    call->add_event(at,
                    call->is_stopped ? "rec_stop"
                    : pauses         ? "rec_pause"
                                     : "rec_resume",
                    {}, "by a person");
    changed(*call);
  }
  return is_found;
}

bool Engine::Impl::note(std::string_view sip_call_id, const Note& note) {
  auto found = dialogs.find(std::string(sip_call_id.substr(0, kMaxCallId)));
  if (found == dialogs.end()) return false;
  Call& call = *found->second->call;
  if (call.notes >= settings.max_notes_per_call) return false;
  ++call.notes;
  listener.on_note(call, note);
  return true;
}

void Engine::Impl::finish(std::string_view reason) {
  media.finish();
  std::vector<uint64_t> open;
  for (const auto& [serial, call] : calls) open.push_back(serial);
  std::sort(open.begin(), open.end());
  for (uint64_t serial : open) {
    Call& call = *calls.at(serial);
    if (!call.ended) {
      end(call, std::max(call.last_signalling, call.last_media), HangupBy::kUnknown, reason);
      for (const auto& dialog : call.dialogs) dialog->end(call.ended_at, HangupBy::kUnknown, reason);
      if (call.roster) RecordingSessions::end_sessions(call, call.ended_at, reason);
    }
    close(call);
  }
  recording_sessions.finish();
}

Engine::Engine(Settings settings, Ids& ids, Listener& listener)
    : impl_(std::make_unique<Impl>(std::move(settings), ids, listener)) {}
Engine::~Engine() = default;
void Engine::prepare(std::span<const Datagram> coming) { impl_->media.prepare(coming); }
void Engine::on_datagram(const Datagram& datagram) { impl_->on_datagram(datagram); }
void Engine::advance(WallTime now) { impl_->advance(now); }
void Engine::finish(std::string_view reason) { impl_->finish(reason); }
void Engine::each_call(const std::function<void(Call&)>& each) { impl_->each_call(each); }
void Engine::note_drops(LossPlace place, WallTime from, WallTime to, uint64_t packets) {
  impl_->media.note_drops(place, from, to, packets);
}
bool Engine::act_on(CallId call, RecordingAct act, WallTime at) { return impl_->act_on(call, act, at); }
bool Engine::note(std::string_view sip_call_id, const Note& note) { return impl_->note(sip_call_id, note); }
const EngineCounters& Engine::counters() const { return impl_->counters; }
size_t Engine::open_calls() const { return impl_->calls.size(); }
size_t Engine::open_recording_sessions() const { return impl_->recording_sessions.open(); }

}  // namespace ew::call
