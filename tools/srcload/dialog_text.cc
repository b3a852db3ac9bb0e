#include "srcload/dialog_text.h"

#include "callgen/random.h"

namespace srcload {
namespace {

constexpr const char* kTransports[] = {"UDP", "TCP", "TLS"};
constexpr const char* kBoundary = "srcload-boundary";

std::string via_branch(std::string_view transaction, uint32_t cseq, const std::string& call_id) {
  return "z9hG4bK-" + std::string(transaction) + std::to_string(cseq) + "-" +
         call_id.substr(0, call_id.find('@'));
}

}  // namespace

DialogText::DialogText(Identity identity) : who_(std::move(identity)) {
  call_id_ = std::to_string(who_.session) + "-" + std::to_string(who_.seed) + "@" + who_.from.ip.text();
  if (has_call()) session_id_ = id("session");
}

// Sixteen bytes in base64, as RFC 7865 section 6.10 wants ids.
std::string DialogText::id(std::string_view of) const {
  callgen::Random random = callgen::Random(uint64_t{who_.seed} << 32 | who_.session).fork(of);
  std::string text;
  for (int i = 0; i < 21; ++i)
    text += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[random.below(64)];
  return text + "A==";
}

std::string DialogText::request(const std::string& method, uint32_t cseq, std::string_view transaction,
                                const std::string& headers, const std::string& body) const {
  const std::string from = who_.from.text(), to = who_.to.text();
  const std::string tls = who_.transport == ew::Transport::kTls ? "sips:" : "sip:";
  const std::string parameter = who_.transport == ew::Transport::kTcp ? ";transport=tcp" : "";
  return method + " " + tls + "recorder@" + to + parameter + " SIP/2.0\r\nVia: SIP/2.0/" +
         kTransports[static_cast<size_t>(who_.transport)] + " " + from +
         ";rport;branch=" + via_branch(transaction, cseq, call_id_) +
         "\r\nMax-Forwards: 70\r\nFrom: <sip:client@" + from + ">;tag=" + std::to_string(who_.session) +
         "c\r\nTo: <sip:recorder@" + to + ">" + (to_tag_.empty() ? "" : ";tag=" + to_tag_) +
         "\r\nCall-ID: " + call_id_ + "\r\nCSeq: " + std::to_string(cseq) + " " + method + "\r\nContact: <" +
         tls + "client@" + from + parameter + ">;+sip.src\r\nUser-Agent: srcload\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string DialogText::invite(Offer offer) {
  invite_cseq_ = ++cseq_;
  ++version_;
  const std::string boundary = std::string("--") + kBoundary;
  const std::string body = boundary + "\r\nContent-Type: application/sdp\r\n\r\n" + sdp(offer) + "\r\n" +
                           boundary +
                           "\r\nContent-Type: application/rs-metadata+xml\r\nContent-Disposition: "
                           "recording-session\r\n\r\n" +
                           metadata(false) + "\r\n" + boundary + "--\r\n";
  return request("INVITE", cseq_, "INVITE",
                 std::string("Require: siprec\r\nAccept: application/sdp, application/rs-metadata-request\r\n"
                             "Allow: INVITE, ACK, CANCEL, BYE, UPDATE, OPTIONS\r\n"
                             "Content-Type: multipart/mixed;boundary=") +
                     kBoundary + "\r\n",
                 body);
}

std::string DialogText::bye() {
  const uint32_t cseq = ++cseq_;
  return request("BYE", cseq, "BYE", "", "");
}

// RFC 3261 section 17.1.1.3: of a refusal it belongs to the INVITE's transaction.
std::string DialogText::ack(bool is_refused) const {
  return request("ACK", invite_cseq_, is_refused ? "INVITE" : "ACK", "", "");
}

std::string DialogText::update_without_offer() {
  const uint32_t cseq = ++cseq_;
  return request("UPDATE", cseq, "UPDATE",
                 "Require: siprec\r\nContent-Type: application/rs-metadata+xml\r\nContent-Disposition: "
                 "recording-session\r\n",
                 metadata(true));
}

std::string DialogText::sdp(Offer offer) const {
  const std::string address = offer == Offer::kZeroAddress ? "0.0.0.0" : who_.media.text();
  std::string text = "v=0\r\no=srcload " + std::to_string(who_.session) + " " + std::to_string(version_) +
                     " IN IP4 " + who_.media.text() + "\r\ns=-\r\nc=IN IP4 " + address + "\r\nt=0 0\r\n";
  for (int stream = 0; stream < 2 && who_.ports[stream] != 0; ++stream) {
    const bool is_encrypted = !who_.crypto[stream].empty();
    text += "m=audio " + std::to_string(who_.ports[stream]) +
            (is_encrypted ? " RTP/SAVP 8\r\n" : " RTP/AVP 8\r\n") +
            "a=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=label:" + std::to_string(stream + 1) + "\r\n";
    if (is_encrypted) text += "a=crypto:" + who_.crypto[stream] + "\r\n";
    text += offer == Offer::kInactive ? "a=inactive\r\n" : "a=sendonly\r\n";
  }
  return text;
}

std::string DialogText::metadata(bool is_partial) const {
  const std::string head =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<recording xmlns=\"urn:ietf:params:xml:ns:recording:1\">\n"
      "<datamode>" +
      std::string(is_partial ? "partial" : "complete") + "</datamode>\n";
  if (!has_call()) return head + "</recording>\n";
  const std::string session = id("session"), parties[2] = {id("caller"), id("callee")},
                    streams[2] = {id("stream 1"), id("stream 2")};
  const std::string numbers[2] = {caller(), callee()}, names[2] = {"Caller ", "Callee "};
  std::string text = head + "<session session_id=\"" + session + "\"><sipSessionID>" + call_id_ +
                     "</sipSessionID></session>\n";
  for (int i = 0; i < 2; ++i)
    text += "<participant participant_id=\"" + parties[i] + "\"><nameID aor=\"sip:" + numbers[i] +
            "@load.example\"><name xml:lang=\"en\">" + names[i] + std::to_string(who_.session) +
            "</name></nameID></participant>\n";
  for (int i = 0; i < 2; ++i)
    text += "<stream stream_id=\"" + streams[i] + "\" session_id=\"" + session + "\"><label>" +
            std::to_string(i + 1) + "</label></stream>\n";
  for (int i = 0; i < 2; ++i)
    text += "<participantsessionassoc participant_id=\"" + parties[i] + "\" session_id=\"" + session +
            "\"></participantsessionassoc>\n";
  for (int i = 0; i < 2; ++i)
    text += "<participantstreamassoc participant_id=\"" + parties[i] + "\"><send>" + streams[i] +
            "</send><recv>" + streams[1 - i] + "</recv></participantstreamassoc>\n";
  return text + "</recording>\n";
}

}  // namespace srcload
