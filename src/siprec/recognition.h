// Whether a SIP message belongs to a recording session, and where its metadata is. Tolerant: clients leave
// out what RFC 7866 section 6.1.1 asks for. Who wants it strict (REQUIREMENTS A01) asks for `by_rfc`.
#pragma once

#include <optional>

#include "sip/message.h"
#include "siprec/communication.h"

namespace ew::siprec {

// Media types of RFC 9806 (with +xml) and of RFC 7866's text (without).
constexpr std::string_view kMetadataType = "application/rs-metadata+xml";
constexpr std::string_view kRequestType = "application/rs-metadata-request+xml";
constexpr std::string_view kDisposition = "recording-session";

struct Recognition {
  bool is_recording_session = false;
  // Both +sip.src in Contact and siprec in Require.
  bool by_rfc = false;
  // The recording server calls: +sip.srs in Contact (RFC 7866 section 6.2).
  bool by_server = false;
  // Cisco's forms without metadata.
  bool has_cisco_participants = false, is_built_in_bridge = false;
  std::vector<Finding> findings;
};
// Of an INVITE; any other message is none. Looks at headers first and at the body last.
Recognition recognise(const sip::Message& message);

// The metadata of a message, wherever and under whatever media type it stands.
struct MetadataBody {
  std::string_view text;
  bool has_wrong_type = false;
};
std::optional<MetadataBody> find_metadata(const sip::Message& message);
// The text is a media type of metadata, or of a request for it; compared without case and parameters.
bool is_metadata_type(std::string_view content_type);
bool is_request_type(std::string_view content_type);

// The request for a snapshot as the body of an UPDATE (RFC 7866 section 9.2). `content_type` is the one that
// the peer's Accept names, else that of RFC 9806. Nothing where its Allow (if it sent one) does not name
// UPDATE.
struct SnapshotRequest {
  std::string content_type, content_disposition, body;
};
std::optional<SnapshotRequest> make_snapshot_request(std::string_view peer_accept,
                                                     std::optional<std::string_view> peer_allow,
                                                     std::string_view reason);

// Parties as Cisco's recording names them without metadata: from X-Cisco-Recording-Participant headers, in
// the order of their media-index, or from the x-nearend and x-farend parameters in From.
struct CiscoParties {
  struct Named {
    std::string user, aor, name;
    size_t line = 0;  // the m-line that carries this party
  };
  std::vector<Named> parties;
  std::string call_key;  // of the two sessions of one call the same; empty where there is one session
};
std::optional<CiscoParties> cisco_parties(const sip::Message& message);

// Ids in the message's headers: User-to-User, Cisco-Guid, Session-ID, X-… Kinds are the names in lower case.
std::vector<ExternalId> header_ids(const sip::Message& message);

}  // namespace ew::siprec
