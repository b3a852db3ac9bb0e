#include "srcload/mutation.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "srcload/dialog_text.h"

namespace srcload {
namespace {

// What breaks parsers: numbers at the edges of types, delimiters, unfinished quotes and brackets, XML that
// grows, nested bodies, bytes that are no text.
constexpr const char* kNasty[] = {
    "-1",
    "0",
    "4294967296",
    "18446744073709551616",
    "99999999999999999999999999",
    "65536",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    ";",
    ";;;;",
    ",",
    ",,,,",
    "<",
    ">",
    "<>",
    "\"",
    "\"\\",
    "\\",
    "%",
    "%00",
    "%s%n",
    "=",
    "?",
    "&",
    "@",
    ":",
    "::",
    "[",
    "[::",
    "[fe80::1%eth0]",
    "sip:",
    "sips:",
    "tel:",
    "SIP/2.0",
    "SIP/9.9",
    ";tag=",
    ";branch=z9hG4bK",
    ";rport=",
    ";maddr=239.0.0.1",
    ";received=::",
    "Content-Length: -1\r\n",
    "Content-Length: 4294967295\r\n",
    "Content-Length: 7\r\nContent-Length: 8\r\n",
    "l: 0\r\n",
    "Require: 100rel\r\n",
    "Require: siprec, siprec, x\r\n",
    "Contact: *\r\n",
    "Via: SIP/2.0/UDP\r\n",
    "v: SIP/2.0/UDP 255.255.255.255:0;branch=\r\n",
    "CSeq: 0 ACK\r\n",
    "CSeq: 2147483648 INVITE\r\n",
    "Session-Expires: 1\r\n",
    "Min-SE: 99999999999\r\n",
    "Replaces: x;to-tag=;from-tag=\r\n",
    "Content-Type: multipart/mixed;boundary=\r\n",
    "Content-Type: multipart/mixed;boundary=\"\"\r\n",
    "boundary=",
    "--",
    "----",
    "Content-Encoding: gzip\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    " folded\r\n\t",
    " :",
    "\t",
    "m=audio 0 RTP/AVP 0\r\n",
    "m=audio 65536 RTP/AVP 4294967296\r\n",
    "m=audio 17000/99999 RTP/SAVP 0 8 18 255\r\n",
    "c=IN IP4 0.0.0.0\r\n",
    "c=IN IP6 ::1\r\n",
    "c=IN IP4 224.2.1.1/127/3\r\n",
    "a=rtpmap:999 PCMA/0\r\n",
    "a=ptime:0\r\n",
    "a=fmtp\r\n",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\r\n",
    "a=crypto:0 x inline:AAAA|2^99|1:9\r\n",
    "a=label:\r\n",
    "a=label:1\r\n",
    "a=rtcp:0\r\n",
    "a=rtcp-mux\r\n",
    "a=inactive\r\n",
    "a=sendrecv\r\n",
    "o=- - - IN\r\n",
    "<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>",
    "&b;",
    "&#0;",
    "&#x110000;",
    "<![CDATA[",
    "]]>",
    "<a><a><a><a><a><a><a><a>",
    "</recording>",
    "<recording>",
    "<?xml version='1.0' encoding='UTF-16'?>",
    "<!--",
    "-->",
    "session_id=\"\"",
    "xmlns=\"\"",
    "\xff\xfe",
    "\xc0\x80",
    "\xed\xa0\x80",
    "\xe2\x80\xae",
    "\x1b[2J",
    "\x7f",
};
constexpr const char* kMethods[] = {"INVITE", "ACK",   "BYE",    "CANCEL", "UPDATE",       "INFO", "OPTIONS",
                                    "PRACK",  "REFER", "NOTIFY", "invite", "INVITEINVITE", ""};

std::string spread(std::string text) {  // lines end as SIP has it
  std::string out;
  for (char c : text)
    if (c != '\r') out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

// The message or body of a sample file: what follows its ruler, without the marks of a log.
std::string message_of(const std::string& file) {
  size_t at = file.find("------\n");
  std::string text = at == file.npos ? file : file.substr(file.find('\n', at) + 1);
  if (text.starts_with("=====")) text.erase(0, text.find('\n') + 1);
  if (const size_t next = text.find("\n====="); next != text.npos) text.erase(next);
  text.erase(0, text.find_first_not_of("\r\n"));
  return spread(text);
}

// Samples that were made for a program that fills them in: its names for what it knows, in brackets.
std::string filled(const std::string& text) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"[local_ip]", "127.0.0.1"},
                                                                             {"[remote_ip]", "127.0.0.1"},
                                                                             {"[media_ip]", "127.0.0.1"},
                                                                             {"[local_port]", "5062"},
                                                                             {"[remote_port]", "5060"},
                                                                             {"[media_port]", "40000"},
                                                                             {"[transport]", "UDP"},
                                                                             {"[call_id]", "sample"},
                                                                             {"[branch]", "z9hG4bKsample"},
                                                                             {"[call_number]", "1"},
                                                                             {"[pid]", "1"},
                                                                             {"[len]", "0"}};
  std::string out = text;
  for (const auto& [name, value] : kNames)
    for (size_t at; (at = out.find(name)) != out.npos;) out.replace(at, name.size(), value);
  if (out.find("\r\n\r\n") == out.npos) out += out.ends_with("\r\n") ? "\r\n" : "\r\n\r\n";
  const size_t head = out.find("\r\n\r\n"), length = out.find("\r\nContent-Length:");
  if (length < head) {
    const size_t value = length + 17;
    out.replace(value, out.find("\r\n", value) - value, " " + std::to_string(out.size() - head - 4));
  }
  return out;
}

std::string as_invite(const std::string& body) {
  const size_t mark = body.find("--");
  const std::string boundary = mark == 0 ? body.substr(2, body.find('\r') - 2) : "";
  return "INVITE sip:recorder@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK-sample\r\n"
         "From: <sip:sample@127.0.0.1>;tag=1\r\nTo: <sip:recorder@127.0.0.1>\r\nCall-ID: sample\r\nCSeq: 1 "
         "INVITE\r\n"
         "Contact: <sip:sample@127.0.0.1>;+sip.src\r\nRequire: siprec\r\nContent-Type: "
         "multipart/mixed;boundary=" +
         boundary + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::vector<std::string> our_messages() {
  std::vector<std::string> messages;
  for (uint32_t kind = 0; kind < 4; ++kind) {
    DialogText::Identity who;
    who.session = 90'000'000 + kind;
    who.from = *ew::Endpoint::parse("127.0.0.1:5062");
    who.to = *ew::Endpoint::parse("127.0.0.1:5060");
    who.media = who.from.ip;
    who.ports[0] = 40'000;
    who.ports[1] = 40'002;
    if (kind == 1)
      for (std::string& crypto : who.crypto)
        crypto = "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
    DialogText dialog(who);
    messages.push_back(dialog.invite(kind == 2   ? Offer::kInactive
                                     : kind == 3 ? Offer::kZeroAddress
                                                 : Offer::kSending));
    dialog.set_remote_tag("remote");
    messages.push_back(dialog.update_without_offer());
    messages.push_back(dialog.ack(false));
    messages.push_back(dialog.bye());
  }
  return messages;
}

// A place in the text: often where a line or a word begins, for that is where grammar lives.
size_t place_in(const std::string& text, callgen::Random& random) {
  const size_t any = random.below(text.size() + 1);
  if (random.chance(0.4)) return any;
  const size_t found = text.find_first_of("\n :;=<>\"", any);
  return found == text.npos ? any : found + 1;
}

// From the beginning of a line to that of the next.
std::pair<size_t, size_t> line_in(const std::string& text, callgen::Random& random) {
  const size_t any = random.below(text.size());
  const size_t before = any == 0 ? text.npos : text.rfind('\n', any - 1), after = text.find('\n', any);
  const size_t begin = before == text.npos ? 0 : before + 1;
  return {begin, (after == text.npos ? text.size() : after + 1) - begin};
}

void change(std::string& text, const std::vector<std::string>& seeds, callgen::Random& random) {
  const size_t at = place_in(text, random);
  switch (random.below(12)) {
    case 0:  // a bit
      if (!text.empty()) text[random.below(text.size())] ^= static_cast<char>(1u << random.below(8));
      return;
    case 1:  // bytes that are no text
      for (uint64_t i = random.below(32); i > 0; --i)
        text.insert(std::min(at, text.size()), 1, static_cast<char>(random.next()));
      return;
    case 2:
    case 3:
    case 4:
      text.insert(at, kNasty[random.below(std::size(kNasty))]);
      return;
    case 5:  // a piece goes
      text.erase(at, random.below(64));
      return;
    case 6:  // the end goes
      text.erase(at);
      return;
    case 7: {  // a line goes, comes twice, or a thousand times
      if (text.empty()) return;
      const auto [begin, size] = line_in(text, random);
      const std::string line = text.substr(begin, size);
      constexpr int kTimes[] = {0, 2, 2, 40, 1'000};
      int times = kTimes[random.below(std::size(kTimes))];
      std::string lines;
      for (; times > 0 && lines.size() < 40'000; --times) lines += line;
      text.replace(begin, size, lines);
      return;
    }
    case 8: {  // a number becomes another
      const size_t digit = text.find_first_of("0123456789", at);
      if (digit == text.npos) return;
      const size_t end = std::min(text.find_first_not_of("0123456789", digit), text.size());
      text.replace(digit, end - digit, std::to_string(random.next() >> random.below(64)));
      return;
    }
    case 9:  // something very long
      text.insert(at, std::string(1u << random.below(15), "aA0 (<\"\xff"[random.below(8)]));
      return;
    case 10: {  // the rest of another message
      const std::string& other = seeds[random.below(seeds.size())];
      text = text.substr(0, at) + other.substr(random.below(other.size()));
      return;
    }
    default:
      text.replace(0, std::min(text.find(' '), text.size()), kMethods[random.below(std::size(kMethods))]);
  }
}

}  // namespace

ew::Result<std::vector<std::string>> mutation_seeds(const std::string& folder) {
  std::vector<std::string> seeds = our_messages();
  if (folder.empty()) return seeds;
  std::vector<std::filesystem::path> paths;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) paths.push_back(entry.path());
  if (failed || paths.empty()) return ew::Error(ew::ErrorCode::kNotFound, folder + ": no samples");
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    std::ifstream file(path);
    const std::string text = message_of({std::istreambuf_iterator<char>(file), {}});
    if (text.empty()) continue;
    const bool is_message = text.substr(0, text.find('\r')).find("SIP/2.0") != text.npos;
    seeds.push_back(is_message ? filled(text) : as_invite(text));
  }
  return seeds;
}

std::string mutated(const std::vector<std::string>& seeds, uint64_t seed, uint64_t number) {
  callgen::Random random(seed ^ number * 0x9e3779b97f4a7c15u);
  std::string text = seeds[random.below(seeds.size())];
  // Dialogs of their own, or all but the first would be repetitions.
  for (const char* name : {"Call-ID: ", "branch=z9hG4bK"})
    if (const size_t at = text.find(name); at != text.npos)
      text.insert(at + std::string(name).size(), std::to_string(number) + "-");
  for (uint64_t changes = 1 + random.below(8); changes > 0; --changes) change(text, seeds, random);
  return text;
}

}  // namespace srcload
