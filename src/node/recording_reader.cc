#include "node/recording_reader.h"

#include <algorithm>
#include <queue>
#include <tuple>

namespace ew::node {
namespace {

// A record with its body, waiting for those that belong before it.
struct Waiting {
  part::Record record;
  Bytes body;
  uint64_t order;  // as read
};

struct Later {
  bool operator()(const std::unique_ptr<Waiting>& a, const std::unique_ptr<Waiting>& b) const {
    return std::tie(a->record.at, a->record.ref, a->order) > std::tie(b->record.at, b->record.ref, b->order);
  }
};

WallTime first_at(const vault::StoredPart& part) {
  return part.footer.frames.empty() ? part.header.anchor_wall : part.footer.frames.front().first_at;
}

constexpr uint64_t kFramesAtOnce = 32;

// The next frames of some part, by which the parts are read side by side.
struct Place {
  WallTime at;
  size_t part;
  uint64_t frame;
  bool operator>(const Place& other) const {
    return std::tie(at, part, frame) > std::tie(other.at, other.part, other.frame);
  }
};

}  // namespace

RecordingReader::RecordingReader(vault::Vault& vault, std::vector<vault::StoredPart> parts)
    : vault_(vault), parts_(std::move(parts)) {
  std::sort(parts_.begin(), parts_.end(), [](const vault::StoredPart& a, const vault::StoredPart& b) {
    return std::tuple(first_at(a), a.header.kind, a.header.number) <
           std::tuple(first_at(b), b.header.kind, b.header.number);
  });
}

Status RecordingReader::for_each(const std::function<void(const part::Record&)>& each) {
  std::priority_queue<std::unique_ptr<Waiting>, std::vector<std::unique_ptr<Waiting>>, Later> waiting;
  uint64_t order = 0;
  auto release = [&](WallTime before) {
    while (!waiting.empty() && waiting.top()->record.at < before) {
      const Waiting& next = *waiting.top();
      part::Record record = next.record;
      record.body = next.body;
      each(record);
      waiting.pop();
    }
  };
  std::priority_queue<Place, std::vector<Place>, std::greater<>> places;
  for (size_t i = 0; i < parts_.size(); ++i)
    if (!parts_[i].footer.frames.empty()) places.push({first_at(parts_[i]), i, 0});
  while (!places.empty()) {
    Place place = places.top();
    places.pop();
    const vault::StoredPart& part = parts_[place.part];
    release(place.at + -kDisorderNs);
    TRY(vault_.read(
        part,
        [&](const part::FrameInfo& frame, ByteView plaintext) -> Status {
          return part::for_each_record(plaintext, frame.first_at, [&](const part::Record& record) {
            auto copy = std::make_unique<Waiting>();
            copy->record = record;
            copy->record.place.part = static_cast<uint32_t>(place.part);
            copy->record.place.frame = static_cast<uint32_t>(frame.number);
            copy->body.assign(record.body.begin(), record.body.end());
            copy->order = order++;
            waiting.push(std::move(copy));
          });
        },
        place.frame, place.frame + kFramesAtOnce - 1));
    uint64_t next = place.frame + kFramesAtOnce;
    if (next < part.footer.frames.size()) places.push({part.footer.frames[next].first_at, place.part, next});
  }
  release(WallTime{INT64_MAX});
  return {};
}

}  // namespace ew::node
