#include "vault/keys.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "vault/key_index_internal.h"
#include "vault/key_mirror_internal.h"

namespace ew::vault {
namespace {

constexpr size_t kMaxFindings = 1'000;

std::string at_offset(const KeyMirror& mirror, uint32_t place) {
  return mirror.path() + ": offset " + std::to_string(uint64_t{place} * kPlaceSize);
}
std::string name_of(PartId part, uint32_t generation) {
  return "key of part " + part.text() + " generation " + std::to_string(generation);
}

// What the two mirrors say about one place.
struct Comparison {
  std::optional<Slot> a, b;  // nothing: damaged
  bool equal = false;

  bool a_counts() const { return a && (!b || a->batch >= b->batch); }
  const std::optional<Slot>& trusted() const { return a_counts() ? a : b; }
};

class FileKeyStore : public KeyStore {
 public:
  FileKeyStore(KeyMirror a, KeyMirror b, const StoreId& id, KeyStoreUse use)
      : a_(std::move(a)), b_(std::move(b)), codec_(id), use_(use) {}

  Status load();

  Status put(const SealedKey& key) override;
  Status sync() override;
  Result<SealedKey> get(PartId part, uint32_t generation) override;
  Status destroy(PartId part, uint32_t generation) override;
  Status replace(const SealedKey& key) override;
  Result<uint64_t> count() override;
  Status for_each(const std::function<Status(const SealedKey&)>& each) override;
  Result<std::vector<std::string>> check() override;
  Status repair() override;

 private:
  // Calls `each` for every place from `first` on at which the mirrors differ or hold a slot.
  Status scan(const std::function<void(uint32_t place, const Comparison&)>& each, uint32_t first = 1);
  bool is_to_be_finished(const Comparison& comparison) const;
  Status read_on();
  Result<std::vector<std::string>> check_once();
  Status deny(KeyStoreUse use, const char* what) const;
  std::vector<std::string> findings_of(uint32_t place, const Comparison& comparison) const;
  Status check_file(KeyMirror& mirror, std::vector<std::string>& findings);
  Status write_batch(const std::map<uint32_t, Slot>& slots);
  Result<Slot> read_slot(uint32_t place);
  Result<uint32_t> sealed_place(PartId part, uint32_t generation);
  Status change(uint32_t place, SlotState state, const SealedKey& key);
  Status begin_anew();
  std::unique_lock<std::mutex> lock_files();

  KeyMirror a_, b_;
  SlotCodec codec_;
  const KeyStoreUse use_;
  std::vector<std::string> found_at_opening_;

  std::mutex mutex_;  // not held while a batch is written; guards everything below
  std::condition_variable written_;
  KeyIndex index_;
  uint64_t sealed_ = 0;
  uint32_t durable_end_ = 1;  // from it on no place holds a key that anybody was promised
  uint32_t read_up_to_ = 1;   // every place before it is known; only used where another process adds keys
  std::map<uint32_t, Slot> pending_, in_flight_;  // changed since the last batch; being written
  bool is_writing_ = false;
  uint64_t batch_ = 0;          // the last one begun
  uint64_t seen_batch_ = 0;     // the last one of another process; ours counts on from it
  uint64_t durable_batch_ = 0;  // and the last one synced in both mirrors
  Status failure_;              // of the last batch, whose slots are still in flight
};

Status FileKeyStore::scan(const std::function<void(uint32_t, const Comparison&)>& each, uint32_t first) {
  const uint64_t end = std::max(TRY(a_.size()), TRY(b_.size()));
  if (end / kPlaceSize > UINT32_MAX) return Error(ErrorCode::kCorrupt, a_.path() + ": too long");
  Bytes from_a(kChunkSize), from_b(kChunkSize);
  for (uint64_t offset = first / kPlacesPerChunk * kChunkSize; offset < end; offset += kChunkSize) {
    TRY(a_.read(offset, from_a));
    TRY(b_.read(offset, from_b));
    for (uint32_t i = 0; i < kPlacesPerChunk; ++i) {
      const uint32_t place = static_cast<uint32_t>(offset / kPlaceSize) + i;
      if (place < first) continue;
      ByteView a = ByteView(from_a).subspan(i * kPlaceSize, kPlaceSize);
      ByteView b = ByteView(from_b).subspan(i * kPlaceSize, kPlaceSize);
      Comparison comparison;
      comparison.a = codec_.decode(a, place);
      comparison.equal = std::memcmp(a.data(), b.data(), kPlaceSize) == 0;
      comparison.b = comparison.equal ? comparison.a : codec_.decode(b, place);
      if (!comparison.equal || !comparison.a || comparison.a->state != SlotState::kFree)
        each(place, comparison);
    }
  }
  return {};
}

// A crash may have left the last batch in one mirror alone: new keys in either, changed ones in the first.
// Where two processes write, each finishes its own: new keys are the recorder's, changed ones the keeper's.
bool FileKeyStore::is_to_be_finished(const Comparison& comparison) const {
  const Slot& newer = *comparison.trusted();
  const Slot& older = comparison.a_counts() ? *comparison.b : *comparison.a;
  const bool is_new = older.state == SlotState::kFree;
  if (!is_new && !comparison.a_counts()) return false;
  if (use_ == KeyStoreUse::kKeeper) return !is_new;
  return newer.batch == batch_ && (is_new || use_ == KeyStoreUse::kAlone);
}

Status FileKeyStore::load() {
  for (const KeyMirror* mirror : {&a_, &b_})
    if (mirror->made() && a_.made() != b_.made())
      found_at_opening_.push_back(mirror->path() + ": was missing and is made anew");
  std::vector<std::pair<uint32_t, Comparison>> differing;
  TRY(scan([&](uint32_t place, const Comparison& comparison) {
    const std::optional<Slot>& slot = comparison.trusted();
    if (!slot) {
      // Damaged in both mirrors: whose key it was is unknown, and the place must stay as it is.
      index_.reserve(place);
      return;
    }
    if (slot->state == SlotState::kFree) return;
    if (!index_.insert(place, {slot->key.part, slot->key.generation, slot->state}))
      found_at_opening_.push_back(at_offset(a_, place) + ": a second " +
                                  name_of(slot->key.part, slot->key.generation));
    else if (slot->state == SlotState::kSealed)
      ++sealed_;
    if (place == read_up_to_) ++read_up_to_;
    batch_ = std::max(batch_, slot->batch);
    if (comparison.a && comparison.b && !comparison.equal) differing.emplace_back(place, comparison);
  }));
  durable_batch_ = batch_;
  durable_end_ = index_.end();
  for (auto& [place, comparison] : differing)
    if (is_to_be_finished(comparison)) pending_[place] = *comparison.trusted();
  // A crash between the making of the two files leaves one without a slot: nothing is missing then.
  if (index_.end() == 1) found_at_opening_.clear();
  return {};
}

// What the recorder added since the last look. A slot that is just being written is taken up by a later look;
// one whose key was acknowledged is whole in both mirrors. mutex_ is held.
Status FileKeyStore::read_on() {
  uint32_t known = read_up_to_;
  TRY(scan(
      [&](uint32_t place, const Comparison& comparison) {
        const std::optional<Slot>& slot = comparison.trusted();
        if (!slot || slot->state == SlotState::kFree) return;
        if (place == known) ++known;
        seen_batch_ = std::max(seen_batch_, slot->batch);
        const bool is_new = place >= index_.end() || index_.at(place).state == SlotState::kFree;
        if (is_new && index_.insert(place, {slot->key.part, slot->key.generation, slot->state}))
          sealed_ += slot->state == SlotState::kSealed;
      },
      read_up_to_));
  read_up_to_ = known;
  durable_end_ = index_.end();  // all of them are the recorder's
  return {};
}

Result<uint32_t> FileKeyStore::sealed_place(PartId part, uint32_t generation) {
  uint32_t place = index_.find(part, generation);
  if (place == 0 && use_ == KeyStoreUse::kKeeper) {
    TRY(read_on());
    place = index_.find(part, generation);
  }
  if (place == 0) return Error(ErrorCode::kNotFound, "no " + name_of(part, generation));
  if (index_.at(place).state == SlotState::kDestroyed)
    return Error(ErrorCode::kDenied, "the " + name_of(part, generation) + " is destroyed");
  return place;
}

Status FileKeyStore::deny(KeyStoreUse use, const char* what) const {
  if (use_ != use) return {};
  return Error(ErrorCode::kDenied, a_.path() + ": another process " + what);
}

Status FileKeyStore::put(const SealedKey& key) {
  TRY(deny(KeyStoreUse::kKeeper, "adds the keys"));
  std::lock_guard lock(mutex_);
  const uint32_t place = index_.end();
  if (!index_.insert(place, {key.part, key.generation, SlotState::kSealed}))
    return Error(ErrorCode::kExists, "there is a " + name_of(key.part, key.generation));
  ++sealed_;
  pending_[place] = Slot{SlotState::kSealed, 0, key};
  return {};
}

Status FileKeyStore::replace(const SealedKey& key) {
  TRY(deny(KeyStoreUse::kRecorder, "changes the keys"));
  std::lock_guard lock(mutex_);
  const uint32_t place = TRY(sealed_place(key.part, key.generation));
  pending_[place] = Slot{SlotState::kSealed, 0, key};
  return {};
}

// Callers that come while a batch is written wait for it, and the first of them writes the next batch for
// all.
Status FileKeyStore::sync() {
  std::unique_lock lock(mutex_);
  TRY(begin_anew());
  const uint64_t wanted = pending_.empty() ? batch_ : batch_ + 1;
  while (durable_batch_ < wanted && failure_.ok()) {
    if (is_writing_) {
      written_.wait(lock);
      continue;
    }
    if (pending_.empty()) return {};  // what failed was written again, with all that came meanwhile
    is_writing_ = true;
    batch_ = std::max(batch_, seen_batch_) + 1;
    for (auto& [place, slot] : pending_) slot.batch = batch_;
    in_flight_.swap(pending_);
    lock.unlock();
    // Nobody changes in_flight_ while is_writing_ is set, so it may be read without the lock.
    Status written = write_batch(in_flight_);
    lock.lock();
    is_writing_ = false;
    if (written.ok()) {
      durable_end_ = std::max(durable_end_, in_flight_.rbegin()->first + 1);
      in_flight_.clear();
      durable_batch_ = batch_;
    } else {
      failure_ = std::move(written);
    }
    written_.notify_all();
  }
  return failure_;
}

// After a failed write or sync the files' state is unknown: all of that batch is written again, through new
// handles, with what came since and under the same number. So whatever a crash leaves unfinished has the
// highest. mutex_ is held.
Status FileKeyStore::begin_anew() {
  if (failure_.ok()) return {};
  TRY(a_.open_anew());
  TRY(b_.open_anew());
  --batch_;
  pending_.merge(in_flight_);  // what was changed since stays as it is
  in_flight_.clear();
  failure_ = {};
  return {};
}

// For work on the files themselves: nobody writes them while the lock is held.
std::unique_lock<std::mutex> FileKeyStore::lock_files() {
  std::unique_lock lock(mutex_);
  written_.wait(lock, [this] { return !is_writing_; });
  return lock;
}

// Slots that are overwritten stay whole in one mirror at any moment. New ones have nothing to lose: both
// mirrors at once, so that who waits for a call's first key waits for one sync.
Status FileKeyStore::write_batch(const std::map<uint32_t, Slot>& slots) {
  std::map<uint32_t, Place> places;
  for (const auto& [place, slot] : slots) codec_.encode(slot, place, places[place]);
  if (slots.begin()->first < durable_end_) {
    TRY(a_.write(places));
    return b_.write(places);
  }
  auto to_b = std::async(std::launch::async | std::launch::deferred, [&] { return b_.write(places); });
  Status written_to_a = a_.write(places);
  Status written_to_b = to_b.get();
  TRY(std::move(written_to_a));
  return written_to_b;
}

Result<Slot> FileKeyStore::read_slot(uint32_t place) {
  for (const auto* unwritten : {&pending_, &in_flight_})
    if (auto found = unwritten->find(place); found != unwritten->end()) return found->second;
  Comparison comparison;
  Place bytes;
  const uint64_t offset = uint64_t{place} * kPlaceSize;
  Status read_a = a_.read(offset, bytes);
  if (read_a.ok()) comparison.a = codec_.decode(bytes, place);
  // Most reads are over here: with the same identity and state as in the index mirror a is as good as both.
  const KeyIndex::Entry& entry = index_.at(place);
  auto fits = [&](const std::optional<Slot>& slot) {
    return slot && slot->key.part == entry.part && slot->key.generation == entry.generation &&
           slot->state == entry.state;
  };
  if (fits(comparison.a)) return *comparison.a;
  Status read_b = b_.read(offset, bytes);
  if (read_b.ok()) comparison.b = codec_.decode(bytes, place);
  if (fits(comparison.b)) return *comparison.b;
  // What cannot be read now need not be damaged.
  TRY(std::move(read_a));
  TRY(std::move(read_b));
  return Error(ErrorCode::kCorrupt, at_offset(a_, place) + ": the " + name_of(entry.part, entry.generation) +
                                        " is damaged in both mirrors");
}

Result<SealedKey> FileKeyStore::get(PartId part, uint32_t generation) {
  std::lock_guard lock(mutex_);
  const uint32_t place = TRY(sealed_place(part, generation));
  return TRY(read_slot(place)).key;
}

Status FileKeyStore::change(uint32_t place, SlotState state, const SealedKey& key) {
  {
    std::lock_guard lock(mutex_);
    pending_[place] = Slot{state, 0, key};
  }
  return sync();
}

Status FileKeyStore::destroy(PartId part, uint32_t generation) {
  TRY(deny(KeyStoreUse::kRecorder, "destroys the keys"));
  uint32_t place;
  {
    std::lock_guard lock(mutex_);
    auto sealed = sealed_place(part, generation);
    if (!sealed.ok() && sealed.error().code() == ErrorCode::kNotFound) return std::move(sealed).error();
    place = index_.find(part, generation);
    if (sealed.ok()) --sealed_;
    index_.at(place).state = SlotState::kDestroyed;
  }
  SealedKey key{.part = part, .generation = generation};
  crypto::random_bytes(key.encapsulated);
  crypto::random_bytes(key.sealed);
  TRY(change(place, SlotState::kDestroyed, key));
  return change(place, SlotState::kDestroyed, SealedKey{.part = part, .generation = generation});
}

Result<uint64_t> FileKeyStore::count() {
  std::lock_guard lock(mutex_);
  if (use_ == KeyStoreUse::kKeeper) TRY(read_on());
  return sealed_;
}

Status FileKeyStore::for_each(const std::function<Status(const SealedKey&)>& each) {
  TRY(count());  // reads on
  for (uint32_t place = 1;; ++place) {
    std::optional<Slot> slot;
    {
      std::lock_guard lock(mutex_);
      if (place >= index_.end()) return {};
      if (index_.at(place).state == SlotState::kSealed) slot = TRY(read_slot(place));
    }
    // Without the lock, so that `each` may seal the key anew and replace it.
    if (slot) TRY(each(slot->key));
  }
}

std::vector<std::string> FileKeyStore::findings_of(uint32_t place, const Comparison& comparison) const {
  std::vector<std::string> findings;
  if (!comparison.a) findings.push_back(at_offset(a_, place) + ": the slot's checksum does not fit");
  if (!comparison.b) findings.push_back(at_offset(b_, place) + ": the slot's checksum does not fit");
  if (comparison.a && comparison.b && !comparison.equal)
    findings.push_back(at_offset(comparison.a_counts() ? b_ : a_, place) +
                       ": older than in the other mirror");
  return findings;
}

Status FileKeyStore::check_file(KeyMirror& mirror, std::vector<std::string>& findings) {
  const uint64_t size = TRY(mirror.size());
  if (size == 0 || size % kChunkSize != 0)
    findings.push_back(mirror.path() + ": offset " + std::to_string(size) +
                       ": the file does not end at a multiple of " + std::to_string(kChunkSize));
  if (TRY(mirror.header()) != codec_.id())
    findings.push_back(mirror.path() + ": offset 0: the header's checksum does not fit");
  return {};
}

// What looks wrong while another process writes may be its batch under way, which is whole soon.
Result<std::vector<std::string>> FileKeyStore::check() {
  for (int looks = use_ == KeyStoreUse::kAlone ? 1 : 5;; --looks) {
    auto findings = TRY(check_once());
    if (findings.empty() || looks == 1) return findings;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

Result<std::vector<std::string>> FileKeyStore::check_once() {
  const auto lock = lock_files();
  std::vector<std::string> findings = found_at_opening_;
  TRY(check_file(a_, findings));
  TRY(check_file(b_, findings));
  TRY(scan([&](uint32_t place, const Comparison& comparison) {
    if (pending_.count(place) || findings.size() >= kMaxFindings) return;
    for (std::string& finding : findings_of(place, comparison)) findings.push_back(std::move(finding));
  }));
  return findings;
}

Status FileKeyStore::repair() {
  if (use_ != KeyStoreUse::kAlone)
    return Error(ErrorCode::kDenied, a_.path() + ": cannot be repaired while a server is running");
  const auto lock = lock_files();
  TRY(begin_anew());
  std::map<uint32_t, Place> for_a, for_b;
  const Place header = encode_header(codec_.id());
  if (TRY(a_.header()) != codec_.id()) for_a[0] = header;
  if (TRY(b_.header()) != codec_.id()) for_b[0] = header;
  TRY(scan([&](uint32_t place, const Comparison& comparison) {
    const std::optional<Slot>& good = comparison.trusted();
    if (!good || findings_of(place, comparison).empty()) return;
    Place& bytes = (comparison.a_counts() ? for_b : for_a)[place];
    bytes = Place{};
    if (good->state != SlotState::kFree) codec_.encode(*good, place, bytes);
  }));
  const uint64_t size = std::max(TRY(a_.size()), TRY(b_.size()));
  auto mend = [&](KeyMirror& mirror, const std::map<uint32_t, Place>& places) -> Status {
    TRY(mirror.make_room(size));
    return mirror.write(places);
  };
  failure_ = mend(a_, for_a);
  if (failure_.ok()) failure_ = mend(b_, for_b);
  if (failure_.ok()) found_at_opening_.clear();
  return failure_;
}

}  // namespace

Result<std::unique_ptr<KeyStore>> make_file_key_store(io::Env& env, std::string directory, KeyStoreUse use) {
  const std::string path_a = io::join(directory, "keys-a.ewk"), path_b = io::join(directory, "keys-b.ewk");
  TRY(env.make_directories(directory));
  StoreId id;
  crypto::random_bytes(id);
  // A mirror that is made beside one that is there takes over its id, so the one that is there is looked at
  // first.
  const bool b_first = !TRY(env.exists(path_a)) && TRY(env.exists(path_b));
  KeyMirror first = TRY(KeyMirror::open(env, b_first ? path_b : path_a, id));
  auto first_id = TRY(first.header());
  KeyMirror second = TRY(KeyMirror::open(env, b_first ? path_a : path_b, first_id.value_or(id)));
  auto second_id = TRY(second.header());
  if (!first_id && (!second_id || second.made()))
    return Error(ErrorCode::kCorrupt, first.path() + ": offset 0: no header of a key store in either mirror");
  if (first_id && second_id && *first_id != *second_id)
    return Error(ErrorCode::kCorrupt, path_b + ": offset 16: belongs to another store than " + path_a);
  if (b_first) std::swap(first, second);
  auto store = std::make_unique<FileKeyStore>(std::move(first), std::move(second),
                                              first_id ? *first_id : *second_id, use);
  TRY(store->load());
  return std::unique_ptr<KeyStore>(std::move(store));
}

}  // namespace ew::vault
