#include "base/text.h"

#include <algorithm>

#include "sip/message.h"
#include "sip/syntax.h"

namespace ew::sip {
namespace {

std::string_view without_parameters(std::string_view value) {
  return trimmed(value.substr(0, value.find(';')));
}

// A line of "--boundary" or "--boundary--", perhaps with trailing white space (RFC 2046 section 5.1.1).
struct Delimiter {
  size_t begin = kNone, end = kNone;  // of its line; the end lies behind the line end
  bool closing = false;

  bool found() const { return begin != kNone; }
};

// Goes line by line, so the cost is linear whatever boundary and body are made of.
Delimiter next_delimiter(std::string_view body, std::string_view boundary, size_t from) {
  while (from < body.size()) {
    size_t end = std::min(body.find('\n', from), body.size() - 1) + 1;
    std::string_view line = body.substr(from, end - from);
    if (line.starts_with("--") && line.substr(2).starts_with(boundary)) {
      std::string_view rest = line.substr(2 + boundary.size());
      bool closing = rest.starts_with("--");
      if (trimmed(closing ? rest.substr(2) : rest).empty()) return {from, end, closing};
    }
    from = end;
  }
  return {};
}

// The line end before a delimiter belongs to the delimiter.
std::string_view without_last_line_end(std::string_view content) {
  if (content.ends_with('\n')) content.remove_suffix(1);
  if (content.ends_with('\r')) content.remove_suffix(1);
  return content;
}

struct Entity {
  std::string_view content_type;         // with parameters
  std::string_view content_disposition;  // with parameters
  std::string_view content;

  BodyPart whole() const {
    return {without_parameters(content_type), without_parameters(content_disposition), as_bytes(content)};
  }
};

Entity read_part(std::string_view part) {
  Entity entity;
  FieldReader reader(part);
  HeaderField field;
  for (;;) {
    FieldReader::Step step = reader.next(field);
    if (step == FieldReader::Step::kField && field.header == Header::kContentType &&
        entity.content_type.empty())
      entity.content_type = field.value;
    if (step == FieldReader::Step::kField && field.header == Header::kContentDisposition &&
        entity.content_disposition.empty())
      entity.content_disposition = field.value;
    if (step == FieldReader::Step::kEnd) entity.content = part.substr(reader.position());
    if (step != FieldReader::Step::kField && step != FieldReader::Step::kBad) return entity;
  }
}

// Each level keeps one of the allowed parts for what it can no longer take apart, so nothing of a body gets
// lost.
void take_apart(const Entity& entity, size_t depth, std::vector<BodyPart>& parts) {
  std::string_view boundary;
  if (depth < kMaxBodyDepth && starts_with_ignore_case(entity.content_type, "multipart/"))
    boundary = parameter(entity.content_type, "boundary").value_or("");
  Delimiter delimiter = boundary.empty() ? Delimiter{} : next_delimiter(entity.content, boundary, 0);
  if (!delimiter.found()) {
    parts.push_back(entity.whole());
    return;
  }
  while (delimiter.found() && !delimiter.closing) {
    Delimiter next = next_delimiter(entity.content, boundary, delimiter.end);
    bool more = next.found() && !next.closing;
    if (more && parts.size() + depth + 1 >= kMaxBodyParts) {
      Entity rest = entity;
      rest.content = entity.content.substr(delimiter.begin);
      parts.push_back(rest.whole());
      return;
    }
    size_t end = next.found() ? next.begin : entity.content.size();
    std::string_view part = entity.content.substr(delimiter.end, end - delimiter.end);
    // A body cut short by a missing end boundary has no line end that belongs to a delimiter.
    if (next.found()) part = without_last_line_end(part);
    take_apart(read_part(part), depth + 1, parts);
    delimiter = next;
  }
}

}  // namespace

std::vector<BodyPart> body_parts(const Message& message) {
  std::vector<BodyPart> parts;
  if (message.body.empty()) return parts;
  take_apart({message.value(Header::kContentType), message.value(Header::kContentDisposition),
              as_text(message.body)},
             0, parts);
  return parts;
}

std::optional<BodyPart> find_body(const Message& message, std::string_view content_type) {
  for (const BodyPart& part : body_parts(message))
    if (equals_ignore_case(part.content_type, content_type)) return part;
  return std::nullopt;
}

}  // namespace ew::sip
