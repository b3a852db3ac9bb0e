#include "recorder/lane_thread.h"

#include <pthread.h>

namespace ew::recorder {

LaneThread::LaneThread(std::unique_ptr<Lane> lane, Mode mode)
    : lane_(std::move(lane)), mode_(mode), filling_(std::make_unique<Batch>()) {
  if (mode_ == Mode::kThread) thread_ = std::thread([this] { work(); });
}

LaneThread::~LaneThread() {
  if (mode_ == Mode::kInline) return;
  hand_over();
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LaneThread::open_part(PartSlot slot, const part::Header& header) {
  if (mode_ == Mode::kInline) return lane_->open_part(slot, header);
  Command command{Command::Kind::kOpen, slot};
  command.body = filling_->headers.size();
  filling_->headers.push_back(header);
  filling_->commands.push_back(command);
}

void LaneThread::append(PartSlot slot, const part::Record& record) {
  if (mode_ == Mode::kInline) return lane_->append(slot, record);
  Command command{Command::Kind::kAppend, slot};
  command.record = record;
  command.body = filling_->bytes.size();
  filling_->bytes.insert(filling_->bytes.end(), record.body.begin(), record.body.end());
  filling_->commands.push_back(command);
  if (filling_->bytes.size() >= kBatchBytes || filling_->commands.size() >= kBatchCommands) hand_over();
}

void LaneThread::close_part(PartSlot slot, part::End end) {
  if (mode_ == Mode::kInline) return lane_->close_part(slot, end);
  Command command{Command::Kind::kClose, slot};
  command.end = end;
  filling_->commands.push_back(command);
}

void LaneThread::seal_open_frame(PartSlot slot) {
  if (mode_ == Mode::kInline) return lane_->seal_open_frame(slot);
  filling_->commands.push_back(Command{Command::Kind::kSeal, slot});
}

void LaneThread::when_acknowledged(std::function<void()> done) {
  if (mode_ == Mode::kInline) return lane_->when_acknowledged(std::move(done));
  Command command{Command::Kind::kNotify};
  command.body = filling_->notices.size();
  filling_->notices.push_back(std::move(done));
  filling_->commands.push_back(command);
}

void LaneThread::use_kek(const vault::KekPublic& kek) {
  if (mode_ == Mode::kInline) return lane_->use_kek(kek);
  Command command{Command::Kind::kKek};
  command.body = filling_->keks.size();
  filling_->keks.push_back(kek);
  filling_->commands.push_back(command);
}

void LaneThread::tick(WallTime now) {
  if (mode_ == Mode::kInline) return lane_->tick(now);
  Command command{Command::Kind::kTick};
  command.now = now;
  filling_->commands.push_back(command);
}

void LaneThread::commit() {
  if (mode_ == Mode::kInline) return lane_->commit();
  filling_->commands.push_back(Command{Command::Kind::kCommit});
  hand_over();
}

void LaneThread::hand_over() {
  if (filling_->commands.empty()) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.size() < kMaxWaiting; });
  waiting_.push_back(std::move(filling_));
  if (free_.empty()) {
    filling_ = std::make_unique<Batch>();
  } else {
    filling_ = std::move(free_.back());
    free_.pop_back();
  }
  changed_.notify_all();
}

void LaneThread::wait() {
  if (mode_ == Mode::kInline) return;
  hand_over();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.empty() && !busy_; });
}

void LaneThread::work() {
  pthread_setname_np(pthread_self(), "lane");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    auto batch = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    run(*batch);
    batch->commands.clear();
    batch->headers.clear();
    batch->notices.clear();
    batch->keks.clear();
    batch->bytes.clear();
    lock.lock();
    busy_ = false;
    free_.push_back(std::move(batch));
    changed_.notify_all();
  }
}

void LaneThread::run(Batch& batch) {
  for (Command& command : batch.commands) {
    switch (command.kind) {
      case Command::Kind::kOpen:
        lane_->open_part(command.slot, batch.headers[command.body]);
        break;
      case Command::Kind::kAppend:
        command.record.body = ByteView(batch.bytes).subspan(command.body, command.record.body.size());
        lane_->append(command.slot, command.record);
        break;
      case Command::Kind::kClose:
        lane_->close_part(command.slot, command.end);
        break;
      case Command::Kind::kSeal:
        lane_->seal_open_frame(command.slot);
        break;
      case Command::Kind::kNotify:
        lane_->when_acknowledged(std::move(batch.notices[command.body]));
        break;
      case Command::Kind::kKek:
        lane_->use_kek(batch.keks[command.body]);
        break;
      case Command::Kind::kTick:
        lane_->tick(command.now);
        break;
      case Command::Kind::kCommit:
        lane_->commit();
        break;
    }
  }
}

}  // namespace ew::recorder
