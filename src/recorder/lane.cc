#include "recorder/lane.h"

#include <deque>
#include <mutex>

namespace ew::recorder {
namespace {

constexpr uint64_t kCommitBytes = 4 * 1024 * 1024;
// Buffers of the usual size are all kept: there are never more of them than frames were open at once. Large
// ones, of video, are kept for a few.
constexpr size_t kUsualBuffer = 20 * 1024;
constexpr size_t kFreeBuffers = 1024;

}  // namespace

// What the journal says, on its writer thread.
class Lane::Notices : public journal::Listener {
 public:
  Notices(Lane& lane, std::function<void(Lane&, PartId)> on_ended, std::function<void(const Error&)> on_error)
      : lane_(lane), on_ended_(std::move(on_ended)), on_error_(std::move(on_error)) {}

  void on_acknowledged(uint64_t sequence) override {
    AckLog* log = lane_.options_.ack_log;
    std::vector<std::function<void()>> done;
    {
      std::lock_guard lock(mutex_);
      for (; log && !frames_.empty() && frames_.front().sequence <= sequence; frames_.pop_front())
        log->acknowledged(frames_.front().part, frames_.front().frame, frames_.front().last_at);
      for (; !waiting_.empty() && waiting_.front().sequence <= sequence; waiting_.pop_front())
        done.push_back(std::move(waiting_.front().done));
    }
    for (const auto& call : done) call();
  }
  void on_part_ended(PartId part) override { on_ended_(lane_, part); }
  void on_error(const Error& error) override { on_error_(error); }

  void note_frame(uint64_t sequence, PartId part, uint64_t frame, WallTime last_at) {
    std::lock_guard lock(mutex_);
    frames_.push_back({sequence, part, frame, last_at});
  }
  // The journal counts an acknowledgement before it tells us, so none is missed between the question and the
  // waiting.
  void wait_for(uint64_t sequence, std::function<void()> done) {
    {
      std::lock_guard lock(mutex_);
      if (lane_.journal_->acknowledged() < sequence) {
        waiting_.push_back({sequence, std::move(done)});
        return;
      }
    }
    done();
  }

 private:
  struct Frame {
    uint64_t sequence;
    PartId part;
    uint64_t frame;
    WallTime last_at;
  };
  Lane& lane_;
  std::function<void(Lane&, PartId)> on_ended_;
  std::function<void(const Error&)> on_error_;
  struct Waiting {
    uint64_t sequence;
    std::function<void()> done;
  };
  std::mutex mutex_;
  std::deque<Frame> frames_;  // only where somebody asks
  std::deque<Waiting> waiting_;
};

Lane::Lane(io::Env& env, Options options, vault::KeyStore& keys)
    : env_(env), options_(std::move(options)), keys_(keys) {}

Lane::~Lane() { journal_.reset(); }

Result<std::unique_ptr<Lane>> Lane::open(io::Env& env, Options options, vault::KeyStore& keys,
                                         std::function<void(Lane&, PartId)> on_ended,
                                         std::function<void(const Error&)> on_error) {
  std::unique_ptr<Lane> lane(new Lane(env, std::move(options), keys));
  lane->key_sealer_ = TRY(vault::KeySealer::create(lane->options_.kek));
  lane->notices_ = std::make_unique<Notices>(*lane, std::move(on_ended), std::move(on_error));
  journal::Options journal = lane->options_.journal;
  journal.before_acknowledge = [&keys] { return keys.sync(); };
  lane->journal_ = TRY(journal::Journal::open(env, lane->options_.directory, lane->options_.number,
                                              lane->options_.node, journal, *lane->notices_));
  return lane;
}

void Lane::open_part(PartSlot slot, const part::Header& header) {
  if (slot >= parts_.size()) parts_.resize(slot + 1);
  OpenPart& part = parts_[slot];
  EW_CHECK(!part.sealer);
  part.sealer = std::make_unique<part::PartSealer>(part::PartSealer::create(header));
  auto sealed = key_sealer_->seal(header.part, header.generation, part.sealer->dek());
  // The key goes to the store before the part's first frame can be acknowledged: the journal syncs the store
  // first.
  auto stored = sealed.ok() ? keys_.put(*sealed) : Status(std::move(sealed).error());
  if (!stored) {
    // Without a stored key the audio would be lost later and silently: the part is not begun, what belongs to
    // it is counted.
    ++figures_.key_errors;
    notices_->on_error(std::move(stored).error().within("key of part " + header.part.text()));
    part.sealer.reset();
    return;
  }
  part.last_at = header.anchor_wall;
  last_sequence_ = journal_->open_part(header.part, part.sealer->header_bytes());
  ++figures_.parts;
}

void Lane::append(PartSlot slot, const part::Record& record) {
  OpenPart& part = parts_[slot];
  if (!part.sealer) return;
  if (part.frame.empty()) {
    if (!free_buffers_.empty()) {
      part.frame.give_buffer(std::move(free_buffers_.back()));
      free_buffers_.pop_back();
    }
    due_.push_back({record.at, slot, part.sealer->next_frame()});
  }
  part.frame.append(record);
  ++figures_.records;
  if (part.frame.size() >= part::kMaxFrameRecords) seal(part, false);
}

void Lane::seal(OpenPart& part, bool last) {
  uint64_t number = part.sealer->next_frame();
  ByteView records = part.frame.bytes();
  WallTime first_at = part.frame.empty() ? part.last_at : part.frame.first_at();
  if (!part.frame.empty()) part.last_at = part.frame.last_at();
  sealed_.clear();
  part.sealer->seal(records, first_at, part.last_at, last, sealed_);
  PartId id = part.sealer->header().part;
  last_sequence_ = journal_->append_frame(id, sealed_);
  if (options_.ack_log) notices_->note_frame(last_sequence_, id, number, part.last_at);
  ++figures_.frames;
  figures_.frame_bytes += sealed_.size();
  uncommitted_ += sealed_.size();
  if (!part.frame.empty()) {
    Bytes buffer = part.frame.take_buffer();
    if (buffer.size() <= kUsualBuffer || free_buffers_.size() < kFreeBuffers)
      free_buffers_.push_back(std::move(buffer));
  }
  if (uncommitted_ >= kCommitBytes) commit();
}

void Lane::close_part(PartSlot slot, part::End end) {
  OpenPart& part = parts_[slot];
  if (!part.sealer) return;
  seal(part, true);
  last_sequence_ = journal_->end_part(part.sealer->header().part, end);
  part.sealer.reset();
}

void Lane::seal_open_frame(PartSlot slot) {
  OpenPart& part = parts_[slot];
  if (part.sealer && !part.frame.empty()) seal(part, false);
}

void Lane::when_acknowledged(std::function<void()> done) {
  notices_->wait_for(last_sequence_, std::move(done));
}

void Lane::use_kek(const vault::KekPublic& kek) {
  if (kek == options_.kek) return;
  auto sealer = vault::KeySealer::create(kek);
  if (!sealer.ok()) {
    // The former key goes on being used: whoever has its private half reads what is sealed to it.
    notices_->on_error(
        std::move(sealer).error().within("version " + std::to_string(kek.version) + " of the key"));
    return;
  }
  key_sealer_ = std::move(*sealer);
  options_.kek = kek;
}

void Lane::tick(WallTime now) {
  for (; next_due_ < due_.size() && now - due_[next_due_].at >= part::kMaxFrameNs; ++next_due_) {
    const Due due = due_[next_due_];
    OpenPart& part = parts_[due.slot];
    if (part.sealer && !part.frame.empty() && part.sealer->next_frame() == due.frame) seal(part, false);
  }
  if (next_due_ < due_.size() / 2) return;
  due_.erase(due_.begin(), due_.begin() + static_cast<ptrdiff_t>(next_due_));
  next_due_ = 0;
}

void Lane::commit() {
  journal_->commit();
  uncommitted_ = 0;
}

}  // namespace ew::recorder
