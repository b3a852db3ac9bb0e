#include "siprec/recognition.h"

#include <algorithm>

#include "base/text.h"

namespace ew::siprec {
namespace {

constexpr size_t kNowhere = std::string_view::npos;
constexpr size_t kMaxHeaderIds = 32;
constexpr std::string_view kParticipantHeader = "X-Cisco-Recording-Participant";

std::string_view without_parameters(std::string_view value) { return trim(value.substr(0, value.find(';'))); }

bool lists(const sip::Message& message, sip::Header header, std::string_view token) {
  for (std::string_view value : message.values(header))
    if (equals_ignore_case(trim(value), token)) return true;
  return false;
}

enum class TagPlace : uint8_t { kNone, kParameter, kInUri };

TagPlace feature_tag(const sip::NameAddress& contact, std::string_view tag) {
  if (sip::parameter(contact.parameters, tag)) return TagPlace::kParameter;
  size_t semicolon = contact.uri.find(';');
  bool inside = semicolon != kNowhere && sip::parameter(contact.uri.substr(semicolon), tag).has_value();
  return inside ? TagPlace::kInUri : TagPlace::kNone;
}

// A parameter within the address of From.
std::optional<std::string_view> from_parameter(const sip::Message& message, std::string_view name) {
  auto address = sip::parse_name_address(message.value(sip::Header::kFrom));
  if (!address) return std::nullopt;
  size_t semicolon = address->uri.find(';');
  if (semicolon == kNowhere) return std::nullopt;
  return sip::parameter(address->uri.substr(semicolon), name);
}

bool looks_like_metadata(std::string_view text) {
  std::string_view head = text.substr(0, 1'000);
  return head.find("<recording") != kNowhere || head.find(":recording ") != kNowhere;
}

}  // namespace

bool is_metadata_type(std::string_view content_type) {
  std::string_view type = without_parameters(content_type);
  return equals_ignore_case(type, "application/rs-metadata") || equals_ignore_case(type, kMetadataType);
}

bool is_request_type(std::string_view content_type) {
  std::string_view type = without_parameters(content_type);
  return equals_ignore_case(type, "application/rs-metadata-request") ||
         equals_ignore_case(type, kRequestType);
}

std::optional<MetadataBody> find_metadata(const sip::Message& message) {
  if (message.body.empty()) return std::nullopt;
  std::vector<sip::BodyPart> parts = sip::body_parts(message);
  for (const sip::BodyPart& part : parts)
    if (is_metadata_type(part.content_type)) return MetadataBody{as_text(part.bytes), false};
  for (const sip::BodyPart& part : parts) {
    if (equals_ignore_case(part.content_type, "application/sdp") || is_request_type(part.content_type))
      continue;
    bool disposed = equals_ignore_case(part.content_disposition, kDisposition);
    bool is_xml = part.content_type.find("xml") != kNowhere || part.content_type.empty();
    if (disposed || (is_xml && looks_like_metadata(as_text(part.bytes))))
      return MetadataBody{as_text(part.bytes), true};
  }
  return std::nullopt;
}

Recognition recognise(const sip::Message& message) {
  Recognition result;
  if (!message.is_request || message.method != sip::Method::kInvite) return result;
  bool requires_siprec = lists(message, sip::Header::kRequire, "siprec");
  TagPlace tag = TagPlace::kNone;
  bool bare_src = false;
  for (std::string_view value : message.values(sip::Header::kContact)) {
    auto contact = sip::parse_name_address(value);
    if (!contact) continue;
    if (tag == TagPlace::kNone) tag = feature_tag(*contact, "+sip.src");
    result.by_server |= feature_tag(*contact, "+sip.srs") != TagPlace::kNone;
    bare_src |= feature_tag(*contact, "src") != TagPlace::kNone;
  }
  result.has_cisco_participants = !message.value(kParticipantHeader).empty();
  result.is_built_in_bridge =
      from_parameter(message, "x-nearend").has_value() || from_parameter(message, "x-farend").has_value();
  bool by_headers = requires_siprec || tag != TagPlace::kNone || bare_src || result.by_server ||
                    result.has_cisco_participants || result.is_built_in_bridge;
  result.is_recording_session = by_headers || find_metadata(message).has_value();
  if (!result.is_recording_session) return result;

  result.by_rfc = requires_siprec && tag != TagPlace::kNone;
  if (result.has_cisco_participants) result.findings.push_back({Rule::kCiscoParticipants, {}});
  if (result.is_built_in_bridge) result.findings.push_back({Rule::kBuiltInBridge, {}});
  if (result.has_cisco_participants || result.is_built_in_bridge) return result;
  if (!requires_siprec) result.findings.push_back({Rule::kNoRequire, {}});
  if (tag == TagPlace::kInUri) result.findings.push_back({Rule::kSourceTagInUri, {}});
  if (tag == TagPlace::kNone && !result.by_server)
    result.findings.push_back({Rule::kNoSourceTag, bare_src ? ";src" : ""});
  return result;
}

std::optional<SnapshotRequest> make_snapshot_request(std::string_view peer_accept,
                                                     std::optional<std::string_view> peer_allow,
                                                     std::string_view reason) {
  auto names = [](std::string_view list, auto&& is_it) -> std::optional<std::string_view> {
    while (!list.empty()) {
      size_t comma = std::min(list.find(','), list.size());
      std::string_view element = without_parameters(list.substr(0, comma));
      if (is_it(element)) return element;
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return std::nullopt;
  };
  if (peer_allow && !names(*peer_allow, [](std::string_view method) { return method == "UPDATE"; }))
    return std::nullopt;
  auto accepted = names(peer_accept, is_request_type);
  return SnapshotRequest{std::string(accepted.value_or(kRequestType)), std::string(kDisposition),
                         snapshot_request(reason)};
}

std::optional<CiscoParties> cisco_parties(const sip::Message& message) {
  CiscoParties result;
  for (const sip::HeaderField& field : message.headers) {
    if (!equals_ignore_case(field.name, kParticipantHeader) || result.parties.size() >= 16) continue;
    auto address = sip::parse_name_address(field.value);
    if (!address) continue;
    CiscoParties::Named party;
    // In the form without brackets the parameter belongs to the header (RFC 3261 section 20).
    auto index = sip::parameter(address->parameters, "media-index");
    party.line =
        static_cast<size_t>(parse_number(trim(index.value_or("")), 63).value_or(result.parties.size()));
    party.aor = to_utf8(address->uri);
    party.user = user_of(address->uri);
    party.name = to_utf8(address->display_name);
    result.parties.push_back(std::move(party));
  }
  if (!result.parties.empty()) return result;

  bool is_far = from_parameter(message, "x-farend").has_value();
  if (!is_far && !from_parameter(message, "x-nearend")) return std::nullopt;
  CiscoParties::Named party;
  party.user = to_utf8(from_parameter(message, is_far ? "x-farendaddr" : "x-nearendaddr").value_or(""));
  party.aor = party.user;
  if (!is_far)
    if (auto address = sip::parse_name_address(message.value(sip::Header::kFrom)))
      party.name = to_utf8(address->display_name);
  // The recorded phone's line is the second party: it is most often the agent's, who answers.
  party.line = is_far ? 0 : 1;
  result.parties.push_back(std::move(party));
  for (std::string_view name : {"x-farendrefci", "x-nearenddevice", "x-nearendaddr"})
    result.call_key += to_utf8(from_parameter(message, name).value_or("")) + "/";
  return result;
}

std::vector<ExternalId> header_ids(const sip::Message& message) {
  std::vector<ExternalId> ids;
  for (const sip::HeaderField& field : message.headers) {
    bool is_known = equals_ignore_case(field.name, "User-to-User") ||
                    equals_ignore_case(field.name, "Cisco-Guid") || field.header == sip::Header::kSessionId ||
                    field.header == sip::Header::kPChargingVector;
    bool is_private =
        starts_with_ignore_case(field.name, "X-") && !equals_ignore_case(field.name, kParticipantHeader);
    if (!is_known && !is_private) continue;
    // What stands behind a semicolon says how the id is written.
    std::string value = to_utf8(sip::unfolded(is_private ? field.value : without_parameters(field.value)));
    if (value.empty() || value.size() > kMaxValue) continue;
    ExternalId id{to_lower(to_utf8(field.name)), std::move(value)};
    if (ids.size() < kMaxHeaderIds && std::find(ids.begin(), ids.end(), id) == ids.end())
      ids.push_back(std::move(id));
  }
  return ids;
}

}  // namespace ew::siprec
