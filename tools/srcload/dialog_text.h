// What a recording client says in one recording session (RFC 7866, RFC 7865): the texts of a dialog.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/endpoint.h"

namespace srcload {

// How the streams are offered; the last two are pauses.
enum class Offer : uint8_t { kSending, kInactive, kZeroAddress };

class DialogText {
 public:
  struct Identity {
    uint32_t seed = 1, session = 0;
    ew::Transport transport = ew::Transport::kUdp;
    ew::Endpoint from, to;  // of SIP
    ew::IpAddress media;
    uint16_t ports[2] = {};  // RTP is sent from here; 0: a session whose calls are to come, without lines
    std::string crypto[2];   // values of a=crypto; empty: plain RTP
  };
  explicit DialogText(Identity identity);

  const std::string& call_id() const { return call_id_; }
  const std::string& session_id() const { return session_id_; }  // of its call; empty: it has none
  std::string caller() const { return std::to_string(1'000'000 + who_.session); }
  std::string callee() const { return std::to_string(5'000'000 + who_.session); }

  // Each takes the next CSeq; ack() that of the INVITE before, and after a refusal its transaction too.
  std::string invite(Offer offer = Offer::kSending);
  std::string bye();
  std::string update_without_offer();  // with a partial update of the metadata
  std::string ack(bool is_refused) const;
  void set_remote_tag(std::string_view tag) { to_tag_ = tag; }
  uint32_t cseq() const { return cseq_; }

 private:
  std::string request(const std::string& method, uint32_t cseq, std::string_view transaction,
                      const std::string& headers, const std::string& body) const;
  std::string sdp(Offer offer) const;
  std::string metadata(bool is_partial) const;
  std::string id(std::string_view of) const;
  bool has_call() const { return who_.ports[0] != 0; }

  const Identity who_;
  std::string call_id_, session_id_, to_tag_;
  uint32_t cseq_ = 0, invite_cseq_ = 0, version_ = 0;
};

}  // namespace srcload
