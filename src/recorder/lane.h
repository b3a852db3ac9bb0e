// Lane: where records become sealed frames. A lane owns the parts that are open in it, their keys and its
// journal; it shares nothing with other lanes. All its functions are called by one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/prefetch.h"
#include "base/time.h"
#include "journal/journal.h"
#include "part/part.h"
#include "part/record.h"
#include "vault/keys.h"

namespace ew::recorder {

// An open part in its lane. Chosen by the recorder, so that opening needs no answer.
using PartSlot = uint32_t;

// Tells a test what is acknowledged: one line per frame, "part frame last-record-ns". Any thread.
class AckLog {
 public:
  virtual ~AckLog() = default;
  virtual void acknowledged(PartId part, uint64_t frame, WallTime last_at) = 0;
};

struct LaneFigures {
  uint64_t records = 0, frames = 0, frame_bytes = 0, parts = 0, key_errors = 0;
};

class Lane {
 public:
  struct Options {
    std::string directory;  // of its journal
    uint16_t number = 0;
    NodeId node;
    vault::KekPublic kek;
    journal::Options journal;
    AckLog* ack_log = nullptr;
  };
  // `on_ended` is called on the journal's writer thread for each part that is ready to become an object.
  static Result<std::unique_ptr<Lane>> open(io::Env& env, Options options, vault::KeyStore& keys,
                                            std::function<void(Lane&, PartId)> on_ended,
                                            std::function<void(const Error&)> on_error);
  ~Lane();

  void open_part(PartSlot slot, const part::Header& header);
  // A record for an open part. Its frame is sealed when it is full or, by tick(), when it is old.
  void append(PartSlot slot, const part::Record& record);
  void close_part(PartSlot slot, part::End end);
  // Seals the part's open frame now: somebody waits for what is in it.
  void seal_open_frame(PartSlot slot);
  // Two steps of fetching what the next record for an open part will need, each for many parts before the
  // next.
  void prepare(PartSlot slot) const { prefetch(&parts_[slot], sizeof(OpenPart)); }
  void prepare_frame(PartSlot slot) { parts_[slot].frame.prepare(); }
  // Time has reached `now` (arrival time): seals frames that are due.
  void tick(WallTime now);
  // Hands what was sealed to the journal's writer.
  void commit();
  // `done` is called once, on any thread, when all that was sealed so far is acknowledged.
  void when_acknowledged(std::function<void()> done);
  // Parts that are opened from now on are sealed to this key.
  void use_kek(const vault::KekPublic& kek);
  journal::Journal& journal() { return *journal_; }
  uint64_t last_sequence() const { return last_sequence_; }  // of what was handed to the journal
  const LaneFigures& figures() const { return figures_; }

 private:
  struct OpenPart {
    std::unique_ptr<part::PartSealer> sealer;
    part::RecordWriter frame;  // empty between frames, and then without a buffer
    WallTime last_at;          // of the last frame sealed
  };
  struct Due {  // a frame that was begun
    WallTime at;
    PartSlot slot;
    uint64_t frame;
  };
  class Notices;

  Lane(io::Env& env, Options options, vault::KeyStore& keys);
  void seal(OpenPart& part, bool last);

  io::Env& env_;
  Options options_;
  vault::KeyStore& keys_;
  std::unique_ptr<vault::KeySealer> key_sealer_;
  std::unique_ptr<Notices> notices_;
  std::unique_ptr<journal::Journal> journal_;
  std::vector<OpenPart> parts_;
  std::vector<Due> due_;  // from next_due_ on in order of time; no deque, which would take memory now and then
  size_t next_due_ = 0;
  std::vector<Bytes> free_buffers_;
  Bytes sealed_;
  uint64_t uncommitted_ = 0;  // bytes
  uint64_t last_sequence_ = 0;
  LaneFigures figures_;
};

}  // namespace ew::recorder
