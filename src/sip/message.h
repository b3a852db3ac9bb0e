// SIP messages (RFC 3261): one parser for captured and for received messages, zero-copy, bounded, one
// interpretation only. The message borrows the bytes it was parsed from.
//
//   sip::Message message;
//   sip::ParseError error = sip::parse(bytes, message);
//   if (error == sip::ParseError::kNone) message.call_id()
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace ew::sip {

// REQUIREMENTS F11.
constexpr size_t kMaxMessageUdp = 64 * 1024;
constexpr size_t kMaxMessageTcp = 256 * 1024;
constexpr size_t kMaxHeaders = 200;
constexpr size_t kMaxLine = 8 * 1024;
constexpr size_t kMaxBodyParts = 32;
constexpr size_t kMaxBodyDepth = 3;

enum class ParseError : uint8_t {
  kNone,
  kNotSip,           // no SIP start line: some other protocol
  kStartLine,        // looks like SIP, but the start line is malformed
  kVersion,          // SIP, but not SIP/2.0
  kHeader,           // a line that is no header field
  kMissingHeader,    // To, From, CSeq, Call-ID or Via is absent (RFC 3261 section 8.1.1)
  kDuplicateHeader,  // a header that may stand once stands twice with different values
  kCSeq,             // malformed, out of range, or its method differs from the request's
  kContentLength,    // negative, not a number, contradicting, or beyond the datagram
  kTooLong,          // a limit above is exceeded
};
std::string_view name_of(ParseError error);

enum class Method : uint8_t {
  kUnknown,
  kInvite,
  kAck,
  kBye,
  kCancel,
  kOptions,
  kRegister,
  kPrack,
  kSubscribe,
  kNotify,
  kPublish,
  kInfo,
  kRefer,
  kMessage,
  kUpdate,
};
std::string_view name_of(Method method);
Method method_named(std::string_view name);  // compared with case

// Header names that code asks for; others are found by name. The compact form of each is the same header.
enum class Header : uint8_t {
  kOther,
  kVia,
  kFrom,
  kTo,
  kCallId,
  kCSeq,
  kContact,
  kContentType,
  kContentLength,
  kContentDisposition,
  kContentEncoding,
  kMaxForwards,
  kRoute,
  kRecordRoute,
  kReferTo,
  kReferredBy,
  kReplaces,
  kReason,
  kRequire,
  kSupported,
  kAllow,
  kExpires,
  kSessionExpires,
  kMinSe,
  kUserAgent,
  kServer,
  kSubject,
  kEvent,
  kSubscriptionState,
  kRSeq,
  kRAck,
  kDate,
  kPAssertedIdentity,
  kPPreferredIdentity,
  kRemotePartyId,
  kPrivacy,
  kDiversion,
  kHistoryInfo,
  kSessionId,
  kPChargingVector,
  kWarning,
  kRetryAfter,
  kAuthorization,
  kProxyAuthorization,
  kWwwAuthenticate,
  kProxyAuthenticate,
  kAccept,
  kUnsupported,
  kInReplyTo,
  kCallInfo,
  kIdentity,
  kXCid,
};

struct HeaderField {
  Header header = Header::kOther;
  std::string_view name;   // as written
  std::string_view value;  // trimmed; a folded value still holds its line breaks: see unfolded()
};

struct Via {
  std::string_view transport;  // "UDP"
  std::string_view sent_by;    // host[:port]
  std::string_view branch;     // empty if absent
  std::string_view received;
  std::string_view rport;
};

struct CSeq {
  uint32_t number = 0;
  Method method = Method::kUnknown;
  std::string_view method_name;
};

// A part of the body: the body itself, or one of multipart/*, nested ones flattened in order.
struct BodyPart {
  std::string_view content_type;         // type/subtype without parameters, as written; compare without case
  std::string_view content_disposition;  // without parameters
  ByteView bytes;
};

struct Message {
  bool is_request = false;
  Method method = Method::kUnknown;  // of a response: CSeq's
  std::string_view method_name;      // request: as written
  std::string_view request_uri;
  int status = 0;  // response: 100..699
  std::string_view reason;
  CSeq cseq;
  std::vector<HeaderField> headers;  // in order
  ByteView head;                     // start line and headers, with the empty line
  ByteView body;  // exactly Content-Length bytes, or all the rest where that header is absent (UDP)

  // The first value of the header; empty if absent. For list headers (Via, Contact, Route) see values().
  std::string_view value(Header header) const;
  std::string_view value(std::string_view name) const;
  // All values in order: several header fields, and the comma-separated elements of each (RFC 3261
  // section 7.3.1).
  std::vector<std::string_view> values(Header header) const;

  std::string_view call_id() const { return value(Header::kCallId); }
  std::string_view from_tag() const;
  std::string_view to_tag() const;
  std::optional<Via> top_via() const;
  size_t via_count() const;
};

// Parses one message that fills `bytes` (trailing bytes beyond Content-Length are ignored, RFC 3261
// section 18.3). Leading CRLFs are skipped. On error `out` holds what had been understood before, so that it
// can be shown.
ParseError parse(ByteView bytes, Message& out, size_t max_size = kMaxMessageUdp);

// True if the bytes begin as a SIP message does: a quick look at the start line, for telling protocols apart.
bool looks_like_sip(ByteView bytes);

// Finds the first whole message at the start of a TCP stream (RFC 3261 section 18.3). A message without
// Content-Length is taken as one without a body; one whose Content-Length is no number or contradicts itself
// is given out as its head alone, so that parse() names the fault.
struct Framing {
  enum class State { kNeedMore, kComplete, kNotSip, kTooLong } state;
  size_t skip = 0;    // bytes of CRLF keep-alive before the message
  size_t length = 0;  // of the message, when complete; when more of its body is needed, what it will be
};
Framing frame_stream(ByteView stream);

// The Date header: "Sat, 13 Nov 2010 23:29:00 GMT" (RFC 3261 section 20.17); nothing where it is no such
// date.
std::optional<WallTime> parse_date(std::string_view value);

// The address in From, To, Contact, Refer-To, Referred-By, P-Asserted-Identity…: [display-name] <uri>
// *(;param), or the addr-spec form, in which parameters belong to the header.
struct NameAddress {
  std::string display_name;  // unquoted and unescaped
  std::string_view uri;
  std::string_view parameters;  // after '>' (or after the addr-spec), with the leading ';'
};
std::optional<NameAddress> parse_name_address(std::string_view value);
// The value of ";name=value" in a parameter list, nothing if absent, empty if it has no value. Quotes are
// removed.
std::optional<std::string_view> parameter(std::string_view parameters, std::string_view name);

// sip:user:password@host:port;uri-parameters?headers (RFC 3261 section 19.1), also sips: and tel:, nothing
// for any other.
struct Uri {
  std::string_view scheme;      // as written
  std::string user;             // unescaped; for tel: the number
  std::string_view host;        // IPv6 without brackets
  uint16_t port = 0;            // 0 if absent
  std::string_view parameters;  // with the leading ';'
  std::string_view headers;     // without '?'
};
std::optional<Uri> parse_uri(std::string_view text);
// The decoded value of one header in Uri::headers, such as Replaces in a Refer-To.
std::optional<std::string> uri_header(std::string_view headers, std::string_view name);
std::string percent_decoded(std::string_view text);  // an invalid escape stays as it is

// Body parts; multipart/* is taken apart up to kMaxBodyDepth and kMaxBodyParts, what lies beyond is left as
// one part. A multipart body without a usable boundary is left as it is; a missing end boundary ends with the
// body.
std::vector<BodyPart> body_parts(const Message& message);
// The first part of the given type/subtype (without case), e.g. "application/sdp".
std::optional<BodyPart> find_body(const Message& message, std::string_view content_type);

// A value with its line folds replaced by single spaces.
std::string unfolded(std::string_view value);
// Nothing in it but spaces, line ends and NUL: without what may not stand in a line nothing is left.
bool is_blank(std::string_view value);

// RFC 3891 Replaces header (also inside a Refer-To URI's headers, percent-encoded there).
struct Replaces {
  std::string call_id, to_tag, from_tag;
  bool early_only = false;
};
std::optional<Replaces> parse_replaces(std::string_view value);

}  // namespace ew::sip
