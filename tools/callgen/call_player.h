// Plays the acts of one call: the SIP messages of its legs, and when its parties send media. Notes the truth
// on the way.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "callgen/dialog.h"
#include "callgen/scenario.h"
#include "callgen/session_text.h"
#include "callgen/speaker.h"

namespace callgen {

struct HoldTruth {
  int64_t from = 0;
  std::optional<int64_t> to;
  std::string by;
};

struct CallTruth {
  std::vector<std::string> sip_call_ids;
  std::optional<std::string> caller_number, caller_name, called_number, called_name, connected_number;
  std::string tech_result = "unknown", hangup_by = "unknown", end_reason;
  std::optional<int> end_code;
  std::optional<int64_t> start_at, ring_at, answer_at, end_at;
  std::optional<int> parent;
  std::vector<HoldTruth> holds;
  std::vector<StreamTruth> streams;
};

class CallPlayer {
 public:
  CallPlayer(const Scenario& scenario, const CallPlan& plan, Wire& wire, Random random, int64_t capture_end);
  CallPlayer(CallPlayer&&) = delete;

  // `calls` are all of the scenario's, for what refers to another one.
  ew::Status play(const Act& act, const std::deque<CallPlayer>& calls);
  ew::Result<CallTruth> finish();

 private:
  // A stretch of the call between user agents: one dialog, or one per phone where the last element forks.
  struct Leg {
    std::vector<Dialog> branches;
    std::vector<Transaction> invites;  // of each branch
    size_t first_node = 0;             // of its path in the whole call's
    size_t shared_hops = 0;            // hops that all branches have in common
  };
  struct MediaAnchor {
    size_t node;  // in the whole call's path
    Anchor kind;
    Host caller_side, callee_side;
    MediaLink change[2];  // by side of the speaker
  };
  using Play = void (*)(CallPlayer&, const Act&, int64_t at, const std::deque<CallPlayer>&);

  static const std::map<std::string, Play>& acts();
  const Party& party(const std::string& id) const;
  const Node* node_of(const Element& element);
  const Node* node_of(const Party& party);
  void build_path();
  void build_legs();
  DialogOptions dialog_options(const std::string& callee_domain) const;
  Host new_media_host(const Address& address);

  bool calls_nobody() const { return plan_.to.empty(); }
  Leg& last_leg() { return legs_.back(); }
  size_t target_index(const Act& act) const;
  Side side_of(const Act& act) const;
  Speaker& speaker_of(const Act& act);
  int64_t time_of(const Act& act) const;
  void note(std::optional<int64_t>& slot, int64_t at) const;

  size_t anchors_before(size_t node) const;
  std::vector<MediaLink> links(Side speaker) const;
  std::string session(Side side, size_t node, size_t target) const;
  Content session_content(Side side, size_t leg, size_t target) const;
  void start_media(Side side, int64_t at);
  void stop_media(int64_t at);
  void reroute(int64_t at);

  Headers authentication(const Dialog& dialog, int code);
  void invite(const Act& act, int64_t at, const std::deque<CallPlayer>& calls);
  void invite_last_leg(int64_t at, const Headers& headers);
  void invite_branch(size_t target, int64_t at, size_t first_hop, const Headers& headers);
  void fork(const Act& act, int64_t at);
  void ring(const Act& act, int64_t at, bool with_media);
  void answer(const Act& act, int64_t at);
  void reject(const Act& act, int64_t at);
  void note_failure(const Act& act, int64_t at);
  void cancel(int64_t at);
  int64_t transact(Side from, const std::string& method, int64_t at, int code, const Headers& headers,
                   const std::string& type = "", const std::string& body = "");
  void reinvite(const Act& act, int64_t at, const std::string& method, Direction direction,
                bool with_session);
  void hold(const Act& act, int64_t at);
  void resume(const Act& act, int64_t at);
  void refresh(const Act& act, int64_t at);
  void info_digit(const Act& act, int64_t at);
  void move_media(const Act& act, int64_t at);
  void refer(const Act& act, int64_t at, const std::deque<CallPlayer>& calls);
  void notify(const Act& act, int64_t at, const std::string& fragment, bool final);
  void bye(const Act& act, int64_t at);
  std::string replaces_value(bool escaped) const;

  const Scenario& scenario_;
  const CallPlan& plan_;
  Wire& wire_;
  Random random_;
  int64_t capture_end_;
  std::deque<Node> nodes_;         // stable addresses
  std::vector<const Node*> path_;  // caller and elements
  std::vector<const Node*> targets_;
  std::vector<Leg> legs_;
  std::vector<MediaAnchor> anchors_;
  std::string domain_;
  Host media_host_[2];
  std::vector<Host> target_media_;
  std::optional<Speaker> caller_;
  std::deque<Speaker> callees_;
  size_t active_ = 0;  // the target that answered
  Direction direction_[2] = {Direction::kBoth, Direction::kBoth};
  bool zero_address_[2] = {false, false};  // held as RFC 2543 did it, by the address 0.0.0.0
  int session_version_[2] = {1, 1};
  uint64_t session_id_[2];
  uint32_t refer_cseq_ = 0;
  uint16_t next_port_;
  bool rang_ = false, answered_ = false;
  CallTruth truth_;
};

}  // namespace callgen
