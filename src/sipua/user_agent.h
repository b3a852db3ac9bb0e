// A SIP user agent (RFC 3261): transactions, dialogs, session timers. It is called; it calls only whom its
// application names by address. It knows neither sockets nor what the dialogs are about: messages come from a
// Wire, meaning from an Application. One thread.
//
//   UserAgent agent(options, clock, wire, application);
//   agent.on_message(flow, at, bytes) ...   agent.on_tick() ...
//
// Responses go where the request came from, our own requests over the dialog's connection or to the address
// that the peer's messages come from: nothing in a message can direct ours to a third party.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "sipua/compose.h"
#include "sipua/flow.h"
#include "sipua/rate_limiter.h"
#include "sipua/session_timer.h"
#include "sipua/timers.h"

namespace ew::sipua {

class Dialog;
class ServerTransaction;
class UserAgent;

// Why a dialog is no more.
enum class End : uint8_t {
  kBye,      // the peer's
  kOurs,     // our BYE
  kCancel,   // the peer took its INVITE back
  kRefused,  // we refused it
  kNoAck,    // RFC 3261 section 13.3.1.4
  kExpired,  // RFC 4028 section 10
  kUnknown,  // the peer knows it no more: 481
  kDeclined,  // our call was not accepted, or nobody answered
};
std::string_view name_of(End end);

// Whoever uses a dialog. After on_end() comes at most the response to our BYE.
class DialogUser {
 public:
  virtual ~DialogUser() = default;
  // A request within the dialog: INVITE, UPDATE, INFO, BYE, OPTIONS. To be answered, at once or later; a BYE
  // that is answered with 2xx ends the dialog.
  virtual void on_request(const Received& request, const std::shared_ptr<ServerTransaction>& transaction) = 0;
  // The INVITE that is not answered yet is taken back; it has its 487 after this.
  virtual void on_cancel(const Received& cancel) = 0;
  // The first ACK of a 2xx.
  virtual void on_ack(const Received& ack) = 0;
  // A 2xx was repeated for 32 s and never acknowledged. `initial`: that of the dialog's first INVITE. False:
  // the dialog goes on all the same.
  virtual bool is_ended_without_ack(bool initial) = 0;
  // What the ACK of a 2xx to an INVITE of ours carries: our answer, where the INVITE had no offer.
  virtual Content answer_of(const Received& response) {
    (void)response;
    return {};
  }
  // The final response to a request of ours; an INVITE's 2xx has its ACK.
  virtual void on_response(const Received& response) = 0;
  // Nobody answered a request of ours, or it could not be sent.
  virtual void on_no_response(sip::Method method) = 0;
  // It is our turn to refresh the session, by re-INVITE or UPDATE.
  virtual void on_refresh_due() = 0;
  // What leaves for the first time, before it does.
  virtual void on_sending(const Flow& flow, std::string_view message) = 0;
  virtual void on_end(End end) = 0;
};

class Application {
 public:
  virtual ~Application() = default;
  // Whether messages of this flow are taken. Asked before anything else; those of strangers are refused with
  // 403 without any state.
  virtual bool is_known(const Flow& flow) = 0;
  // An INVITE or OPTIONS outside of any dialog. To be answered, at once or later.
  virtual void on_request(const Received& request, const std::shared_ptr<ServerTransaction>& transaction) = 0;
  // What the user agent itself refused: strangers, malformed messages, methods that nobody needs, unknown
  // dialogs.
  virtual void on_refused(const Received& request, int status, std::string_view why) = 0;
};

// A request that is to be answered, and the answer's repetitions (RFC 3261 section 17.2).
class ServerTransaction : public std::enable_shared_from_this<ServerTransaction> {
 public:
  ServerTransaction(UserAgent& agent, std::string key, const Received& request);

  sip::Method method() const { return method_; }
  uint32_t cseq() const { return cseq_; }
  const Flow& flow() const { return flow_; }  // of the response
  bool is_answered() const { return state_ >= State::kCompleted; }

  // Makes this initial INVITE a dialog.
  std::shared_ptr<Dialog> accept(const Received& invite, std::shared_ptr<DialogUser> user);

  // Answers. After a final response nothing happens any more.
  void respond(int status, const Content& content = {});
  // The same in two steps, for a response that has to wait for something.
  std::string compose(int status, const Content& content = {}) const;
  void send(int status, std::string response);

 private:
  friend class UserAgent;
  friend class Dialog;
  enum class State : uint8_t { kTrying, kProceeding, kCompleted, kConfirmed, kAccepted };

  void send_again();
  void repeat_until_ack(int64_t interval_ns);
  void end_in(int64_t ns);
  void on_ack();  // of a response that is no 2xx

  UserAgent& agent_;
  const std::string key_;
  const Flow flow_;
  const sip::Method method_;
  const uint32_t cseq_;
  const std::string to_tag_;  // of the dialog, or a new one
  const std::string echoed_;
  const size_t request_size_;
  std::weak_ptr<Dialog> dialog_;
  State state_ = State::kTrying;
  std::string response_;  // the last, while it may have to be repeated
  size_t bytes_sent_ = 0;
  Timer repeat_, end_;
};

class Dialog : public std::enable_shared_from_this<Dialog> {
 public:
  Dialog(UserAgent& agent, const Received& invite, const std::string& local_tag,
         std::shared_ptr<DialogUser> user);
  // Of a call of ours: see UserAgent::call().
  Dialog(UserAgent& agent, const Flow& flow, const std::string& uri, std::shared_ptr<DialogUser> user);

  const std::string& call_id() const { return call_id_; }
  const Flow& flow() const { return flow_; }
  bool is_ended() const { return is_ended_; }
  // As far as its Allow said; one that said nothing allows everything.
  bool peer_allows(sip::Method method) const;
  // An INVITE, ours or the peer's, waits for its final response.
  bool has_open_invite() const { return our_invite_open_ || !peer_invite_.expired(); }

  // Sends a request of ours. An INVITE must not be sent while has_open_invite().
  void request(sip::Method method, Content content = {});
  // Ends the dialog whatever the peer says to it.
  void bye(const Content& content = {}, End end = End::kOurs);

  // From now on (RFC 4028); none with an interval of 0. A peer that does not refresh is sent a BYE.
  void set_session_timer(const SessionTimer& timer);
  const SessionTimer& session_timer() const { return session_timer_; }
  // Asks by OPTIONS, again and again, whether the peer still knows the dialog; 481 ends it.
  void probe_every(int64_t ns);

 private:
  friend class UserAgent;
  friend class ServerTransaction;

  void learn(const Received& received, bool is_request);
  void learn_peer(const sip::Message& response);
  void repeat_2xx(const ServerTransaction& transaction, std::string response);
  void repeat_2xx_in(int64_t interval_ns);
  void on_ack(const Received& ack);
  void stop_waiting();
  void give_up_waiting();
  void stop_timers();
  void finish(End end);
  std::string compose(sip::Method method, uint32_t cseq, const std::string& branch,
                      const Content& content) const;
  Flow request_flow() const;

  UserAgent& agent_;
  const std::string call_id_, local_tag_;
  std::string remote_tag_;  // of a call of ours: with its answer
  const uint32_t first_cseq_;
  std::string local_, remote_;  // our and the peer's address with tags, as From and To of our requests
  std::string target_;          // the peer's Contact
  std::string record_routes_;   // lines of our responses
  std::string routes_;          // the same as lines of our requests
  std::shared_ptr<DialogUser> user_;
  Flow flow_;  // of the peer's last request
  uint32_t peer_cseq_, our_cseq_ = 0;
  uint32_t allowed_ = ~0u;  // by method
  bool is_ended_ = false, is_established_ = false, has_acknowledged_ = false, our_invite_open_ = false;
  const bool is_our_call_ = false;

  std::weak_ptr<ServerTransaction> peer_invite_;
  // The last 2xx to an INVITE, until its ACK.
  std::string unacknowledged_;
  Flow unacknowledged_flow_;
  uint32_t unacknowledged_cseq_ = 0;
  size_t bytes_received_ = 0, bytes_sent_ = 0;
  Timer repeat_, give_up_;

  SessionTimer session_timer_;
  Timer refresh_, expiry_;
  int64_t probe_ns_ = 0;
  Timer probe_;
};

struct Options {
  std::string contact_user = "srs";
  std::string contact_parameters;  // of Contact, such as ";+sip.srs"
  std::optional<IpAddress> advertised_v4;
  SessionTimerRules timers;
  size_t max_transactions = 100'000;
  size_t max_per_s_and_address = 5'000;  // of those that are known
  size_t max_strangers_per_s = 1'000;    // answers to all that are not; the rest is dropped
};

// What is in our Contact, and what a message is refused with that breaks the rules: pure.
std::string contact_of(const Options& options, const Flow& flow);
int refusal_of(sip::ParseError error);

class UserAgent : public Receiver {
 public:
  UserAgent(Options options, const Clock& clock, Wire& wire, Application& application);
  ~UserAgent() override;

  // Calls: an INVITE to this URI, over this way. The dialog is there at once; it ends by on_end() where it is
  // not accepted. An answer is learnt from the 2xx; further ones, of a proxy that forks, are not.
  std::shared_ptr<Dialog> call(const Flow& flow, const std::string& uri, Content content,
                               std::shared_ptr<DialogUser> user);

  void on_message(const Flow& flow, WallTime at, ByteView bytes) override;
  void on_tick() override { timers_.run_due(); }

  Timers& timers() { return timers_; }
  const Options& options() const { return options_; }
  std::string contact(const Flow& flow) const;
  // What we accept, for responses to OPTIONS and for 405.
  static std::string_view allow();

  struct Counters {
    uint64_t requests = 0, responses = 0, malformed = 0, dropped = 0, repeated = 0, refused = 0, resent = 0,
             unmatched_responses = 0;
  };
  const Counters& counters() const { return counters_; }
  size_t dialogs() const { return dialogs_.size(); }
  size_t transactions() const { return server_transactions_.size() + client_transactions_.size(); }

 private:
  friend class Dialog;
  friend class ServerTransaction;
  struct ClientTransaction;

  void on_request(const Received& request);
  void on_ack(const Received& ack);
  void on_cancel(const Received& cancel);
  void start_request(const Received& request, const std::shared_ptr<Dialog>& dialog);
  void on_dialog_request(const Received& request, const std::shared_ptr<ServerTransaction>& transaction,
                         const std::shared_ptr<Dialog>& dialog);
  void on_response(const Received& response);
  void start_client(std::shared_ptr<Dialog> dialog, sip::Method method, uint32_t cseq,
                    const std::string& branch, const Flow& flow, std::string text);
  void repeat_request(ClientTransaction& transaction, int64_t interval_ns);
  void on_final(ClientTransaction& transaction, const Received& response);
  std::string ack_of(ClientTransaction& transaction, const Received& response, bool is_first);
  void cancel(const Dialog& dialog);
  void on_no_response(const std::string& branch);
  void refuse(const Received& request, int status, std::string_view why, const Headers& headers = {});
  void refuse_malformed(const Received& request, sip::ParseError error);

  std::shared_ptr<Dialog> find_dialog(const sip::Message& request) const;
  bool is_merged(const sip::Message& invite) const;
  std::string sent_by(const Flow& flow) const;

  const Options options_;
  const Clock& clock_;
  Wire& wire_;
  Application& application_;
  Timers timers_;
  RateLimiter known_limit_, stranger_limit_;
  Counters counters_;
  sip::Message message_;  // its memory is used again
  const std::string stateless_key_;
  std::unordered_map<std::string, std::shared_ptr<ServerTransaction>> server_transactions_;
  std::unordered_map<std::string, std::unique_ptr<ClientTransaction>> client_transactions_;  // by branch
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Dialog>> dialogs_;  // by Call-ID and our tag
};

}  // namespace ew::sipua
