// A lane for the journal's tests: makes random parts, remembers everything it appended, and compares what is
// recovered.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "journal/journal.h"

namespace ew::journal {

constexpr const char* kFolder = "/lane";

inline bool every_key(const part::Header&) { return true; }

class TestLane : public Listener {
 public:
  explicit TestLane(uint64_t seed) : random_(seed) {}

  Status open(io::Env& env, Options options) {
    auto opened = Journal::open(env, kFolder, 3, NodeId(), std::move(options), *this);
    if (!opened.ok()) return std::move(opened).error();
    journal_ = std::move(*opened);
    return {};
  }
  Journal& journal() { return *journal_; }
  void forget_journal() { journal_.reset(); }
  uint64_t number(uint64_t limit) { return random_() % limit; }
  uint64_t acknowledged() const { return acknowledged_; }
  uint64_t errors() const { return errors_; }
  uint64_t appended() const { return last_sequence_; }

  PartId open_part() {
    PartId part;
    for (uint8_t& byte : part.bytes) byte = static_cast<uint8_t>(random_());
    part::Header header;
    header.part = part;
    {
      std::lock_guard lock(mutex_);
      Made& made = parts_[part];
      made.header = encode(header);
    }
    open_.push_back(part);
    last_sequence_ = journal_->open_part(part, encode(header));
    std::lock_guard lock(mutex_);
    parts_[part].opened = last_sequence_;
    return part;
  }
  void append_frame(PartId part, size_t plaintext_size) {
    Bytes frame;
    {
      std::lock_guard lock(mutex_);
      Made& made = parts_[part];
      part::FrameInfo info;
      info.number = made.frames.size();
      info.length = static_cast<uint32_t>(part::kFrameHeaderSize + plaintext_size + 16);
      encode(info, frame);
      while (frame.size() < info.length) frame.push_back(static_cast<uint8_t>(random_()));
      made.frames.push_back({frame});
    }
    last_sequence_ = journal_->append_frame(part, frame);
    std::lock_guard lock(mutex_);
    parts_[part].frames.back().sequence = last_sequence_;
  }
  void end_part(PartId part, part::End end) {
    {
      std::lock_guard lock(mutex_);
      parts_[part].end = end;
    }
    std::erase(open_, part);
    last_sequence_ = journal_->end_part(part, end);
    std::lock_guard lock(mutex_);
    parts_[part].ended = last_sequence_;
  }

  // One random act of a lane.
  void step() {
    uint64_t choice = number(100);
    if (open_.empty() || choice < 8) {
      open_part();
    } else if (choice < 60) {
      append_frame(open_[number(open_.size())], number(number(10) ? 700 : 6000));
    } else if (choice < 66) {
      end_part(open_[number(open_.size())], static_cast<part::End>(number(7) + 1));
    } else if (choice < 85) {
      journal_->commit();
    } else if (choice < 92) {
      store_one();
    } else if (is_patient_) {
      journal_->commit();
      (void)journal_->wait_acknowledged(last_sequence_);
    }
  }
  void set_patient(bool is_patient) { is_patient_ = is_patient; }  // whether step() may wait for the disk

  // Reads a part that has ended back, and marks it stored if that worked.
  bool store_one() {
    PartId part;
    {
      std::lock_guard lock(mutex_);
      if (ready_.empty()) return false;
      part = ready_.back();
      ready_.pop_back();
    }
    auto bytes = journal_->read_part(part);
    std::lock_guard lock(mutex_);
    if (!bytes.ok()) {
      ready_.push_back(part);
      return false;
    }
    compare(part, *bytes, kNotYet - 1);
    parts_[part].is_stored = true;
    journal_->mark_stored(part);
    return true;
  }
  void end_and_store_all() {
    while (!open_.empty()) end_part(open_.back(), part::End::kClosed);
    journal_->commit();
    ASSERT_TRUE(journal_->wait_acknowledged(last_sequence_).ok());
    while (acknowledged_ < last_sequence_) std::this_thread::yield();
    std::set<PartId> unstored = this->unstored();
    while (!unstored.empty()) {
      store_one();
      unstored = this->unstored();
    }
  }
  std::set<PartId> unstored() {
    std::lock_guard lock(mutex_);
    std::set<PartId> parts;
    for (const auto& [id, made] : parts_)
      if (!made.is_stored) parts.insert(id);
    return parts;
  }

  // Everything up to `acknowledged` must be recovered from `env`, and nothing that was never appended.
  void verify(io::Env& env, uint64_t acknowledged) {
    std::lock_guard lock(mutex_);
    std::set<PartId> seen;
    Status status = recover(env, kFolder, every_key, [&](Recovered&& recovered) -> Status {
      EXPECT_TRUE(seen.insert(recovered.part).second) << "a part came twice";
      if (parts_.count(recovered.part))
        compare(recovered.part, recovered.bytes, acknowledged);
      else
        ADD_FAILURE() << "a part that was never opened";
      return {};
    });
    EXPECT_TRUE(status.ok()) << status.error().message();
    for (const auto& [id, made] : parts_)
      EXPECT_TRUE(made.is_stored || made.opened > acknowledged || seen.count(id))
          << "an acknowledged part is lost";
  }

  void on_acknowledged(uint64_t sequence) override {
    EXPECT_GT(sequence, acknowledged_);
    acknowledged_ = sequence;
  }
  void on_part_ended(PartId part) override {
    std::lock_guard lock(mutex_);
    ready_.push_back(part);
  }
  void on_error(const Error&) override { ++errors_; }

 private:
  static constexpr uint64_t kNotYet = UINT64_MAX;  // being appended, so certainly not acknowledged
  struct Frame {
    Bytes bytes;
    uint64_t sequence = kNotYet;
  };
  struct Made {
    Bytes header;
    std::vector<Frame> frames;
    std::optional<part::End> end;
    uint64_t opened = kNotYet, ended = kNotYet;
    bool is_stored = false;
  };

  // mutex_ is held. Recovery may bring more than what was acknowledged, never less; read_part brings all.
  void compare(PartId id, const Journal::PartBytes& found, uint64_t acknowledged) {
    const Made& made = parts_.at(id);
    Bytes expected = made.header;
    ASSERT_LE(found.frames.size(), made.frames.size()) << "a frame that was never appended";
    for (size_t i = 0; i < made.frames.size(); ++i) {
      const Frame& frame = made.frames[i];
      if (i < found.frames.size())
        expected.insert(expected.end(), frame.bytes.begin(), frame.bytes.end());
      else
        ASSERT_GT(frame.sequence, acknowledged) << "an acknowledged frame is lost";
    }
    EXPECT_EQ(found.header_size, made.header.size());
    EXPECT_EQ(found.bytes, expected);
    bool may_be_cut = !made.end || made.ended > acknowledged;
    EXPECT_TRUE(found.end == made.end || (may_be_cut && found.end == part::End::kCrash));
    if (found.end != part::End::kCrash) {
      EXPECT_EQ(found.frames.size(), made.frames.size());
    }
  }

  std::unique_ptr<Journal> journal_;
  std::mt19937_64 random_;
  bool is_patient_ = true;
  std::vector<PartId> open_;
  std::atomic<uint64_t> last_sequence_ = 0, acknowledged_ = 0, errors_ = 0;
  std::mutex mutex_;  // guards what follows
  std::map<PartId, Made> parts_;
  std::vector<PartId> ready_;
};

}  // namespace ew::journal
