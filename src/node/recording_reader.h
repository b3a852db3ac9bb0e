// RecordingReader: the stored records of a recording's parts as one sequence in order of time.
#pragma once

#include <functional>
#include <vector>

#include "media/record_source.h"
#include "vault/vault.h"

namespace ew::node {

// Parts of one kind of one recording follow each other in time but for late records (a packet that waited for
// its signalling), which are put in their place as long as they are not later than kDisorderNs.
class RecordingReader : public media::RecordSource {
 public:
  static constexpr int64_t kDisorderNs = 6 * kNsPerSec;

  RecordingReader(vault::Vault& vault, std::vector<vault::StoredPart> parts);
  Status for_each(const std::function<void(const part::Record&)>& each) override;
  // In the order by which a record's place counts them.
  const std::vector<vault::StoredPart>& parts() const { return parts_; }

 private:
  vault::Vault& vault_;
  std::vector<vault::StoredPart> parts_;  // by time of their first frame
};

}  // namespace ew::node
