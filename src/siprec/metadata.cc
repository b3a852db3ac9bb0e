#include "siprec/metadata.h"

#include <algorithm>
#include <pugixml.hpp>
#include <unordered_map>

#include "base/text.h"
#include "sip/message.h"
#include "siprec/xml_scanner.h"

namespace ew::siprec {
namespace {

constexpr std::string_view kNamespace = "urn:ietf:params:xml:ns:recording:1";

// What has to hold before the XML library may see the text. Nothing if all does.
std::optional<Rule> refusal_of(std::string_view text) {
  XmlScanner scanner(text);
  size_t depth = 0, attributes = 0, elements = 0;
  for (;;) {
    XmlScanner::Tag tag = scanner.next();
    switch (tag.kind) {
      case XmlScanner::Tag::Kind::kEnd:
        return std::nullopt;
      case XmlScanner::Tag::Kind::kDeclaration:
        return Rule::kForbiddenXml;
      case XmlScanner::Tag::Kind::kClose:
        depth -= depth > 0;
        break;
      case XmlScanner::Tag::Kind::kOpen:
        if (++depth > kMaxDepth) return Rule::kTooDeep;
        [[fallthrough]];
      case XmlScanner::Tag::Kind::kEmpty:
        if (++elements > kMaxElements) return Rule::kTooMany;
        attributes += tag.attributes;
        if (attributes > kMaxAttributes) return Rule::kTooManyAttributes;
    }
  }
}

// White space before the XML declaration, and a byte order mark, are passed over.
std::string_view without_lead(std::string_view text) {
  text = trim(text);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return trim(text);
}

// Names are compared without prefix, case and the signs that the drafts and vendors differ in: session_id,
// sessionId and session-id are one.
std::string plain(std::string_view name) {
  std::string result;
  for (char c : local_name(name))
    if (c != '_' && c != '-') result += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return result;
}

std::string_view namespace_of(pugi::xml_node element) {
  std::string_view name = element.name();
  size_t colon = name.find(':');
  std::string wanted =
      colon == std::string_view::npos ? "xmlns" : "xmlns:" + std::string(name.substr(0, colon));
  for (pugi::xml_node node = element; node; node = node.parent())
    if (pugi::xml_attribute declared = node.attribute(wanted.c_str())) return declared.value();
  return {};
}

std::string_view text_in(pugi::xml_node element) { return trim(element.text().get()); }

bool has_elements(pugi::xml_node element) {
  return std::any_of(element.begin(), element.end(),
                     [](const pugi::xml_node& child) { return child.type() == pugi::node_element; });
}

// An RFC 3339 time, or one of the forms that are met in its place: without offset (taken as UTC), or with an
// offset that lacks its colon.
std::optional<WallTime> time_of(std::string_view text, bool* is_proper) {
  WallTime time;
  *is_proper = true;
  if (parse_rfc3339(text, time)) return time;
  *is_proper = false;
  std::string mended(text);
  if (mended.size() > 5 && (mended[mended.size() - 5] == '+' || mended[mended.size() - 5] == '-') &&
      mended[mended.size() - 3] != ':')
    mended.insert(mended.size() - 2, ":");
  if (parse_rfc3339(mended, time)) return time;
  if (parse_rfc3339(mended + "Z", time)) return time;
  return std::nullopt;
}

class Parser {
 public:
  Parser(std::string_view text, Document& document)
      : text_(text), document_(document), content_(document.content) {}

  void run(pugi::xml_node root);
  std::vector<Finding> take_findings() { return findings_.all(); }
  void found(Rule rule, std::string_view detail = {}) { findings_.add(rule, detail); }

 private:
  using Node = pugi::xml_node;

  // An element of the metadata itself has the root's namespace; anything else is a vendor's.
  bool is_ours(Node element) const { return namespace_of(element) == namespace_; }
  template <typename Each>
  void for_each_child(Node element, Each each);
  std::string attribute(Node element, std::initializer_list<std::string_view> names) const;
  std::string value(std::string_view text);
  void time(Node element, std::optional<WallTime>& member);
  bool association_times(std::string_view name, Node element, std::optional<WallTime>& from,
                         std::optional<WallTime>& to);
  std::string reference(Node element);
  template <typename Object>
  Object* add(std::vector<Object>& list, Object object);
  std::string id_of(Node element, std::initializer_list<std::string_view> names, std::string_view what);
  void note_id(const std::string& id, std::string_view kind);

  void read_child(Node element, std::string_view name);
  void read_data_mode(Node element);
  void read_group(Node element);
  void read_session(Node element);
  void read_participant(Node element);
  void read_name_id(Node element, Participant& participant);
  void read_stream(Node element);
  void read_session_recording(Node element);
  void read_participant_session(Node element);
  void read_participant_stream(Node element);
  void read_extension(Node element, const std::string& owner);
  void read_values(Node element, Extension& extension);
  void check();

  std::string_view text_;
  Document& document_;
  Content& content_;
  Findings findings_;
  std::string_view namespace_;
  bool has_mode_ = false;
  std::unordered_map<std::string, std::string_view> ids_;  // and the kind of thing they stand for
};

template <typename Each>
void Parser::for_each_child(Node element, Each each) {
  for (Node child : element)
    if (child.type() == pugi::node_element) each(child, is_ours(child) ? plain(child.name()) : std::string());
}

std::string Parser::attribute(Node element, std::initializer_list<std::string_view> names) const {
  for (std::string_view name : names)
    for (pugi::xml_attribute each : element.attributes())
      if (plain(each.name()) == name && !std::string_view(each.name()).starts_with("xmlns"))
        return std::string(trim(each.value()).substr(0, kMaxValue + 1));
  return {};
}

std::string Parser::value(std::string_view text) {
  if (text.size() <= kMaxValue) return std::string(text);
  found(Rule::kTooMany, "a value of " + std::to_string(text.size()) + " bytes");
  return {};
}

void Parser::time(Node element, std::optional<WallTime>& member) {
  std::string_view text = text_in(element);
  if (text.empty()) return;
  bool is_proper = false;
  member = time_of(text, &is_proper);
  if (!is_proper) found(Rule::kTimeForm, text);
}

bool Parser::association_times(std::string_view name, Node element, std::optional<WallTime>& from,
                               std::optional<WallTime>& to) {
  if (name == "associatetime" || name == "starttime") {
    time(element, from);
  } else if (name == "disassociatetime" || name == "stoptime") {
    time(element, to);
  } else {
    return false;
  }
  return true;
}

// The id in <send>, <recv>: its text, or of an <id> inside.
std::string Parser::reference(Node element) {
  if (!has_elements(element)) return value(text_in(element));
  std::string id;
  for_each_child(element, [&](Node child, std::string_view name) {
    if (name == "id" && id.empty()) id = value(text_in(child));
  });
  return id;
}

template <typename Object>
Object* Parser::add(std::vector<Object>& list, Object object) {
  if (list.size() >= kMaxObjects) {
    found(Rule::kTooMany);
    return nullptr;
  }
  list.push_back(std::move(object));
  return &list.back();
}

std::string Parser::id_of(Node element, std::initializer_list<std::string_view> names,
                          std::string_view what) {
  std::string id = value(attribute(element, names));
  if (id.empty()) found(Rule::kNoId, what);
  return id;
}

// An id that stands for two kinds of thing.
void Parser::note_id(const std::string& id, std::string_view kind) {
  if (id.empty()) return;
  auto [known, is_new] = ids_.emplace(id, kind);
  if (!is_new && known->second != kind) found(Rule::kIdTwice, id);
}

void Parser::run(Node root) {
  namespace_ = namespace_of(root);
  std::string name = plain(root.name());
  if (name != "recording") found(Rule::kRootName, root.name());
  if (namespace_ != kNamespace) found(Rule::kNamespace, namespace_);
  for_each_child(root, [&](Node child, std::string_view child_name) {
    document_.understood |= !child_name.empty();
    read_child(child, child_name);
  });
  if (!has_mode_) found(Rule::kDataModeMissing);
  check();
}

void Parser::read_child(Node element, std::string_view name) {
  if (name == "datamode") {
    read_data_mode(element);
  } else if (name == "group") {
    read_group(element);
  } else if (name == "session") {
    read_session(element);
  } else if (name == "participant") {
    read_participant(element);
  } else if (name == "stream") {
    read_stream(element);
  } else if (name == "sessionrecordingassoc") {
    read_session_recording(element);
  } else if (name == "participantsessionassoc") {
    read_participant_session(element);
  } else if (name == "participantstreamassoc") {
    read_participant_stream(element);
  } else {
    read_extension(element, attribute(element, {"parent"}));
  }
}

void Parser::read_data_mode(Node element) {
  has_mode_ = true;
  if (local_name(element.name()) != "datamode") found(Rule::kDataModeName);
  std::string_view mode = text_in(element);
  if (equals_ignore_case(mode, "partial")) {
    document_.mode = DataMode::kPartial;
  } else if (!equals_ignore_case(mode, "complete")) {
    found(Rule::kDataModeValue, mode);
  }
}

void Parser::read_group(Node element) {
  Group group;
  group.id = id_of(element, {"groupid", "id"}, "group");
  note_id(group.id, "group");
  for_each_child(element, [&](Node child, std::string_view name) {
    if (!association_times(name, child, group.associate_at, group.disassociate_at))
      read_extension(child, group.id);
  });
  if (!group.id.empty()) add(content_.groups, std::move(group));
}

void Parser::read_session(Node element) {
  Session session;
  session.id = id_of(element, {"sessionid", "id"}, "session");
  session.group = value(attribute(element, {"group", "groupref"}));
  note_id(session.id, "session");
  SessionRecording recorded;
  for_each_child(element, [&](Node child, std::string_view name) {
    if (name == "sipsessionid") {
      if (std::string id = value(text_in(child)); !id.empty() && session.sip_session_ids.size() < 16)
        session.sip_session_ids.push_back(id);
    } else if (name == "groupref") {
      session.group = value(text_in(child));
    } else if (name == "reason") {
      session.reason = value(text_in(child));
    } else if (name == "starttime") {
      time(child, session.start_at);
    } else if (name == "stoptime") {
      time(child, session.stop_at);
    } else if (association_times(name, child, recorded.associate_at, recorded.disassociate_at)) {
      found(Rule::kDraftForm);
    } else {
      read_extension(child, session.id);
    }
  });
  if (session.id.empty()) return;
  if (recorded.associate_at || recorded.disassociate_at) {
    recorded.session = session.id;
    add(content_.session_recordings, std::move(recorded));
  }
  add(content_.sessions, std::move(session));
}

void Parser::read_name_id(Node element, Participant& participant) {
  NameId name_id;
  name_id.aor = value(attribute(element, {"aor"}));
  for_each_child(element, [&](Node child, std::string_view name) {
    if (name == "name") {
      name_id.name = value(text_in(child));
    } else if (name == "aor" && name_id.aor.empty()) {
      name_id.aor = value(text_in(child));
    } else {
      read_extension(child, participant.id);
    }
  });
  if (participant.names.size() < 16) participant.names.push_back(std::move(name_id));
}

void Parser::read_participant(Node element) {
  Participant participant;
  participant.id = id_of(element, {"participantid", "id"}, "participant");
  note_id(participant.id, "participant");
  ParticipantSession in_session;
  ParticipantStream streams;
  in_session.session = value(attribute(element, {"session", "sessionid"}));
  NameId plain_name;  // of the drafts: <aor> and <name> beside each other
  for_each_child(element, [&](Node child, std::string_view name) {
    if (name == "nameid") {
      read_name_id(child, participant);
    } else if (name == "aor") {
      plain_name.aor = value(text_in(child));
    } else if (name == "name") {
      plain_name.name = value(text_in(child));
    } else if (name == "send" || name == "recv") {
      std::string id = reference(child);
      auto& list = name == "send" ? streams.send : streams.receive;
      if (!id.empty() && list.size() < kMaxObjects) list.push_back(std::move(id));
    } else if (!association_times(name, child, in_session.associate_at, in_session.disassociate_at)) {
      read_extension(child, participant.id);
    }
  });
  if (!plain_name.aor.empty() || !plain_name.name.empty()) participant.names.push_back(std::move(plain_name));
  if (participant.id.empty()) return;
  if (!in_session.session.empty() || !streams.send.empty() || !streams.receive.empty())
    found(Rule::kDraftForm);
  bool has_address = !participant.names.empty() && !participant.names.front().aor.empty();
  if (!has_address) {
    found(Rule::kNoAddress, participant.id);
  } else if (!sip::parse_uri(participant.names.front().aor)) {
    found(Rule::kAddressForm, participant.names.front().aor);
  }
  if (content_.participants.size() >= kMaxObjects) return found(Rule::kTooMany);
  std::string id = participant.id;
  for (const Participant& known : content_.participants) {
    if (known.id != id) continue;
    // The same again does no harm; what contradicts the first is left out, with all that hangs on it.
    if (!(known == participant)) found(Rule::kIdTwice, id);
    return;
  }
  if (!in_session.session.empty()) {
    in_session.participant = id;
    add(content_.participant_sessions, std::move(in_session));
  }
  if (!streams.send.empty() || !streams.receive.empty()) {
    streams.participant = id;
    add(content_.participant_streams, std::move(streams));
  }
  add(content_.participants, std::move(participant));
}

void Parser::read_stream(Node element) {
  Stream stream;
  stream.id = value(attribute(element, {"streamid", "id"}));
  if (stream.id.empty()) found(Rule::kNoId, "stream");
  stream.session = value(attribute(element, {"sessionid", "session"}));
  stream.label = value(attribute(element, {"label"}));
  note_id(stream.id, "stream");
  for_each_child(element, [&](Node child, std::string_view name) {
    std::optional<WallTime> unused_from, unused_to;  // the stream's associations say it
    if (name == "label") {
      std::string_view text = text_in(child);
      if (text.empty() && child.first_attribute()) text = trim(child.first_attribute().value());
      stream.label = value(text);
    } else if (name == "mode") {
      stream.mode = value(text_in(child));
    } else if (!association_times(name, child, unused_from, unused_to)) {
      read_extension(child, stream.id);
    }
  });
  if (content_.streams.size() >= kMaxObjects) return found(Rule::kTooMany);
  for (const Stream& known : content_.streams) {
    if (known.id != stream.id || known.id.empty()) continue;
    if (!(known == stream)) found(Rule::kIdTwice, stream.id);
    return;
  }
  if (!stream.id.empty() || !stream.label.empty()) add(content_.streams, std::move(stream));
}

void Parser::read_session_recording(Node element) {
  SessionRecording recorded;
  recorded.session = value(attribute(element, {"sessionid", "session"}));
  for_each_child(element, [&](Node child, std::string_view name) {
    if (!association_times(name, child, recorded.associate_at, recorded.disassociate_at))
      read_extension(child, recorded.session);
  });
  if (!recorded.session.empty()) add(content_.session_recordings, std::move(recorded));
}

void Parser::read_participant_session(Node element) {
  ParticipantSession in;
  in.participant = value(attribute(element, {"participantid", "participant"}));
  in.session = value(attribute(element, {"sessionid", "session"}));
  for_each_child(element, [&](Node child, std::string_view name) {
    if (!association_times(name, child, in.associate_at, in.disassociate_at))
      read_extension(child, in.participant);
  });
  if (!in.participant.empty() && !in.session.empty()) add(content_.participant_sessions, std::move(in));
}

void Parser::read_participant_stream(Node element) {
  ParticipantStream streams;
  streams.participant = value(attribute(element, {"participantid", "participant"}));
  for_each_child(element, [&](Node child, std::string_view name) {
    if (name == "send" || name == "recv") {
      std::string id = reference(child);
      auto& list = name == "send" ? streams.send : streams.receive;
      if (!id.empty() && list.size() < kMaxObjects) list.push_back(std::move(id));
    } else if (!association_times(name, child, streams.associate_at, streams.disassociate_at)) {
      read_extension(child, streams.participant);
    }
  });
  if (!streams.participant.empty()) add(content_.participant_streams, std::move(streams));
}

void Parser::read_extension(Node element, const std::string& owner) {
  Extension extension;
  extension.owner = owner;
  extension.name = local_name(element.name()).substr(0, kMaxValue);
  // The library counts from the name, one byte behind the bracket.
  ptrdiff_t offset = element.offset_debug();
  if (offset > 0 && static_cast<size_t>(offset) <= text_.size()) {
    size_t begin = static_cast<size_t>(offset) - 1;
    extension.xml = text_.substr(begin, end_of_element(text_, begin) - begin);
  }
  read_values(element, extension);
  add(content_.extensions, std::move(extension));
}

void Parser::read_values(Node element, Extension& extension) {
  if (has_elements(element)) {
    for (Node child : element)
      if (child.type() == pugi::node_element) read_values(child, extension);
    return;
  }
  std::string_view text = text_in(element);
  if (text.empty() || text.size() > kMaxValue || extension.values.size() >= Extension::kMaxValues) return;
  extension.values.push_back(
      {std::string(local_name(element.name()).substr(0, kMaxValue)), std::string(text)});
}

// What only the whole document shows.
void Parser::check() {
  if (document_.mode != DataMode::kComplete || document_.is_damaged) return;
  // A session that persists has times without a call, and without parties (RFC 7866 section 10).
  if (content_.sessions.empty() &&
      !(document_.understood && content_.participants.empty() && content_.streams.empty()))
    found(Rule::kNoSession);
  auto check_reference = [&](const std::string& id, std::string_view kind) {
    auto known = ids_.find(id);
    if (known == ids_.end() || known->second != kind) found(Rule::kUnknownReference, id);
  };
  for (const ParticipantSession& in : content_.participant_sessions) {
    check_reference(in.participant, "participant");
    check_reference(in.session, "session");
  }
  for (const ParticipantStream& streams : content_.participant_streams) {
    check_reference(streams.participant, "participant");
    for (const std::string& id : streams.send) check_reference(id, "stream");
  }
}

Document refused(Rule rule, std::string_view detail = {}) {
  Document document;
  document.findings.push_back({rule, std::string(detail)});
  return document;
}

}  // namespace

Document parse_metadata(std::string_view text) {
  text = without_lead(text);
  if (text.size() > kMaxDocument) return refused(Rule::kTooLarge, std::to_string(text.size()) + " bytes");
  if (auto rule = refusal_of(text)) return refused(*rule);
  std::string mended = to_utf8(text);
  bool is_utf8 = mended == text;
  if (!is_utf8) text = mended;

  pugi::xml_document xml;
  pugi::xml_parse_result parsed =
      xml.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  pugi::xml_node root = xml.document_element();
  std::string name = root ? plain(root.name()) : "";
  bool is_metadata = name == "recording" || name == "recordingmetadata";
  Document document;
  Parser parser(text, document);
  if (!is_utf8) parser.found(Rule::kNotUtf8);
  if (!parsed || !is_metadata) {
    std::string where = parsed
                            ? "outermost element " + std::string(root.name())
                            : std::string(parsed.description()) + " at byte " + std::to_string(parsed.offset);
    parser.found(is_metadata || !parsed ? Rule::kNotWellFormed : Rule::kRootName, where);
  }
  document.is_damaged = !parsed;
  if (is_metadata) parser.run(root);
  if (document.is_damaged) document.mode = DataMode::kPartial;
  document.findings = parser.take_findings();
  return document;
}

std::string user_of(std::string_view aor) {
  aor = trim(aor);
  if (auto uri = sip::parse_uri(aor)) return to_utf8(uri->user);
  size_t at = aor.find('@');
  if (at == std::string_view::npos) at = aor.find(';');
  std::string_view user = aor.substr(0, at);
  if (size_t colon = user.find(':'); colon != std::string_view::npos) user = user.substr(colon + 1);
  return to_utf8(user);
}

std::string snapshot_request(std::string_view reason) {
  pugi::xml_document xml;
  pugi::xml_node declaration = xml.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node root = xml.append_child("requestsnapshot");
  root.append_attribute("xmlns") = std::string(kNamespace).c_str();
  pugi::xml_node why = root.append_child("requestreason");
  why.append_attribute("xml:lang") = "en";
  why.text().set(printable(reason).c_str());

  struct Text : pugi::xml_writer {
    std::string text;
    void write(const void* data, size_t size) override { text.append(static_cast<const char*>(data), size); }
  } writer;
  xml.save(writer, "  ", pugi::format_indent, pugi::encoding_utf8);
  return writer.text;
}

bool is_snapshot_request(std::string_view text) {
  text = without_lead(text);
  if (text.size() > kMaxDocument || refusal_of(text)) return false;
  pugi::xml_document xml;
  pugi::xml_parse_result parsed =
      xml.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  return parsed && plain(xml.document_element().name()) == "requestsnapshot";
}

}  // namespace ew::siprec
