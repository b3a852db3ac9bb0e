#include "call/flow_table.h"

#include "base/prefetch.h"

#include <cstring>

namespace ew::call {

uint64_t FlowTable::hash_of(const FlowKey& key) {
  uint64_t hash = 0x9e3779b97f4a7c15u;
  auto mix = [&](uint64_t word) {
    hash = (hash ^ word) * 0xd6e8feb86659fd93u;
    hash ^= hash >> 32;
  };
  for (const Endpoint* endpoint : {&key.source, &key.destination}) {
    uint64_t words[2];
    std::memcpy(words, endpoint->ip.bytes.data(), 16);
    mix(words[0] ^ endpoint->port);
    mix(words[1]);
  }
  return hash;
}

Flow* FlowTable::find(const FlowKey& key) const {
  uint64_t hash = hash_of(key);
  for (size_t slot = home(hash); slots_[slot].flow; slot = next(slot))
    if (slots_[slot].hash == hash && slots_[slot].flow->key == key) return slots_[slot].flow.get();
  return nullptr;
}

uint64_t FlowTable::prepare(const FlowKey& key) const {
  uint64_t hash = hash_of(key);
  prefetch(&slots_[home(hash)], sizeof(Slot));
  return hash;
}

const Flow* FlowTable::prepare(uint64_t hash) const {
  size_t slot = home(hash);
  while (slots_[slot].flow && slots_[slot].hash != hash) slot = next(slot);
  const Flow* flow = slots_[slot].flow.get();
  if (flow) prefetch(flow, 64);
  return flow;
}

Flow& FlowTable::insert(std::unique_ptr<Flow> flow) {
  if ((size_ + 1) * 2 > slots_.size()) grow();
  Flow& inserted = *flow;
  place({hash_of(flow->key), std::move(flow)});
  ++size_;
  return inserted;
}

void FlowTable::place(Slot moved) {
  size_t slot = home(moved.hash);
  while (slots_[slot].flow) slot = next(slot);
  slots_[slot] = std::move(moved);
}

void FlowTable::grow() {
  std::vector<Slot> old = std::move(slots_);
  slots_ = std::vector<Slot>(old.size() * 2);
  for (Slot& slot : old)
    if (slot.flow) place(std::move(slot));
}

void FlowTable::erase(const FlowKey& key) {
  uint64_t hash = hash_of(key);
  size_t slot = home(hash);
  while (slots_[slot].flow && !(slots_[slot].hash == hash && slots_[slot].flow->key == key))
    slot = next(slot);
  if (!slots_[slot].flow) return;
  slots_[slot].flow.reset();
  --size_;
  // What was displaced by it moves up, so that every flow is reached from its home without a gap.
  for (size_t gap = slot, at = next(slot); slots_[at].flow; at = next(at)) {
    size_t distance_to_gap = (at - gap) & (slots_.size() - 1);
    size_t distance_to_home = (at - home(slots_[at].hash)) & (slots_.size() - 1);
    if (distance_to_home < distance_to_gap) continue;
    slots_[gap] = std::move(slots_[at]);
    gap = at;
  }
}

}  // namespace ew::call
