// One recording session: a dialog with a recording client, what was agreed on in it, the ports of its media
// and the rules for them. It goes on whatever the peer makes of our own requests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "siprec/recognition.h"
#include "sipua/user_agent.h"
#include "srs/core_internal.h"
#include "srs/description.h"
#include "srs/receiver_report.h"

namespace ew::srs {

class Session : public sipua::DialogUser, public std::enable_shared_from_this<Session> {
 public:
  Session(Core& core, sipua::Timers& timers, uint64_t id, std::shared_ptr<Peer> peer,
          const sipua::Received& invite);
  // One that we begin.
  Session(Core& core, sipua::Timers& timers, uint64_t id, std::shared_ptr<Peer> peer,
          const sipua::Flow& flow);
  ~Session() override;

  // What the INVITE is refused with, 0 if it is not; ports are taken. Nothing is told to anybody yet.
  int prepare(const sipua::Received& invite, const siprec::Recognition& recognition, std::string& why);
  // Makes it a dialog, tells what it is and answers.
  void begin(const sipua::Received& invite, const std::shared_ptr<sipua::ServerTransaction>& transaction);

  // Calls the peer: an INVITE without an offer, since what there is to record is the peer's to say (RFC 7866
  // section 7.2). Its answer brings offer and metadata.
  void call(sipua::UserAgent& agent, const std::string& uri);

  uint64_t id() const { return id_; }
  const std::string& call_id() const { return call_id_; }
  void on_durable(uint64_t token);
  void on_reception(size_t line, const Reception& reception);
  void set_paused(bool paused);
  void record();  // what was accepted as inactive is wanted now
  void end();
  Status request_snapshot(std::string_view reason);
  SessionView view() const;

  void on_request(const sipua::Received& request,
                  const std::shared_ptr<sipua::ServerTransaction>& transaction) override;
  void on_cancel(const sipua::Received& cancel) override;
  void on_ack(const sipua::Received& ack) override;
  bool is_ended_without_ack(bool initial) override;
  sipua::Content answer_of(const sipua::Received& response) override;
  void on_response(const sipua::Received& response) override;
  void on_no_response(sip::Method method) override;
  void on_refresh_due() override;
  void on_sending(const sipua::Flow& flow, std::string_view message) override;
  void on_end(sipua::End end) override;

 private:
  struct Track {
    Line line;
    ReceiverReport report;
    MediaPort rtp, rtcp;  // the rules as told last
    uint32_t srtcp_index = 0;
  };
  // A response that waits for the journal.
  struct Waiting {
    Waiting(sipua::Timers& timers) : deadline(timers) {}
    uint64_t token = 0;
    std::shared_ptr<sipua::ServerTransaction> transaction;
    int status = 0;
    std::string response;
    sipua::SessionTimer timer;
    sipua::Timer deadline;
  };

  Rules rules() const;
  std::optional<IpAddress> own_address(bool is_v4) const;
  std::optional<IpAddress> advertised_address(bool is_v4) const;
  int take_offer(std::string_view text, std::string& why);
  void forgive_inactive(std::vector<Line>& lines) const;
  bool adopt(std::vector<Line> lines);
  void release(Track& track);
  void tell_rules();
  MediaPort rule_of(const Track& track, bool is_rtcp) const;
  bool wants_nothing() const { return paused_by_us_ || not_recording_; }
  std::string description();
  std::vector<Line> lines() const;

  void negotiate(const sipua::Received& request,
                 const std::shared_ptr<sipua::ServerTransaction>& transaction);
  void answer(const std::shared_ptr<sipua::ServerTransaction>& transaction, int status,
              const sipua::Content& content, const sipua::SessionTimer& timer = {});
  void send(Waiting& waiting);
  void on_late(uint64_t token);
  void take_answer(std::string_view text);
  void start_media();
  void reconcile();
  void on_call_answered(const sipua::Received& response);
  void watch_metadata(const sip::Message& message);
  void report_receptions();
  void send_report(Track& track);
  uint64_t packets() const;
  void tell(const sipua::Received& message);
  void tell(const Datagram& datagram, std::function<void()> durable = nullptr);
  void note(const std::string& finding);
  // Told on the peer's account: see PeerView::Trouble.
  void trouble(std::string code, std::string text, std::string detail);
  sipua::Content described(const sipua::SessionTimer& timer, bool peer_supports_timer);

  Core& core_;
  sipua::Timers& timers_;
  const uint64_t id_;
  const std::shared_ptr<Peer> peer_;
  std::string call_id_;
  WallTime since_;
  sipua::Flow flow_;
  std::weak_ptr<sipua::Dialog> dialog_;
  SessionState state_ = SessionState::kProceeding;

  std::vector<Track> tracks_;
  uint64_t sdp_session_ = 0, sdp_version_ = 0;
  size_t last_sdp_ = 0;  // hash of the last, without its version
  uint32_t ssrc_ = 0;
  bool is_siprec_ = false;  // not one of the forms before it: it may be offered two lines
  bool paused_by_us_ = false, not_recording_ = false;
  bool told_inactive_ = false, offered_inactive_ = false;  // by our last SDP; by the one in our open INVITE
  bool refuses_ = false;                                   // the peer does not take our re-INVITE
  bool awaits_answer_ = false;                             // our 200 has an offer
  bool has_snapshot_ = false, asked_for_snapshot_ = false;
  bool answers_probes_ = false;
  unsigned silent_probes_ = 0;
  uint64_t packets_at_probe_ = 0;
  std::string peer_accept_;
  std::vector<std::string> findings_;
  std::vector<std::unique_ptr<Waiting>> waiting_;
  uint64_t next_token_ = 0;
  sipua::Timer report_timer_, media_timer_, retry_timer_;
};

}  // namespace ew::srs
