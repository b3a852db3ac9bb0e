// Plays a recording client's messages to the call engine: a script is a text with the messages that a client
// sends, as sipp scenarios have them ([keywords] are filled in, lengths are counted); what the recorder
// answers, and the media, are made here. Between two messages each open line sends two seconds of RTP.
//
//   first lines up to one of dashes are comment (none in a file without such a line)
//   ===== anything =====             the next message; a text without start line is the body of an INVITE
//   ===== dialog=B =====             of another dialog: [call_id] and the ports are its own
//   ===== dialog=B media=none =====  and no media is sent after this message
#pragma once

#include <cctype>
#include <fstream>
#include <map>
#include <sstream>

#include "base/text.h"
#include "engine_run.h"
#include "sdp/session.h"
#include "sip/message.h"

namespace ew::testing {

class SiprecScript {
 public:
  static constexpr int64_t kStepNs = 2 * kNsPerSec + 100 * kNsPerMs;  // of which 2 s have media
  static constexpr int kPacketsPerStep = 100;

  explicit SiprecScript(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    read(text.str());
  }

  // Media is sent on lines that the client has paused too.
  bool sends_when_paused = false;
  // The last packets of each step are read after the messages that follow them, as out of a ring.
  bool reads_last_packets_late = false;
  // The recorder answers with inactive media.
  bool recorder_pauses = false;
  bool ends_with_bye = true;
  WallTime start{1'772'442'000 * kNsPerSec};
  std::string client_ip = "192.0.2.10";

  size_t steps() const { return messages_.size(); }
  WallTime step_at(size_t step) const { return start + static_cast<int64_t>(step) * kStepNs; }

  void play(EngineRun& run) {
    if (!run.engine) run.engine = std::make_unique<call::Engine>(run.settings, run, run);
    for (size_t step = 0; step < messages_.size(); ++step) {
      now_ = step_at(step);
      take(run, messages_[step]);
      if (messages_[step].has_media) send_media(run);
    }
    now_ = step_at(messages_.size());
    if (ends_with_bye)
      for (auto& [name, dialog] : dialogs_)
        if (!dialog.is_over) send_bye(run, name, dialog);
    read_late_packets(run);
  }

 private:
  struct Step {
    std::string dialog = "A", text;
    bool has_media = true;
  };
  struct Line {
    uint16_t client_port = 0, our_port = 0;
    IpAddress client_ip;
    uint8_t payload_type = 0;
    bool is_open = false, is_paused = false;
    uint16_t sequence = 1;
    uint32_t timestamp = 0;
  };
  struct Dialog {
    size_t number = 0;
    std::string call_id, from, to;
    std::vector<Line> lines;
    uint32_t cseq = 1;
    bool is_over = false;
  };

  void read(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    bool in_comment = text.find("\n----------") != std::string::npos;
    Step step;
    auto finish = [&] {
      if (!std::string(trim(step.text)).empty()) messages_.push_back(step);
      step = {};
    };
    while (std::getline(lines, line)) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (in_comment) {
        in_comment = !line.starts_with("----------");
      } else if (line.starts_with("=====")) {
        finish();
        if (size_t at = line.find("dialog="); at != std::string::npos) step.dialog = line.substr(at + 7, 1);
        step.has_media = line.find("media=none") == std::string::npos;
      } else {
        step.text += line + "\r\n";
      }
    }
    finish();
  }

  static void replace(std::string& text, std::string_view from, std::string_view to) {
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  }

  std::string filled(const Step& step, Dialog& dialog) const {
    std::string text = step.text.substr(step.text.find_first_not_of("\r\n "));
    size_t first_line = text.find("\r\n");
    bool is_message = text.substr(0, first_line).find(" SIP/2.0") != std::string::npos;
    if (!is_message) {
      std::string boundary = text.starts_with("--") ? text.substr(2, first_line - 2) : "";
      std::string type =
          boundary.empty() ? "application/rs-metadata+xml" : "multipart/mixed;boundary=" + boundary;
      text =
          "INVITE sip:srs@[remote_ip] SIP/2.0\r\nVia: SIP/2.0/UDP [local_ip];branch=[branch]\r\nFrom: "
          "<sip:src@[local_ip]>;tag=src\r\n"
          "To: <sip:srs@[remote_ip]>\r\nCall-ID: [call_id]\r\nCSeq: 1 INVITE\r\nContact: "
          "<sip:[local_ip]>;+sip.src\r\nRequire: siprec\r\n"
          "Content-Type: " +
          type + "\r\n\r\n" + text;
    }
    std::string port = std::to_string(20'000 + 100 * dialog.number);
    replace(text, "[auto_media_port+2]", std::to_string(20'002 + 100 * dialog.number));
    for (std::string_view word : {"[auto_media_port]", "[media_port]"}) replace(text, word, port);
    replace(text, "[call_id]", "recording-" + step.dialog + "@" + client_ip);
    replace(text, "[remote_ip]", "192.0.2.20");
    replace(text, "[local_ip]", client_ip);
    for (std::string_view word : {"[remote_port]", "[local_port]"}) replace(text, word, "5060");
    replace(text, ":remote_port", ":5060");
    replace(text, "[transport]", "UDP");
    replace(text, "[branch]", "z9hG4bK" + step.dialog + std::to_string(now_.ns / kNsPerMs));
    replace(text, "[peer_tag_param]", ";tag=srs");
    for (std::string_view word : {"[pid]", "[call_number]"}) replace(text, word, "1");
    size_t head_end = text.find("\r\n\r\n");
    std::string body = head_end == std::string::npos ? "" : text.substr(head_end + 4);
    std::string head = text.substr(0, head_end == std::string::npos ? text.size() : head_end + 2);
    if (std::string(trim(body)).empty()) body.clear();
    std::string kept;
    for (size_t at = 0; at < head.size();) {
      size_t end = head.find("\r\n", at) + 2;
      std::string header = head.substr(at, end - at);
      if (!starts_with_ignore_case(header, "Content-Length")) kept += header;
      at = end;
    }
    return kept + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  void deliver(EngineRun& run, const std::string& text, bool from_client) {
    Datagram datagram;
    datagram.at = now_;
    datagram.ref.packet = ++packets_;
    Endpoint client{*IpAddress::parse(client_ip), 5060}, server{*IpAddress::parse("192.0.2.20"), 5060};
    datagram.source = from_client ? client : server;
    datagram.destination = from_client ? server : client;
    datagram.payload = as_bytes(text);
    run.on_datagram(datagram);
    now_ = now_ + kNsPerMs;
  }

  void take(EngineRun& run, const Step& step) {
    auto [known, is_new] = dialogs_.try_emplace(step.dialog);
    Dialog& dialog = known->second;
    if (is_new) dialog.number = dialogs_.size() - 1;
    std::string text = filled(step, dialog);
    sip::Message message;
    auto error = sip::parse(as_bytes(text), message);
    EXPECT_EQ(error, sip::ParseError::kNone) << sip::name_of(error) << "\n" << text;
    dialog.call_id = message.call_id();
    dialog.from = message.value(sip::Header::kFrom);
    dialog.to = message.value(sip::Header::kTo);
    dialog.cseq = message.cseq.number;
    deliver(run, text, true);
    auto body = sip::find_body(message, "application/sdp");
    auto session =
        body ? sdp::parse(body->bytes) : Result<sdp::Session>(Error(ErrorCode::kNotFound, "no SDP"));
    if (session.ok()) note_offer(dialog, *session);
    if (message.method == sip::Method::kAck) return;
    std::string answer = "SIP/2.0 200 OK\r\nVia: " + std::string(message.value(sip::Header::kVia)) +
                         "\r\nFrom: " + dialog.from + "\r\nTo: " + with_tag(dialog.to) +
                         "\r\nCall-ID: " + dialog.call_id +
                         "\r\nCSeq: " + std::to_string(message.cseq.number) + " " +
                         std::string(message.cseq.method_name) + "\r\nContact: <sip:192.0.2.20>;+sip.srs\r\n";
    if (message.method == sip::Method::kBye) dialog.is_over = true;
    bool has_media = message.method == sip::Method::kInvite || session.ok();
    deliver(run, answer + (has_media ? answer_body(dialog) : "Content-Length: 0\r\n\r\n"), false);
    if (message.method == sip::Method::kInvite && !message.body.empty())
      deliver(run,
              "ACK sip:192.0.2.20 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKack" +
                  std::to_string(packets_) + "\r\nFrom: " + dialog.from + "\r\nTo: " + with_tag(dialog.to) +
                  "\r\nCall-ID: " + dialog.call_id + "\r\nCSeq: " + std::to_string(message.cseq.number) +
                  " ACK\r\nContent-Length: 0\r\n\r\n",
              true);
  }

  static std::string with_tag(const std::string& to) {
    return to.find(";tag=") == std::string::npos ? to + ";tag=srs" : to;
  }

  void note_offer(Dialog& dialog, const sdp::Session& session) {
    dialog.lines.resize(std::max(dialog.lines.size(), session.media.size()));
    for (size_t i = 0; i < session.media.size(); ++i) {
      const sdp::Media& media = session.media[i];
      Line& line = dialog.lines[i];
      line.client_port = media.port;
      line.client_ip = *IpAddress::parse(client_ip);
      if (media.address && !media.is_null_address()) line.client_ip = *media.address;
      line.our_port = static_cast<uint16_t>(42'000 + 100 * dialog.number + 2 * i);
      line.payload_type = media.formats.empty() ? 0 : media.formats.front().payload_type;
      line.is_open = media.port != 0 && media.is_rtp();
      line.is_paused = media.direction == sdp::Direction::kInactive || media.is_null_address();
    }
  }

  std::string answer_body(const Dialog& dialog) const {
    std::string sdp = "v=0\r\no=srs 1 " + std::to_string(packets_) +
                      " IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n";
    if (dialog.lines.empty())
      sdp += "m=audio " + std::to_string(42'000 + 100 * dialog.number) + " RTP/AVP 0 8\r\na=recvonly\r\n";
    for (const Line& line : dialog.lines)
      sdp += "m=audio " + std::to_string(line.is_open ? line.our_port : 0) + " RTP/AVP " +
             std::to_string(line.payload_type) + "\r\n" +
             (line.is_paused || recorder_pauses ? "a=inactive\r\n" : "a=recvonly\r\n");
    return "Content-Type: application/sdp\r\nContent-Length: " + std::to_string(sdp.size()) + "\r\n\r\n" +
           sdp;
  }

  void read_late_packets(EngineRun& run) {
    for (auto& [datagram, bytes] : late_) {
      datagram.payload = bytes;
      run.on_datagram(datagram);
    }
    late_.clear();
  }

  void send_media(EngineRun& run) {
    read_late_packets(run);
    WallTime from = now_;
    for (int i = 0; i < kPacketsPerStep; ++i) {
      now_ = from + i * 20 * kNsPerMs;
      for (auto& [name, dialog] : dialogs_) {
        for (size_t n = 0; n < dialog.lines.size() && !dialog.is_over; ++n) {
          Line& line = dialog.lines[n];
          if (!line.is_open || (line.is_paused && !sends_when_paused)) continue;
          Bytes packet;
          ByteWriter writer(packet);
          writer.u8(0x80);
          writer.u8(line.payload_type);
          writer.u16be(line.sequence++);
          writer.u32be(line.timestamp);
          line.timestamp += 160;
          writer.u32be(ssrc(dialog.number, n));
          for (int byte = 0; byte < 160; ++byte)
            writer.u8(static_cast<uint8_t>(byte * (line.sequence + 1) + static_cast<int>(n)));
          Datagram datagram;
          datagram.at = now_;
          datagram.ref.packet = ++packets_;
          datagram.source = {line.client_ip, line.client_port};
          datagram.destination = {*IpAddress::parse("192.0.2.20"), line.our_port};
          datagram.payload = packet;
          if (reads_last_packets_late && i == kPacketsPerStep - 1)
            late_.emplace_back(datagram, packet);
          else
            run.on_datagram(datagram);
        }
      }
    }
  }

  static uint32_t ssrc(size_t dialog, size_t line) {
    return 0xa0000000u + static_cast<uint32_t>(dialog * 256 + line);
  }

  void send_bye(EngineRun& run, const std::string& name, Dialog& dialog) {
    dialog.is_over = true;
    std::string cseq = std::to_string(dialog.cseq + 1) + " BYE\r\nContent-Length: 0\r\n\r\n";
    std::string common = "Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKbye" + name + "\r\nFrom: " + dialog.from +
                         "\r\nTo: " + with_tag(dialog.to) + "\r\nCall-ID: " + dialog.call_id +
                         "\r\nCSeq: " + cseq;
    deliver(run, "BYE sip:192.0.2.20 SIP/2.0\r\n" + common, true);
    deliver(run, "SIP/2.0 200 OK\r\n" + common, false);
  }

  std::vector<Step> messages_;
  std::map<std::string, Dialog> dialogs_;
  WallTime now_;
  uint64_t packets_ = 0;
  std::vector<std::pair<Datagram, Bytes>> late_;
};

}  // namespace ew::testing
