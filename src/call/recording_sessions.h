// RecordingSessions: every recording session that is seen, and which call each of their communication
// sessions is. One session may bring several calls (a persistent one, RFC 7866 section 10), one call may come
// by several sessions (fail-over, a restart, a second client): a communication session's id is the same call
// wherever it comes from.
#pragma once

#include <deque>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>

#include "call/engine.h"
#include "call/recording_session.h"
#include "call/witnesses.h"

namespace ew::call {

class MediaRouter;

class RecordingSessions {
 public:
  // What the sessions ask of the engine.
  class Owner {
   public:
    virtual ~Owner() = default;
    // A new call with a roster; nothing if there are too many. It may be known elsewhere by one of the ids,
    // the surest first, and be seen on the wire under one of the names.
    virtual Call* begin_recorded_call(const Datagram& first, const std::vector<std::string>& ids,
                                      const Witnesses::Names& names) = 0;
    // Its record and events are to be told; `is_new`: for the first time.
    virtual void recorded_call_changed(Call& call, bool is_new) = 0;
    virtual void end_recorded_call(Call& call, WallTime at, std::string_view reason) = 0;
    virtual void reopen_recorded_call(Call& call) = 0;
    virtual void on_recorded_signalling(Call& call, const Datagram& datagram,
                                        const sip::Message& message) = 0;
  };

  RecordingSessions(const Settings& settings, MediaRouter& media, Owner& owner)
      : settings_(settings), media_(media), owner_(owner) {}

  // True if the message was of a recording session; then all that follows from it is done.
  bool take(const Datagram& datagram, const sip::Message& message);
  // Sessions whose end was missed go away.
  void advance(WallTime now);
  // The call goes away.
  void forget(Call& call);
  // The source has ended.
  static void end_sessions(Call& call, WallTime at, std::string_view reason);
  // All calls are gone.
  void finish();
  size_t open() const { return sessions_.size(); }

 private:
  RecordingSession* begin(const Datagram& datagram, const sip::Message& message);
  void follow(RecordingSession& session, const Datagram& datagram, const sip::Message& message, bool is_new);
  void match_calls(RecordingSession& session, const Datagram& datagram, std::vector<Call*>& begun);
  Call* call_for(RecordingSession& session, const siprec::Communication& communication,
                 const Datagram& datagram, std::vector<Call*>& begun);
  void leave_calls(RecordingSession& session, WallTime at, std::vector<Call*>& left);
  void link(Call& call, const siprec::Communication& communication, const std::vector<Call*>& left,
            WallTime at);
  void join_group(Call& call, const std::string& group, WallTime at);
  void note_ids(Call& call, const RecordingSession& session, const siprec::Communication& communication);
  void tell(RecordingSession& session, WallTime at, const std::vector<Call*>& begun);
  WallTime deadline(const RecordingSession& session) const;
  void remove(RecordingSession& session);

  struct Check {
    WallTime at;
    std::string key;
    bool operator>(const Check& other) const { return at > other.at; }
  };

  const Settings& settings_;
  MediaRouter& media_;
  Owner& owner_;
  std::unordered_map<std::string, std::unique_ptr<RecordingSession>> sessions_;  // by RecordingSession::key
  std::unordered_map<std::string, Call*> by_session_id_;                         // open calls
  // Groups that were met lately, also where no call of theirs goes on: a consultation may be over for a while
  // before the call that follows from it.
  struct Group {
    InteractionId interaction;
    WallTime at;
  };
  std::unordered_map<std::string, Group> by_group_id_;
  std::deque<std::pair<WallTime, std::string>> groups_;  // in order of their last call
  std::priority_queue<Check, std::vector<Check>, std::greater<>> checks_;
};

}  // namespace ew::call
