// LaneThread: a Lane on a thread of its own. The recorder's thread gathers what it asks for in batches; a
// bounded number of them waits. A file's reader is made to wait; so there is one lock per batch and none per
// packet. With one lane the recorder's thread is the lane's.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "recorder/lane.h"

namespace ew::recorder {

class LaneThread {
 public:
  enum class Mode { kInline, kThread };
  LaneThread(std::unique_ptr<Lane> lane, Mode mode);
  ~LaneThread();

  // As Lane's, in order.
  void open_part(PartSlot slot, const part::Header& header);
  void append(PartSlot slot, const part::Record& record);
  void close_part(PartSlot slot, part::End end);
  void seal_open_frame(PartSlot slot);
  // Two steps of fetching what the next record for an open part will need. The lane's own thread does
  // without.
  void prepare(PartSlot slot) const {
    if (mode_ == Mode::kInline) lane_->prepare(slot);
  }
  void prepare_frame(PartSlot slot) {
    if (mode_ == Mode::kInline) lane_->prepare_frame(slot);
  }
  void tick(WallTime now);
  void commit();
  void when_acknowledged(std::function<void()> done);
  void use_kek(const vault::KekPublic& kek);
  // Returns when everything asked for so far has been done.
  void wait();
  Lane& lane() { return *lane_; }

 private:
  struct Command {
    enum class Kind : uint8_t { kOpen, kAppend, kClose, kSeal, kTick, kCommit, kNotify, kKek } kind;
    PartSlot slot = 0;
    part::End end = part::End::kClosed;
    WallTime now;
    part::Record record;  // its body lies in the batch's bytes
    size_t body = 0;      // offset there; for kOpen, kNotify, kKek: index into what is listed beside it
  };
  struct Batch {
    std::vector<Command> commands;
    std::vector<part::Header> headers;
    std::vector<std::function<void()>> notices;
    std::vector<vault::KekPublic> keks;
    Bytes bytes;
  };

  void hand_over();
  void work();
  void run(Batch& batch);

  static constexpr size_t kBatchBytes = 256 * 1024;
  static constexpr size_t kBatchCommands = 1024;
  static constexpr size_t kMaxWaiting = 16;

  std::unique_ptr<Lane> lane_;
  const Mode mode_;
  std::unique_ptr<Batch> filling_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Batch>> waiting_;
  std::vector<std::unique_ptr<Batch>> free_;
  bool busy_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace ew::recorder
