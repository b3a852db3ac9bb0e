// A request of ours that waits for its response (RFC 3261 section 17.1).
#pragma once

#include <memory>
#include <string>

#include "sipua/user_agent.h"

namespace ew::sipua {

struct UserAgent::ClientTransaction {
  explicit ClientTransaction(Timers& timers) : repeat(timers), end(timers) {}

  std::string branch;
  std::shared_ptr<Dialog> dialog;
  sip::Method method = sip::Method::kUnknown;
  uint32_t cseq = 0;
  Flow flow;
  std::string request;  // while it may have to be repeated
  std::string ack;      // of an INVITE's final response
  bool is_proceeding = false, is_final = false;
  Timer repeat, end;
};

}  // namespace ew::sipua
