// Writing SIP messages. Much of what is written was sent by others: nothing of it can end a line or begin
// another header.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sip/message.h"
#include "sipua/flow.h"

namespace ew::sipua {

using Headers = std::vector<std::pair<std::string, std::string>>;

// What a message has beside what its transaction and dialog put into it.
struct Content {
  Headers headers;
  std::string type, disposition;  // of the body
  std::string body;
};

// The value for one line: folds, line ends and NUL become spaces, and none stay at its ends.
std::string line_safe(std::string_view value);
// A quoted-string (RFC 3261 section 25.1).
std::string quoted(std::string_view text);
// The URI for a request line: without what could end it early. Empty if nothing sensible is left.
std::string uri_safe(std::string_view uri);

class Composer {
 public:
  static Composer request(std::string_view method, std::string_view uri);
  static Composer response(int status);

  Composer& header(std::string_view name, std::string_view value);
  Composer& headers(const Headers& headers);
  // Lines that were composed before, each with its end.
  Composer& lines(std::string_view lines);
  // Content-Type, Content-Disposition, Content-Length, the empty line and the body.
  std::string finish(const Content& content = {});

 private:
  std::string text_;
};

// What every response repeats of its request (RFC 3261 section 8.2.6.2): Via with `received` and `rport`
// (section 18.2.1, RFC 3581), From, To, Call-ID, CSeq, one per line. `to_tag` is added where the request has
// none.
std::string echoed(const sip::Message& request, const Flow& flow, std::string_view to_tag);
// Where the response goes (RFC 3261 section 18.2.2): over the connection, or to the address it came from,
// never to another one.
Flow response_flow(const sip::Message& request, const Flow& flow);
std::string_view reason_of(int status);

// Random letters and digits for tags, branches and Call-IDs: 64 bits and more.
std::string random_token(size_t bytes = 8);

}  // namespace ew::sipua
