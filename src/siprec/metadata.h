// Recording metadata (RFC 7865, media type RFC 9806): one document as a recording client sent it. Read as
// real clients write it: any prefix and namespace, the names of the drafts, ids of any form, associations
// inside participants; each deviation is a finding. What is none of ours is kept byte for byte as an
// extension.
//
//   siprec::Document document = siprec::parse_metadata(text);
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "siprec/finding.h"

namespace ew::siprec {

// REQUIREMENTS F14. Nothing is expanded, fetched or declared: a document type or an entity is refused.
constexpr size_t kMaxDocument = 256 * 1024;
constexpr size_t kMaxDepth = 64;
constexpr size_t kMaxAttributes = 1'000;  // of a document
constexpr size_t kMaxElements = 10'000;
constexpr size_t kMaxObjects = 256;  // of each kind, also of what is merged
constexpr size_t kMaxValue = 1'000;  // bytes of an id, a name, an address

enum class DataMode : uint8_t { kComplete, kPartial };

// A communication session group (RFC 7865 section 6.2).
struct Group {
  std::string id;
  std::optional<WallTime> associate_at, disassociate_at;
  bool operator==(const Group&) const = default;
};

// A communication session: a call (section 6.3).
struct Session {
  std::string id;
  std::vector<std::string> sip_session_ids;  // of the call's own signalling
  std::string group;
  std::string reason;
  std::optional<WallTime> start_at, stop_at;
  bool operator==(const Session&) const = default;
};

// Section 6.5.
struct NameId {
  std::string aor;   // as written
  std::string name;  // without white space around it
  bool operator==(const NameId&) const = default;
};
struct Participant {
  std::string id;
  std::vector<NameId> names;
  bool operator==(const Participant&) const = default;
};

// Section 6.7.
struct Stream {
  std::string id;  // may be empty: some clients leave it so until the party answers
  std::string session;
  std::string label;
  std::string mode;  // "separate", "mixed": of the drafts
  bool operator==(const Stream&) const = default;
};

// Sections 6.4, 6.6 and 6.8.
struct SessionRecording {
  std::string session;
  std::optional<WallTime> associate_at, disassociate_at;
  bool operator==(const SessionRecording&) const = default;
};
struct ParticipantSession {
  std::string participant, session;
  std::optional<WallTime> associate_at, disassociate_at;
  bool operator==(const ParticipantSession&) const = default;
};
struct ParticipantStream {
  std::string participant;
  std::vector<std::string> send, receive;  // stream ids
  std::optional<WallTime> associate_at, disassociate_at;
  bool operator==(const ParticipantStream&) const = default;
};

// What a vendor added, as it stood in the document.
struct Extension {
  std::string owner;  // id of the object that it lies in or names as its parent; empty: the recording's
  std::string name;   // of its outermost element, without prefix
  std::string xml;    // byte for byte
  // Texts of its innermost elements, at most kMaxValues: what a call may be found by. Names without prefix.
  struct Value {
    std::string name, value;
    bool operator==(const Value&) const = default;
  };
  static constexpr size_t kMaxValues = 64;
  std::vector<Value> values;
  bool operator==(const Extension&) const = default;
};

struct Content {
  std::vector<Group> groups;
  std::vector<Session> sessions;
  std::vector<Participant> participants;
  std::vector<Stream> streams;
  std::vector<SessionRecording> session_recordings;
  std::vector<ParticipantSession> participant_sessions;
  std::vector<ParticipantStream> participant_streams;
  std::vector<Extension> extensions;
  bool operator==(const Content&) const = default;
};

struct Document {
  // False: refused, or nothing of it is metadata. `content` is empty then.
  bool understood = false;
  // Not well-formed: what stands before the fault was read. The mode is partial then, since nothing may be taken as
  // gone because it is not there.
  bool is_damaged = false;
  DataMode mode = DataMode::kComplete;
  Content content;
  std::vector<Finding> findings;
};

// At most kMaxDocument bytes are looked at; the time is linear in them.
Document parse_metadata(std::string_view text);

// The user part of an address of record, also of one without scheme or of a bare number; empty if it has
// none.
std::string user_of(std::string_view aor);

// "Snapshot request" (RFC 7865 section 7, RFC 7866 section 9.2): a document that asks a client for a complete
// snapshot. `reason` is text for people.
std::string snapshot_request(std::string_view reason);
// True if the text is such a document.
bool is_snapshot_request(std::string_view text);

}  // namespace ew::siprec
