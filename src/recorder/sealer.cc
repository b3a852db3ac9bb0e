#include "recorder/sealer.h"

#include <chrono>

#include "vault/vault.h"

namespace ew::recorder {

namespace {
constexpr size_t kBatchBytes = 32 * 1024 * 1024;  // objects held in memory at once
}

void Sealer::part_ended(journal::EndedParts& parts, PartId part) {
  {
    std::lock_guard lock(mutex_);
    ready_.push_back({&parts, part, clock_.monotonic_ns()});
  }
  changed_.notify_one();
}

void Sealer::forget_ready() {
  std::lock_guard lock(mutex_);
  ready_.clear();
}

int64_t Sealer::waiting_ns() const {
  std::lock_guard lock(mutex_);
  return ready_.empty() ? 0 : clock_.monotonic_ns() - ready_.front().since_ns;
}

void Sealer::wait(int64_t nanoseconds) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::nanoseconds(nanoseconds), [&] { return !ready_.empty(); });
}

size_t Sealer::ready() const {
  std::lock_guard lock(mutex_);
  return ready_.size();
}

std::optional<Sealer::Ready> Sealer::take_ready() {
  std::lock_guard lock(mutex_);
  if (ready_.empty()) return std::nullopt;
  Ready next = ready_.front();
  ready_.pop_front();
  return next;
}

void Sealer::put_back(const std::vector<Ready>& taken) {
  std::lock_guard lock(mutex_);
  ready_.insert(ready_.begin(), taken.begin(), taken.end());
}

Result<size_t> Sealer::seal_ready(size_t limit) {
  std::vector<Object> objects;
  std::vector<Ready> taken;
  size_t bytes = 0;
  while (taken.size() < limit && bytes < kBatchBytes) {
    auto next = take_ready();
    if (!next) break;
    auto read = next->parts->read_part(next->part);
    auto object = read.ok() ? make_object(std::move(*read)) : Result<Object>(std::move(read).error());
    if (!object.ok()) {
      if (object.error().code() != ErrorCode::kCorrupt) taken.push_back(*next);
      put_back(taken);
      return std::move(object).error().within("part " + next->part.text());
    }
    bytes += object->bytes.bytes.size();
    objects.push_back(std::move(*object));
    taken.push_back(*next);
  }
  if (taken.empty()) return size_t{0};
  Status stored = store(objects);
  if (!stored) {
    // Nothing is lost: the journal still has the parts.
    put_back(taken);
    return std::move(stored).error();
  }
  for (const Ready& part : taken) part.parts->mark_stored(part.part);
  return taken.size();
}

Result<Sealer::Object> Sealer::make_object(journal::PartBytes bytes) {
  Object object;
  object.header = TRY(part::decode_header(bytes.bytes));
  object.footer = TRY(part::make_footer(bytes.header_size, bytes.frames, bytes.end));
  object.root = TRY(part::decode_footer(object.footer)).root;
  object.name = vault::object_name(object.header);
  object.frames = bytes.frames.size();
  object.bytes = std::move(bytes);
  return object;
}

Result<Sealer::Object> Sealer::stored_object(const std::string& name) {
  Object object;
  object.name = name;
  object.bytes.bytes = TRY(objects_.get(name));
  ByteView bytes = object.bytes.bytes;
  object.header = TRY(part::decode_header(bytes));
  size_t footer_size = TRY(part::footer_size_of(bytes));
  if (footer_size > bytes.size()) return Error(ErrorCode::kCorrupt, name + ": the footer is too long");
  part::Footer footer = TRY(part::decode_footer(bytes.last(footer_size)));
  object.root = footer.root;
  object.frames = footer.frames.size();
  return object;
}

Status Sealer::store(const std::vector<Object>& objects) {
  if (objects.empty()) return {};
  std::vector<vault::NewObject> puts;
  std::vector<std::string> names;
  for (const Object& object : objects) {
    puts.push_back({object.name, {object.bytes.bytes, object.footer}});
    names.push_back(object.name);
    figures_.bytes += object.bytes.bytes.size() + object.footer.size();
  }
  TRY(objects_.put(puts));
  for (const Object& object : objects) {
    evidence::Event event;
    event.at = clock_.wall();
    event.kind = "part.stored";
    event.recording = object.header.recording;
    event.actor = "recorder";
    event.result = "ok";
    event.details = {{"part", object.header.part.text()},
                     {"root", to_hex(object.root)},
                     {"frames", std::to_string(object.frames)}};
    TRY(audit_.append(event));
  }
  TRY(audit_.flush());
  TRY(arrivals_.append(names));
  figures_.parts += objects.size();
  return {};
}

// Where the store cannot be asked, the part is taken as one that has its key.
bool Sealer::has_key(const part::Header& header) {
  auto key = keys_.get(header.part, header.generation);
  return key.ok() || key.error().code() != ErrorCode::kNotFound;
}

Status Sealer::recover(io::Env& env, const std::string& journal_directory, JournalState state) {
  // Logs first, so that whoever finds a media part has met its call before; in pieces, since what was left
  // may be large.
  for (bool logs : {true, false}) {
    std::vector<Object> objects;
    size_t bytes = 0;
    auto take = [&](journal::Recovered&& recovered) -> Status {
      if (recovered.bytes.frames.empty()) return {};  // it was opened, and nothing of it became durable
      Object object = TRY(make_object(std::move(recovered.bytes)));
      if ((object.header.kind == part::Kind::kLog) != logs) return {};
      if (state == JournalState::kDamaged && objects_.stat(object.name))
        object = TRY(stored_object(object.name));
      bytes += object.bytes.bytes.size();
      objects.push_back(std::move(object));
      if (bytes < kBatchBytes) return {};
      TRY(store(objects));
      objects.clear();
      bytes = 0;
      return {};
    };
    TRY(journal::recover(
        env, journal_directory, [this](const part::Header& of) { return has_key(of); }, take));
    TRY(store(objects));
  }
  return {};
}

}  // namespace ew::recorder
