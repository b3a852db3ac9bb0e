// Reading what a recorder says: no more of SIP and SDP than a client needs that sends all that is said first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/endpoint.h"

namespace srcload {

struct Message {
  int status = 0;           // of a response; 0: a request
  std::string_view method;  // of a request, or of the request that is answered (CSeq)
  uint32_t cseq = 0;
  std::string_view call_id, head, body;  // head: all lines before the empty one
};
std::optional<Message> read_message(std::string_view text);

// The first header of this name in a head, or nothing.
std::string_view header(std::string_view head, std::string_view name);
// The value of ;tag= in the header To.
std::string_view to_tag(std::string_view head);
// A response to a request: the lines that it copies, and no body.
std::string response_to(const Message& request, int status, std::string_view reason);

struct Line {  // an m-line of an answer
  ew::Endpoint media;
  std::string_view direction;
};
std::vector<Line> read_answer(std::string_view sdp);

}  // namespace srcload
