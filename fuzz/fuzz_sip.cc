// Everything in sip/ that takes bytes from the wire, and what must hold for all of them.
#include "base/result.h"
#include "sdp/session.h"
#include "sip/message.h"

using namespace ew;
using namespace ew::sip;

namespace {

// Every view that the parser gives out must lie within the bytes it was given.
void check_within(std::string_view view, std::string_view whole) {
  EW_CHECK(view.empty() ||
           (view.data() >= whole.data() && view.data() + view.size() <= whole.data() + whole.size()));
}

void read_uri(std::string_view text) {
  auto uri = parse_uri(text);
  if (!uri) return;
  parameter(uri->parameters, "transport");
  if (auto replaces = uri_header(uri->headers, "Replaces")) parse_replaces(*replaces);
}

void read_value(std::string_view value, std::string_view whole) {
  check_within(value, whole);
  EW_CHECK(unfolded(value).size() <= value.size());
  EW_CHECK(percent_decoded(value).size() <= value.size());
  if (auto address = parse_name_address(value)) {
    check_within(address->uri, whole);
    check_within(address->parameters, whole);
    if (auto tag = parameter(address->parameters, "tag")) check_within(*tag, whole);
    read_uri(address->uri);
  }
  parameter(value, "boundary");
  read_uri(value);
  parse_replaces(value);
  parse_date(value);
}

void read_message(ByteView bytes, size_t max_size) {
  std::string_view whole = as_text(bytes);
  Message message;
  ParseError error = parse(bytes, message, max_size);
  EW_CHECK((error == ParseError::kNotSip) == !looks_like_sip(bytes));
  EW_CHECK(message.headers.size() <= kMaxHeaders);
  check_within(as_text(message.head), whole);
  check_within(as_text(message.body), whole);
  if (error == ParseError::kNone)
    EW_CHECK(!message.call_id().empty() && (message.is_request || message.status >= 100));
  for (const HeaderField& field : message.headers) {
    check_within(field.name, whole);
    EW_CHECK(field.header == Header::kOther || !message.values(field.header).empty() ||
             message.value(field.header).find_first_not_of(", \t\r\n") == std::string_view::npos);
    EW_CHECK(field.header != Header::kOther || !message.value(field.name).empty() ||
             message.value(field.name).data() != nullptr);
    read_value(field.value, whole);
  }
  for (Header list : {Header::kVia, Header::kContact, Header::kRoute, Header::kDiversion})
    for (std::string_view element : message.values(list)) read_value(element, whole);
  check_within(message.from_tag(), whole);
  check_within(message.to_tag(), whole);
  if (auto via = message.top_via()) check_within(via->sent_by, whole);
  EW_CHECK(message.via_count() == message.values(Header::kVia).size());
  read_uri(message.request_uri);

  auto parts = body_parts(message);
  EW_CHECK(parts.size() <= kMaxBodyParts);
  for (const BodyPart& part : parts) check_within(as_text(part.bytes), as_text(message.body));
  find_body(message, "application/sdp");
}

// The second of two readings of a stream gets it in two pieces; both must find the same messages.
void read_stream(ByteView stream) {
  size_t position = 0;
  for (;;) {
    ByteView rest = stream.subspan(position);
    Framing framing = frame_stream(rest);
    EW_CHECK(framing.skip <= rest.size());
    if (framing.state != Framing::State::kComplete) return;
    EW_CHECK(framing.length > 0 && framing.length <= rest.size() - framing.skip &&
             framing.length <= kMaxMessageTcp);
    Framing before = frame_stream(rest.first(framing.skip + framing.length - 1));
    EW_CHECK(before.state == Framing::State::kNeedMore);
    ByteView one = rest.subspan(framing.skip, framing.length);
    Message message;
    ParseError error = parse(one, message, kMaxMessageTcp);
    EW_CHECK(error != ParseError::kNotSip);
    // Framer and parser agree where the message ends.
    if (error == ParseError::kNone) EW_CHECK(message.head.size() + message.body.size() == one.size());
    position += framing.skip + framing.length;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView bytes(data, size);
  read_message(bytes, kMaxMessageUdp);
  read_stream(bytes);
  std::string_view text = as_text(bytes);
  read_value(text, text);
  EW_CHECK(sdp::redact_keys(text).size() == size);
  return 0;
}
