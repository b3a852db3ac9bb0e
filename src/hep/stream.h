// HEP packets out of a TCP stream, whatever pieces it comes in, in time linear in its bytes.
#pragma once

#include "base/bytes.h"
#include "hep/packet.h"

namespace ew::hep {

class Stream {
 public:
  enum class Verdict : uint8_t {
    kGood,
    kNotHep,  // something else stands where a packet must begin
    kLength,  // a packet that says to be shorter than its header
  };

  struct Taker {
    virtual ~Taker() = default;
    // A packet of its own length, for parse(); valid during the call. False: no more is wanted.
    virtual bool on_packet(ByteView packet) = 0;
  };

  // Takes what came, gives out what is whole. Once the verdict is not good the stream is broken: where its
  // next packet begins cannot be known, so it stays so and takes nothing more.
  Verdict add(ByteView bytes, Taker& taker);
  bool is_empty() const { return pending_.empty(); }
  size_t size() const { return pending_.size(); }  // less than kMaxPacket

 private:
  void keep(ByteView& bytes, size_t wanted);

  Bytes pending_;  // the beginning of a packet
  Verdict verdict_ = Verdict::kGood;
};
std::string_view name_of(Stream::Verdict verdict);

}  // namespace ew::hep
