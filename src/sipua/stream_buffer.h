// Messages out of a TCP stream, whatever pieces it comes in, in time linear in its bytes (REQUIREMENTS F17).
#pragma once

#include <functional>

#include "base/bytes.h"
#include "sip/message.h"

namespace ew::sipua {

class StreamBuffer {
 public:
  enum class Verdict : uint8_t { kGood, kNotSip, kTooLong };

  struct Taker {
    virtual ~Taker() = default;
    // False: no more is wanted, the stream has ended.
    virtual bool on_message(ByteView message) = 0;
    // A keep-alive of RFC 5626 section 3.5.1 that wants its answer.
    virtual void on_ping() = 0;
  };

  // Takes what came, gives out what is whole.
  Verdict add(ByteView bytes, Taker& taker);
  bool is_empty() const { return pending_.empty(); }
  size_t size() const { return pending_.size(); }

 private:
  bool may_have_ended(size_t old_size);

  Bytes pending_;          // the beginning of a message
  size_t look_again_ = 0;  // not before there are so many bytes, unless a head ends
  bool has_head_ = false;
};

}  // namespace ew::sipua
