// SIP messages in a text that a person copied: out of a log, an analyser, a mail. Line ends and with them
// lengths have suffered on the way, other lines stand between the messages, or only the body of an INVITE was
// taken.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ew::node {

struct PastedText {
  static constexpr size_t kMaxMessages = 500;
  std::vector<std::string> messages;  // with CRLF, and a Content-Length that is right
  bool is_body_only = false;          // its one message is an INVITE that we wrote around the body
  bool cut = false;                   // there were more
};
PastedText messages_in(std::string_view text);

}  // namespace ew::node
