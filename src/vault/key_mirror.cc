#include "vault/key_mirror_internal.h"

#include <algorithm>

namespace ew::vault {

Result<KeyMirror> KeyMirror::open(io::Env& env, std::string path, const StoreId& id_if_made) {
  const bool made = !TRY(env.exists(path));
  if (made) {
    Bytes empty(kChunkSize);
    std::ranges::copy(encode_header(id_if_made), empty.begin());
    TRY(io::write_file(env, path, empty));
  }
  auto file = TRY(env.open(path, io::OpenMode::kReadWrite));
  return KeyMirror(env, std::move(path), std::move(file), made);
}

Status KeyMirror::open_anew() {
  file_ = TRY(env_->open(path_, io::OpenMode::kReadWrite));
  return {};
}

Result<std::optional<StoreId>> KeyMirror::header() {
  Place place;
  TRY(read(0, place));
  return decode_header(place);
}

Status KeyMirror::read(uint64_t offset, ByteSpan out) {
  const uint64_t size = TRY(file_->size());
  const uint64_t there = offset < size ? std::min<uint64_t>(size - offset, out.size()) : 0;
  std::fill(out.begin() + static_cast<long>(there), out.end(), 0);
  return there > 0 ? file_->read_at(offset, out.first(there)) : Status();
}

Status KeyMirror::make_room(uint64_t size) {
  const uint64_t wanted = (size + kChunkSize - 1) / kChunkSize * kChunkSize;
  return TRY(file_->size()) < wanted ? file_->allocate(wanted) : Status();
}

Status KeyMirror::write(const std::map<uint32_t, Place>& places) {
  if (places.empty()) return {};
  TRY(make_room((uint64_t{places.rbegin()->first} + 1) * kPlaceSize));
  Bytes run;
  for (auto at = places.begin(); at != places.end();) {
    const uint32_t first = at->first;
    run.clear();
    for (uint32_t next = first; at != places.end() && at->first == next; ++at, ++next)
      run.insert(run.end(), at->second.begin(), at->second.end());
    TRY(file_->write_at(uint64_t{first} * kPlaceSize, run));
  }
  return file_->sync();
}

}  // namespace ew::vault
