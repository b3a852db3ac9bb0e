// OfferedParts: the recorder's ended parts that the keeper has not stored yet. They are offered again to each
// keeper that comes, in order, until it says that they are stored.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "recorder/lane_thread.h"
#include "server/link.h"

namespace ew::server {

// Any thread.
class OfferedParts {
 public:
  static constexpr size_t kMaxAtOnce = 1000;

  void add(journal::Journal& journal, PartId part);
  std::vector<EndedPart> after(uint64_t serial) const;
  Result<journal::PartPlaces> places_of(PartId part) const;
  void stored(const std::vector<PartId>& parts);
  // Nothing more will end in this lane; it is kept until its last part is stored.
  void retire(std::unique_ptr<recorder::LaneThread> lane);
  size_t waiting() const;

 private:
  struct Offer {
    uint64_t serial = 0;
    journal::Journal* journal = nullptr;
  };
  void drop_retired();

  mutable std::mutex mutex_;
  uint64_t last_serial_ = 0;
  std::unordered_map<PartId, Offer, IdHash> offers_;
  std::map<uint64_t, PartId> in_order_;
  std::unordered_map<journal::Journal*, size_t> per_journal_;
  std::vector<std::unique_ptr<recorder::LaneThread>> retired_;
};

}  // namespace ew::server
