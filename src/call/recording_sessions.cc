#include "call/recording_sessions.h"

#include <algorithm>

#include "base/text.h"
#include "call/call.h"
#include "call/common_internal.h"
#include "call/media.h"
#include "call/roster.h"

namespace ew::call {
namespace {

constexpr size_t kMaxIds = 128;  // of a call
// A session that refreshes is heard more often (RFC 4028); one that was forgotten by its client is not kept
// for ever.
constexpr int64_t kSilenceNs = 26 * 3'600 * kNsPerSec;
constexpr int64_t kCheckNs = 60 * kNsPerSec;
// How long a group is remembered after its last call began, and how many are.
constexpr int64_t kGroupNs = 4 * 3'600 * kNsPerSec;
constexpr size_t kMaxGroups = 65'536;

// Some clients give all calls of a kind one group ("callcenter"): only what looks made for one group links
// calls.
bool looks_unique(const std::string& id) {
  return id.size() >= 16 && std::any_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string text_of_finding(const siprec::Finding& finding) {
  const siprec::RuleText& rule = siprec::text_of(finding.rule);
  std::string text =
      std::string(rule.code) + ": " + std::string(rule.text) + " (" + std::string(rule.source) + ")";
  if (!finding.detail.empty()) text += " [" + finding.detail + "]";
  return text;
}

// By what a call that is seen on the wire too may be known there. Clients give its Call-ID or session id
// under many names; what they give to several calls, a group or a queue, is nobody's Call-ID.
Witnesses::Names names_of(const siprec::Communication& communication, const RecordingSession& session) {
  Witnesses::Names names;
  for (const std::string& id : communication.sip_session_ids) names.ids.push_back(without_remote(id));
  for (const auto* ids : {&communication.external_ids, &session.header_ids()})
    for (const siprec::ExternalId& id : *ids)
      if (id.kind != "session" && id.kind != "group") names.ids.push_back(without_remote(id.value));
  std::vector<const siprec::Party*> parties;
  for (const siprec::Party& party : communication.parties)
    if (!party.has_left) parties.push_back(&party);
  if (parties.size() == 2 && !parties[0]->is_placeholder && !parties[1]->is_placeholder)
    names.users = {parties[0]->user, parties[1]->user};
  return names;
}

std::vector<Call*> calls_of(const RecordingSession& session) {
  std::vector<Call*> calls;
  for (const auto& member : session.members) calls.push_back(member.call);
  return calls;
}

}  // namespace

bool RecordingSessions::take(const Datagram& datagram, const sip::Message& message) {
  if (!sessions_.empty()) {
    auto found = sessions_.find(RecordingSession::key_of(message.call_id(), message.from_tag()));
    if (found == sessions_.end() && !message.to_tag().empty())
      found = sessions_.find(RecordingSession::key_of(message.call_id(), message.to_tag()));
    if (found != sessions_.end()) {
      follow(*found->second, datagram, message, false);
      return true;
    }
  }
  if (!siprec::recognise(message).is_recording_session) return false;
  if (RecordingSession* session = begin(datagram, message)) follow(*session, datagram, message, true);
  return true;
}

RecordingSession* RecordingSessions::begin(const Datagram& datagram, const sip::Message& message) {
  if (sessions_.size() >= settings_.max_calls) return nullptr;
  auto session = std::make_unique<RecordingSession>(message, datagram);
  checks_.push({datagram.at + kSilenceNs, session->key});
  return (sessions_[session->key] = std::move(session)).get();
}

void RecordingSessions::follow(RecordingSession& session, const Datagram& datagram,
                               const sip::Message& message, bool is_new) {
  RecordingSession::Effects effects = session.apply(message, datagram);
  std::vector<Call*> before = calls_of(session), left, begun;
  if (effects.has_reopened)
    for (Call* call : before)
      if (call->ended) owner_.reopen_recorded_call(*call);
  if (effects.has_metadata) {
    if (!session.has_ended) leave_calls(session, datagram.at, left);
    match_calls(session, datagram, begun);
    for (Call* call : begun)
      for (const siprec::Communication& communication : session.communications())
        if (session.member(communication.id) && session.member(communication.id)->call == call)
          link(*call, communication, left, datagram.at);
  }
  if (effects.has_metadata || effects.description) {
    session.assign_lines();
    std::vector<Call*> all = before;
    for (Call* call : calls_of(session)) add_unique(all, call, SIZE_MAX);
    media_.rebind(session, all, datagram.at);
  }
  for (Call* call : calls_of(session)) {
    call->last_signalling = std::max(call->last_signalling, datagram.at);
    if (!is_new && std::find(begun.begin(), begun.end(), call) == begun.end()) continue;
    call->add_event(datagram.at, "invite", {}, session.leg.sip_call_id);
    call->add_event(datagram.at, "session_began", {}, session.began().text());
  }
  tell(session, datagram.at, begun);
  if (effects.has_metadata || effects.has_changed || effects.description)
    for (Call* call : calls_of(session))
      owner_.recorded_call_changed(*call, std::find(begun.begin(), begun.end(), call) != begun.end());
  for (Call* call : calls_of(session)) owner_.on_recorded_signalling(*call, datagram, message);
  for (Call* call : left) owner_.on_recorded_signalling(*call, datagram, message);
  if (effects.description) media_.expect(session, *effects.description);
  for (Call* call : left) owner_.end_recorded_call(*call, datagram.at, "session_ended");
  if (!effects.has_ended) return;
  for (Call* call : calls_of(session)) {
    call->add_event(datagram.at, "session_ended", {}, session.ended().text());
    bool goes_on = std::any_of(call->sessions.begin(), call->sessions.end(),
                               [](const RecordingSession* s) { return !s->has_ended; });
    if (!call->ended && !goes_on) owner_.end_recorded_call(*call, session.end_at, session.end_reason);
  }
  if (session.calls.empty()) checks_.push({datagram.at + settings_.linger_ns, session.key});
}

// Communication sessions that are over: said to have stopped, or no longer in a snapshot.
void RecordingSessions::leave_calls(RecordingSession& session, WallTime, std::vector<Call*>& left) {
  const auto& now = session.communications();
  // What was known as nothing but a session takes the id that it gets.
  if (session.members.size() == 1 && session.members[0].id.empty() && now.size() == 1 && !now[0].has_ended &&
      !by_session_id_.contains(now[0].id)) {
    session.members[0].id = now[0].id;
    if (!now[0].id.empty()) by_session_id_[now[0].id] = session.members[0].call;
  }
  std::erase_if(session.members, [&](const RecordingSession::Member& member) {
    bool stays = std::any_of(now.begin(), now.end(), [&](const siprec::Communication& c) {
      return c.id == member.id && !c.has_ended;
    });
    if (stays) return false;
    bool elsewhere = std::any_of(member.call->sessions.begin(), member.call->sessions.end(),
                                 [&](const RecordingSession* s) { return s != &session && !s->has_ended; });
    if (!elsewhere && !member.call->ended) add_unique(left, member.call, SIZE_MAX);
    return true;
  });
}

void RecordingSessions::match_calls(RecordingSession& session, const Datagram& datagram,
                                    std::vector<Call*>& begun) {
  for (const siprec::Communication& communication : session.communications()) {
    RecordingSession::Member* member = session.member(communication.id);
    if (!member) {
      if (communication.has_ended || session.has_ended ||
          session.members.size() >= RecordingSession::kMaxMembers)
        continue;
      Call* call = call_for(session, communication, datagram, begun);
      if (!call) continue;
      session.members.push_back({communication.id, call});
      add_unique(session.calls, call, SIZE_MAX);
      add_unique(call->sessions, &session, SIZE_MAX);
      member = &session.members.back();
    }
    Call& call = *member->call;
    call.roster->update(communication, datagram.at, call);
    note_ids(call, session, communication);
  }
}

Call* RecordingSessions::call_for(RecordingSession& session, const siprec::Communication& communication,
                                  const Datagram& datagram, std::vector<Call*>& begun) {
  if (auto known = by_session_id_.find(communication.id);
      !communication.id.empty() && known != by_session_id_.end()) {
    Call* call = known->second;
    if (call->sessions.size() < settings_.max_dialogs_per_call) {
      if (call->ended) owner_.reopen_recorded_call(*call);
      call->add_event(datagram.at, "rejoined", {}, session.leg.sip_call_id);
      return call;
    }
  }
  std::vector<std::string> ids;
  if (!communication.id.empty()) ids.push_back(communication.id);
  for (const std::string& id : communication.sip_session_ids) ids.push_back(without_remote(id));
  ids.push_back(session.leg.sip_call_id);
  // What one message begins is told apart by the number of the packet's message.
  Datagram first = datagram;
  first.ref.index += static_cast<uint32_t>(begun.size()) << 16;
  Call* call = owner_.begin_recorded_call(first, ids, names_of(communication, session));
  if (!call) return nullptr;
  begun.push_back(call);
  if (!communication.id.empty()) by_session_id_[communication.id] = call;
  return call;
}

// A call that begins where another one of the same session ends, with a party in common, follows from it: a
// transfer. Calls of one group belong together too (RFC 7865 section 6.2).
void RecordingSessions::link(Call& call, const siprec::Communication& communication,
                             const std::vector<Call*>& left, WallTime at) {
  for (const Call* before : left) {
    bool shares = std::any_of(communication.parties.begin(), communication.parties.end(),
                              [&](const siprec::Party& party) {
                                return !party.user.empty() && !before->roster->name_of(party).empty();
                              });
    if (!shares) continue;
    call.record.parent_call_id = before->record.call_id;
    call.record.interaction_id = before->record.interaction_id;
    call.add_event(at, "transferred_from", {}, before->record.call_id.text());
    break;
  }
  if (looks_unique(communication.group)) join_group(call, communication.group, at);
}

void RecordingSessions::join_group(Call& call, const std::string& group, WallTime at) {
  while (!groups_.empty() && (at - groups_.front().first > kGroupNs || groups_.size() >= kMaxGroups)) {
    auto oldest = by_group_id_.find(groups_.front().second);
    if (oldest != by_group_id_.end() && oldest->second.at == groups_.front().first)
      by_group_id_.erase(oldest);
    groups_.pop_front();
  }
  auto [known, is_new] = by_group_id_.try_emplace(group);
  if (!is_new && !call.record.parent_call_id) call.record.interaction_id = known->second.interaction;
  known->second = {call.record.interaction_id, at};
  groups_.emplace_back(at, group);
}

void RecordingSessions::note_ids(Call& call, const RecordingSession& session,
                                 const siprec::Communication& communication) {
  auto& ids = call.record.external_ids;
  for (const siprec::ExternalId& id : communication.external_ids)
    add_unique(ids, ExternalId{id.kind, to_utf8(id.value)}, kMaxIds);
  for (const siprec::ExternalId& id : session.header_ids())
    add_unique(ids, ExternalId{id.kind, id.value}, kMaxIds);
  add_unique(call.record.sip_call_ids, session.leg.sip_call_id, kMaxIds);
  for (const std::string& id : communication.sip_session_ids)
    add_unique(call.record.sip_call_ids, to_utf8(without_remote(id)), kMaxIds);
}

// Pauses and findings become events of the calls that they concern. That a line which was paused before a
// call carries media now is how that call begins.
void RecordingSessions::tell(RecordingSession& session, WallTime at, const std::vector<Call*>& begun) {
  for (const RecordingSession::Pause& pause : session.take_pauses()) {
    Call* call = session.call_of(session.client(), pause.line);
    bool begins = std::find(begun.begin(), begun.end(), call) != begun.end();
    if (!call || (begins && !pause.is_paused)) continue;
    // Who paused the call here has an event already: this is our own word to the client.
    if (pause.by == "recorder" && call->had_pauses) continue;
    call->add_event(at, pause.is_paused ? "rec_pause" : "rec_resume",
                    session.participant_of(session.client(), pause.line), "by the " + pause.by);
  }
  if (session.members.empty()) return;
  for (const siprec::Finding& finding : session.take_findings())
    for (Call* call : calls_of(session)) call->add_event(at, "finding", {}, text_of_finding(finding));
}

void RecordingSessions::end_sessions(Call& call, WallTime at, std::string_view reason) {
  for (RecordingSession* session : call.sessions) {
    // A session that brings other calls too goes on without this one.
    bool others = std::any_of(session->members.begin(), session->members.end(),
                              [&](const auto& m) { return m.call != &call && !m.call->ended; });
    if (others || session->has_ended) continue;
    session->has_ended = true;
    session->end_at = at;
    session->end_reason = reason;
    session->leg.end_at = at;
  }
}

void RecordingSessions::forget(Call& call) {
  std::erase_if(by_session_id_, [&](const auto& entry) { return entry.second == &call; });
  for (RecordingSession* session : call.sessions) {
    std::erase(session->calls, &call);
    std::erase_if(session->members, [&](const auto& member) { return member.call == &call; });
    session->assign_lines();
    if (session->has_ended && session->calls.empty()) remove(*session);
  }
}

void RecordingSessions::remove(RecordingSession& session) {
  media_.forget(session);
  sessions_.erase(std::string(session.key));
}

WallTime RecordingSessions::deadline(const RecordingSession& session) const {
  return session.has_ended ? session.end_at + settings_.linger_ns : session.last_at + kSilenceNs;
}

void RecordingSessions::finish() {
  for (const auto& [call_id, session] : sessions_) media_.forget(*session);
  sessions_.clear();
}

// One that brought calls goes away with the last of them.
void RecordingSessions::advance(WallTime now) {
  while (!checks_.empty() && checks_.top().at <= now) {
    std::string key = checks_.top().key;
    checks_.pop();
    auto found = sessions_.find(key);
    if (found == sessions_.end()) continue;
    RecordingSession& session = *found->second;
    if (session.calls.empty() && deadline(session) <= now) {
      remove(session);
    } else {
      checks_.push({std::max(deadline(session), now + kCheckNs), std::move(key)});
    }
  }
}

}  // namespace ew::call
