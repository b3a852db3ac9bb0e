// FlowTable: flows by address pair, looked up for every packet. Open addressing with linear probing: one
// cache line for the slot, one for the flow. Flows do not move.
#pragma once

#include <memory>
#include <vector>

#include "call/flow.h"

namespace ew::call {

class FlowTable {
 public:
  FlowTable() : slots_(kInitialSlots) {}

  Flow* find(const FlowKey& key) const;
  // Two steps ahead of find(), each for many keys before the next: the hash, whose slot is fetched; and the
  // flow that is most likely the key's, or nothing, which is fetched too.
  uint64_t prepare(const FlowKey& key) const;
  const Flow* prepare(uint64_t hash) const;
  Flow& insert(std::unique_ptr<Flow> flow);  // its key must not be there
  void erase(const FlowKey& key);
  size_t size() const { return size_; }
  template <typename Each>
  void for_each(Each&& each) const {
    for (const Slot& slot : slots_)
      if (slot.flow) each(*slot.flow);
  }

 private:
  struct Slot {
    uint64_t hash = 0;
    std::unique_ptr<Flow> flow;  // nothing: the slot is free
  };
  static constexpr size_t kInitialSlots = 1024;  // a power of two

  static uint64_t hash_of(const FlowKey& key);
  size_t home(uint64_t hash) const { return hash & (slots_.size() - 1); }
  size_t next(size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  void place(Slot slot);
  void grow();

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace ew::call
