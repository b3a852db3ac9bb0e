// What keeper and recorder tell each other of what is live: orders, and the calls that go on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/call_record.h"
#include "siprec/finding.h"
#include "vault/keys.h"

namespace ew::node {

// What the keeper tells a recorder that has neither database nor keys.
struct RecordingOrders {
  vault::KekPublic kek;
  bool record = false;    // policy: media is kept
  std::string reason;     // why or why not, in words
  std::string not_ready;  // why no new recording session can be taken; empty: they can
  bool operator==(const RecordingOrders&) const = default;
};

struct LiveStream {
  uint32_t number = 0;
  std::string participant, label, media, codec;
  std::string source, destination;  // ip:port
  uint64_t packets = 0, lost = 0;
  double jitter_ms = 0;
  bool encrypted = false;
  std::optional<WallTime> last_at;
  bool operator==(const LiveStream&) const = default;
};

// A call that goes on, as its recorder sees it at this moment.
struct LiveCall {
  CallId call_id;
  RecordingId recording_id;
  std::optional<PartId> media_part;  // that is being written
  std::string witness;
  SourceKind source = SourceKind::kPassive;
  std::string source_detail;
  std::optional<std::string> caller_number, caller_name, called_number, called_name;
  WallTime start_at;
  std::optional<WallTime> answer_at;
  bool on_hold = false;
  RecordingState recording_state = RecordingState::kNoMedia;
  std::vector<LiveStream> streams;
  // Of a call that recording sessions bring: their Call-IDs, and what the clients do against the RFCs. Of every
  // call: who has paused it ("client", "recorder", empty: nobody).
  std::vector<std::string> sessions;
  std::string paused_by;
  bool is_stopped = false;  // for good
  std::vector<siprec::Finding> findings;
  bool operator==(const LiveCall&) const = default;
};

struct LiveCalls {
  static constexpr size_t kMax = 1'000;
  uint64_t total = 0;
  std::vector<LiveCall> calls;  // the newest, at most kMax, newest first
};

}  // namespace ew::node
