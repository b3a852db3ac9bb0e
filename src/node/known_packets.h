// KnownPackets: what earlier imports stored of the captures that are being imported again.
#pragma once

#include <unordered_map>
#include <vector>

#include "node/data_directory.h"
#include "recorder/recorder.h"

namespace ew::node {

class KnownPackets : public recorder::StoredBefore {
 public:
  // Reads every recording made from one of these captures that had not ended in order; of the others it is
  // enough to know them.
  Status load(DataDirectory& data, const std::vector<recorder::CaptureIdentity>& captures);

  bool has(const PacketRef& ref) const override;
  std::optional<Recording> recording(RecordingId id) const override;
  bool empty() const { return recordings_.empty(); }

  // For another process.
  Bytes encode() const;
  static Result<KnownPackets> decode(ByteView bytes);

 private:
  Status load_call(DataDirectory& data, const db::CallRows& rows);
  Status load_part(DataDirectory& data, const std::string& object);
  void add(uint32_t capture, const PacketRef& ref);

  std::vector<recorder::CaptureIdentity> captures_;
  std::vector<std::vector<bool>> packets_;  // by capture: numbers of packets stored as their first message
  struct RefHash {
    size_t operator()(const PacketRef& ref) const {
      return static_cast<size_t>((ref.packet * 31 + ref.index) * 31 + ref.capture);
    }
  };
  std::unordered_map<PacketRef, bool, RefHash> further_;  // second and later messages of one packet
  std::unordered_map<RecordingId, Recording, IdHash> recordings_;
};

}  // namespace ew::node
