// One recording session of a client as it goes on.
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "callgen/srtp_sender.h"
#include "srcload/channel.h"
#include "srcload/dialog_text.h"
#include "srcload/media.h"

namespace srcload {

// A request that is not answered yet (RFC 3261 sections 17.1.1.2 and 17.1.2.2).
struct Pending {
  std::string text;
  uint32_t cseq = 0;
  int64_t since_ns = 0, interval_ns = 0;
};

// Of one stream, the packets as counted from its first.
struct Pause {
  uint32_t asked = 0, begun = 0;  // re-INVITE sent, its 200 received
  uint32_t resume_asked = 0, over = 0;
};

struct Call {
  enum class State : uint8_t { kInviting, kUp, kEnding, kOver };

  uint32_t number = 0;
  State state = State::kInviting;
  std::unique_ptr<DialogText> dialog;
  Channel* channel = nullptr;
  std::optional<Pending> pending;
  unsigned changes = 0;      // re-INVITEs sent
  int status = 0;            // of the first final response
  int64_t answer_ns = 0;     // INVITE to 200
  const char* trouble = "";  // what went wrong after that
  unsigned repeated = 0;
  // Media.
  bool is_sending = false;
  uint32_t source_ip = 0;
  std::array<sockaddr_in, 2> to{};
  std::array<uint32_t, 2> ssrc{};
  std::array<uint16_t, 2> first{};
  std::array<std::unique_ptr<callgen::SrtpSender>, 2> srtp;
  uint32_t packets = 0;  // of each stream
  std::optional<Pause> pause;

  std::string truth(const ew::IpAddress& media, uint16_t port, uint32_t seed) const;
};

}  // namespace srcload
