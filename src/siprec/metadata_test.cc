#include "siprec/metadata.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "siprec/communication.h"

namespace ew::siprec {
namespace {

std::string document(std::string_view inside,
                     std::string_view attributes = "xmlns='urn:ietf:params:xml:ns:recording:1'") {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<recording " + std::string(attributes) + ">" +
         std::string(inside) + "</recording>";
}

bool has(const std::vector<Finding>& findings, Rule rule) {
  for (const Finding& finding : findings)
    if (finding.rule == rule) return true;
  return false;
}

constexpr std::string_view kByTheBook = R"(
  <datamode>complete</datamode>
  <group group_id="GROUPAAAAAAAAAAAAAAAAA=="><associate-time>2026-03-02T09:00:00Z</associate-time></group>
  <session session_id="SESSIONAAAAAAAAAAAAAA==">
    <sipSessionID>ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2</sipSessionID>
    <group-ref>GROUPAAAAAAAAAAAAAAAAA==</group-ref>
    <start-time>2026-03-02T09:00:01.5+01:00</start-time>
  </session>
  <participant participant_id="ANNAAAAAAAAAAAAAAAAAAA==">
    <nameID aor="sip:anna@example.org"><name xml:lang="en"> Anna </name></nameID>
  </participant>
  <participant participant_id="BORISAAAAAAAAAAAAAAAAA=="><nameID aor="tel:+442071838750"/></participant>
  <stream stream_id="ONEAAAAAAAAAAAAAAAAAAA==" session_id="SESSIONAAAAAAAAAAAAAA=="><label>96</label></stream>
  <stream stream_id="TWOAAAAAAAAAAAAAAAAAAA==" session_id="SESSIONAAAAAAAAAAAAAA=="><label>97</label></stream>
  <sessionrecordingassoc session_id="SESSIONAAAAAAAAAAAAAA=="><associate-time>2026-03-02T09:00:02Z</associate-time></sessionrecordingassoc>
  <participantsessionassoc participant_id="ANNAAAAAAAAAAAAAAAAAAA==" session_id="SESSIONAAAAAAAAAAAAAA==">
    <associate-time>2026-03-02T09:00:02Z</associate-time></participantsessionassoc>
  <participantsessionassoc participant_id="BORISAAAAAAAAAAAAAAAAA==" session_id="SESSIONAAAAAAAAAAAAAA==">
    <associate-time>2026-03-02T09:00:03Z</associate-time></participantsessionassoc>
  <participantstreamassoc participant_id="ANNAAAAAAAAAAAAAAAAAAA==">
    <send>TWOAAAAAAAAAAAAAAAAAAA==</send><recv>ONEAAAAAAAAAAAAAAAAAAA==</recv></participantstreamassoc>
  <participantstreamassoc participant_id="BORISAAAAAAAAAAAAAAAAA==">
    <send>ONEAAAAAAAAAAAAAAAAAAA==</send><recv>TWOAAAAAAAAAAAAAAAAAAA==</recv></participantstreamassoc>)";

TEST(Metadata, ByTheBook) {
  Document read = parse_metadata(document(kByTheBook));
  ASSERT_TRUE(read.understood);
  EXPECT_EQ(read.mode, DataMode::kComplete);
  EXPECT_TRUE(read.findings.empty()) << text_of(read.findings[0].rule).code;
  Findings findings;
  auto calls = communications_of(read.content, findings);
  ASSERT_EQ(calls.size(), 1u);
  const Communication& call = calls[0];
  EXPECT_TRUE(findings.all().empty());
  EXPECT_EQ(call.id, "SESSIONAAAAAAAAAAAAAA==");
  EXPECT_EQ(call.group, "GROUPAAAAAAAAAAAAAAAAA==");
  ASSERT_TRUE(call.start_at);
  EXPECT_EQ(to_rfc3339(*call.start_at), "2026-03-02T08:00:01.500000Z");
  EXPECT_FALSE(call.has_ended);
  ASSERT_EQ(call.parties.size(), 2u);
  EXPECT_EQ(call.parties[0].user, "anna");
  EXPECT_EQ(call.parties[0].name, "Anna");
  EXPECT_EQ(call.parties[1].user, "+442071838750");
  ASSERT_EQ(call.tracks.size(), 2u);
  EXPECT_EQ(call.tracks[0], (Track{"96", {1}}))
      << "who sends a stream is what the association says, not the order";
  EXPECT_EQ(call.tracks[1], (Track{"97", {0}}));
}

// REQUIREMENTS A14.
TEST(Metadata, DataMode) {
  auto mode = [](std::string_view inside) { return parse_metadata(document(inside)); };
  EXPECT_EQ(mode("<datamode>partial</datamode>").mode, DataMode::kPartial);
  EXPECT_EQ(mode("<dataMode>Partial</dataMode>").mode, DataMode::kPartial);
  EXPECT_TRUE(has(mode("<dataMode>partial</dataMode>").findings, Rule::kDataModeName));
  EXPECT_EQ(mode("<session session_id='s'/>").mode, DataMode::kComplete);
  EXPECT_TRUE(has(mode("<session session_id='s'/>").findings, Rule::kDataModeMissing));
  EXPECT_EQ(mode("<datamode>half</datamode>").mode, DataMode::kComplete);
  EXPECT_TRUE(has(mode("<datamode>half</datamode>").findings, Rule::kDataModeValue));
}

// REQUIREMENTS A23, and the forms that are met in the place of RFC 3339.
TEST(Metadata, Times) {
  auto start = [](const std::string& time, bool* is_proper) {
    Document read =
        parse_metadata(document("<datamode>complete</datamode><session session_id='s'><start-time>" + time +
                                "</start-time></session>"));
    *is_proper = !has(read.findings, Rule::kTimeForm);
    return read.content.sessions.at(0).start_at;
  };
  WallTime expected;
  ASSERT_TRUE(parse_rfc3339("2026-03-02T09:00:00Z", expected));
  bool is_proper = false;
  for (std::string time : {"2026-03-02T09:00:00Z", "2026-03-02t09:00:00z", "2026-03-02T10:00:00.000+01:00",
                           "2026-03-02T04:00:00-05:00"}) {
    EXPECT_EQ(start(time, &is_proper), expected) << time;
    EXPECT_TRUE(is_proper) << time;
  }
  for (std::string time : {"2026-03-02T09:00:00", "2026-03-02T09:00:00+0000", "2026-03-02T04:00:00-0500"}) {
    EXPECT_EQ(start(time, &is_proper), expected) << time;
    EXPECT_FALSE(is_proper) << time;
  }
  EXPECT_FALSE(start("yesterday", &is_proper));
  EXPECT_FALSE(is_proper);
}

TEST(Metadata, PrefixesAndNamespaces) {
  std::string prefixed =
      "<r:recording xmlns:r='urn:ietf:params:xml:ns:recording'><r:datamode>complete</r:datamode><r:session "
      "session_id='s'/>"
      "<r:participant participant_id='p'><r:nameID aor='anna@example.org'><r:name> "
      "</r:name></r:nameID></r:participant>"
      "<session xmlns='urn:other' session_id='not ours'><id>77</id></session></r:recording>";
  Document read = parse_metadata(prefixed);
  ASSERT_TRUE(read.understood);
  ASSERT_EQ(read.content.sessions.size(), 1u);
  EXPECT_EQ(read.content.sessions[0].id, "s");
  EXPECT_TRUE(has(read.findings, Rule::kNamespace));
  EXPECT_TRUE(has(read.findings, Rule::kAddressForm));
  EXPECT_EQ(read.content.participants[0].names[0].name, "");
  ASSERT_EQ(read.content.extensions.size(), 1u);
  EXPECT_EQ(read.content.extensions[0].xml,
            "<session xmlns='urn:other' session_id='not ours'><id>77</id></session>");
  EXPECT_EQ(read.content.extensions[0].values, (std::vector<Extension::Value>{{"id", "77"}}));
}

// The form of the drafts, as Oracle and BroadWorks still write it.
TEST(Metadata, DraftForms) {
  std::string oracle = document(R"(<datamode>complete</datamode>
    <session id="S"><associate-time>2026-03-02T09:00:00</associate-time></session>
    <participant id="P1" session="S"><nameID aor="sip:9000@192.0.2.1"><name>9000</name></nameID><send>A</send>
      <extensiondata xmlns:v="http://vendor.example/x"><v:callingParty>false</v:callingParty></extensiondata></participant>
    <participant id="P2" session="S"><nameID aor="sip:1002@192.0.2.1"/><send>B</send>
      <extensiondata xmlns:v="http://vendor.example/x"><v:callingParty>true</v:callingParty></extensiondata></participant>
    <stream id="A" session="S"><label>16777227</label><mode>separate</mode></stream>
    <stream id="B" session="S"><label>16777228</label></stream>)",
                                "xmlns='urn:ietf:params:xml:ns:recording'");
  Document read = parse_metadata(oracle);
  EXPECT_TRUE(has(read.findings, Rule::kDraftForm));
  Findings findings;
  auto calls = communications_of(read.content, findings);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_TRUE(calls[0].caller_is_told);
  EXPECT_EQ(calls[0].parties[0].user, "1002") << "the party that is flagged as the calling one comes first";
  EXPECT_EQ(calls[0].tracks, (std::vector<Track>{{"16777227", {1}}, {"16777228", {0}}}));

  std::string broadworks =
      R"(<recording_metadata xmlns="urn:ietf:params:xml:ns:siprec"><dataMode>complete</dataMode>
    <recording id="urn:uuid:1"><requestor>SRC</requestor></recording>
    <session id="urn:uuid:2" group="urn:uuid:9"><start-time>2026-03-02T09:00:00+00:00</start-time></session>
    <participant id="urn:uuid:3" session="urn:uuid:2"><aor>sip:line@pbx.example</aor><send><id>urn:uuid:5</id></send></participant>
    <participant id="urn:uuid:4" session="urn:uuid:2"><aor>sip:8101@pbx.example;user=phone</aor><send><id>urn:uuid:5</id></send></participant>
    <stream id="urn:uuid:5" session="urn:uuid:2"><label>1</label><mode>mixed</mode></stream>
    <extensiondata id="urn:uuid:6" parent="urn:uuid:2"><x xmlns="http://vendor.example/y"><callID>half-1:0</callID></x></extensiondata>
  </recording_metadata>)";
  read = parse_metadata(broadworks);
  ASSERT_TRUE(read.understood);
  EXPECT_TRUE(has(read.findings, Rule::kRootName));
  Findings more;
  calls = communications_of(read.content, more);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].group, "urn:uuid:9");
  EXPECT_EQ(calls[0].tracks, (std::vector<Track>{{"1", {0, 1}}})) << "both speak in a mixed stream";
  EXPECT_NE(
      std::find(calls[0].external_ids.begin(), calls[0].external_ids.end(), ExternalId{"callid", "half-1:0"}),
      calls[0].external_ids.end());
}

TEST(Metadata, StreamsWithoutAssociationsGoByTheirOrder) {
  Document read = parse_metadata(document(R"(<datamode>complete</datamode><session session_id="S"/>
    <participant participant_id="P1"><nameID aor="sip:1@x"/></participant><participant participant_id="P2"><nameID aor="sip:2@x"/></participant>
    <stream stream_id="A" session_id="S"><label>0</label></stream><stream stream_id="B" session_id="S" label="1"/>)"));
  Findings findings;
  auto calls = communications_of(read.content, findings);
  EXPECT_EQ(calls[0].tracks, (std::vector<Track>{{"0", {0}}, {"1", {1}}}));
  EXPECT_TRUE(findings.has(Rule::kAssociationsMissing));
}

TEST(Metadata, APartyThatIsNotKnownYet) {
  Document read =
      parse_metadata(document(R"(<dataMode>complete</dataMode><session session_id="00FA080001000758A20EFA"/>
    <participant participant_id="b536"><nameID aor="sip:1001@x"/></participant>
    <participantsessionassoc participant_id="b536" session_id="00FA080001000758A20EFA"/>
    <participantstreamassoc participant_id="b536"><send>0ccc</send></participantstreamassoc>
    <participant participant_id="abcdef12345678901234"><nameID aor="sip:ASBCE@asbce.com"/></participant>
    <participantsessionassoc participant_id="abcdef12345678901234" session_id="00FA080001000758A20EFA"/>
    <participantstreamassoc participant_id="abcdef12345678901234"></participantstreamassoc>
    <stream stream_id="0ccc" session_id="00FA080001000758A20EFA"><label>10</label></stream>
    <stream stream_id="" session_id="00FA080001000758A20EFA"><label>20</label></stream>)"));
  EXPECT_TRUE(has(read.findings, Rule::kNoId));
  Findings findings;
  auto calls = communications_of(read.content, findings);
  ASSERT_EQ(calls[0].parties.size(), 2u);
  EXPECT_TRUE(calls[0].parties[1].is_placeholder);
  EXPECT_EQ(calls[0].tracks, (std::vector<Track>{{"10", {0}}, {"20", {1}}}))
      << "the stream left over is that of the party left over";
  EXPECT_TRUE(findings.has(Rule::kPlaceholder));
}

// REQUIREMENTS A20.
TEST(Metadata, AnIdThatStandsForTwoThings) {
  Document read = parse_metadata(document(R"(<datamode>complete</datamode><session session_id="S"/>
    <participant participant_id="P"><nameID aor="sip:1@x"/></participant>
    <participant participant_id="P"><nameID aor="sip:1@x"/></participant>
    <participant participant_id="P"><nameID aor="sip:2@x"/></participant>)"));
  ASSERT_EQ(read.content.participants.size(), 1u);
  EXPECT_EQ(read.content.participants[0].names[0].aor, "sip:1@x");
  EXPECT_TRUE(has(read.findings, Rule::kIdTwice));
  EXPECT_FALSE(has(
      parse_metadata(
          document("<datamode>complete</datamode><session session_id='S'/><participant participant_id='P'>"
                   "<nameID aor='sip:1@x'/></participant><participant participant_id='P'><nameID "
                   "aor='sip:1@x'/></participant>"))
          .findings,
      Rule::kIdTwice))
      << "the same again is no contradiction";
}

// REQUIREMENTS A21: what is not ours is kept as it stood, white space and quotes included.
TEST(Metadata, ExtensionsByteForByte) {
  std::string extension =
      "<v:data  xmlns:v='urn:v' a=\"1\"\tb='&lt;2'><!-- > "
      "--><v:ucid>00FA08</v:ucid>\r\n<v:x><![CDATA[</v:data>]]></v:x></v:data>";
  Document read = parse_metadata(
      document("<datamode>complete</datamode><session session_id='S'>" + extension + "</session>"));
  ASSERT_EQ(read.content.extensions.size(), 1u);
  EXPECT_EQ(read.content.extensions[0].xml, extension);
  EXPECT_EQ(read.content.extensions[0].owner, "S");
  EXPECT_EQ(read.content.extensions[0].values,
            (std::vector<Extension::Value>{{"ucid", "00FA08"}, {"x", "</v:data>"}}));
}

TEST(Metadata, NotWellFormed) {
  std::string cut = document(kByTheBook).substr(0, 1'200);
  Document read = parse_metadata(cut);
  ASSERT_TRUE(read.understood);
  EXPECT_TRUE(read.is_damaged);
  EXPECT_EQ(read.mode, DataMode::kPartial) << "what followed is not known, so nothing may be taken as gone";
  EXPECT_TRUE(has(read.findings, Rule::kNotWellFormed));
  EXPECT_EQ(read.content.participants.at(0).names.at(0).aor, "sip:anna@example.org");
  for (std::string text :
       {"", "  ", "hello", "<recording>tags were stripped here</recording>", "<html/>", "<recording",
        "{\"recording\":1}", "<requestsnapshot xmlns='urn:ietf:params:xml:ns:recording:1'/>"}) {
    read = parse_metadata(text);
    EXPECT_FALSE(read.understood) << text;
    EXPECT_FALSE(read.findings.empty()) << text;
  }
}

TEST(Metadata, NotUtf8) {
  Document read = parse_metadata(
      document("<datamode>complete</datamode><session session_id='S'/><participant participant_id='P'>"
               "<nameID aor='sip:1@x'><name>Zo\xeb</name></nameID></participant>"));
  EXPECT_EQ(read.content.participants.at(0).names.at(0).name, "Zo\xef\xbf\xbd");
  EXPECT_TRUE(has(read.findings, Rule::kNotUtf8));
}

// REQUIREMENTS F14: refused within 50 ms each, whatever the text is (ten times that where sanitizers watch).
TEST(Metadata, HostileXml) {
  auto refuse = [](const std::string& text, Rule rule) {
    auto before = std::chrono::steady_clock::now();
    Document read = parse_metadata(text);
    EXPECT_TRUE(has(read.findings, rule)) << text_of(rule).code;
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(500))
        << text_of(rule).code;
    return read;
  };
  std::string laughs = "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'ha'>";
  for (char c = 'b'; c < 'k'; ++c)
    laughs += std::string("<!ENTITY ") + c + " '&" + static_cast<char>(c - 1) + ";&" +
              static_cast<char>(c - 1) + ";'>";
  EXPECT_FALSE(refuse(laughs + "]><recording>&j;</recording>", Rule::kForbiddenXml).understood);
  refuse("<!DOCTYPE recording SYSTEM 'file:///etc/passwd'><recording/>", Rule::kForbiddenXml);
  refuse("<recording><!ENTITY x SYSTEM 'http://127.0.0.1/'></recording>", Rule::kForbiddenXml);

  std::string deep;
  for (int i = 0; i < 65; ++i) deep += "<recording>";
  refuse(deep, Rule::kTooDeep);
  std::string many = "<recording ";
  for (int i = 0; i < 1'001; ++i) many += "a" + std::to_string(i) + "='' ";
  refuse(many + "/>", Rule::kTooManyAttributes);
  refuse(document("<session session_id='" + std::string(1'000'000, 'a') + "'/>"), Rule::kTooLarge);
  refuse(document("<session session_id='" + std::string(200'000, 'a') + "'/>"), Rule::kTooMany);

  std::string elements;
  while (elements.size() < 200'000) elements += "<a/>";
  refuse(document(elements), Rule::kTooMany);
  std::string crowd = "<datamode>complete</datamode>";
  for (int i = 0; i < 400; ++i) crowd += "<participant participant_id='" + std::to_string(i) + "'/>";
  EXPECT_EQ(refuse(document(crowd), Rule::kTooMany).content.participants.size(), kMaxObjects);

  // An entity that XML has is text; one that it does not have stays as it is.
  Document read =
      parse_metadata(document("<datamode>complete</datamode><session session_id='a&amp;b&unknown;'/>"));
  EXPECT_EQ(read.content.sessions.at(0).id, "a&b&unknown;");
}

TEST(Metadata, UserOfAnAddress) {
  EXPECT_EQ(user_of("sip:100@x;user=phone"), "100");
  EXPECT_EQ(user_of("tel:+44123"), "+44123");
  EXPECT_EQ(user_of("2249888500@172.16.198.55"), "2249888500");
  EXPECT_EQ(user_of(" 7602922411 "), "7602922411");
  EXPECT_EQ(user_of("sip:example.org"), "");
  EXPECT_EQ(user_of(""), "");
}

TEST(Metadata, SnapshotRequest) {
  std::string request = snapshot_request("the <metadata> was lost");
  EXPECT_NE(request.find("<requestsnapshot xmlns=\"urn:ietf:params:xml:ns:recording:1\">"), std::string::npos)
      << request;
  EXPECT_NE(request.find("&lt;metadata&gt;"), std::string::npos);
  EXPECT_TRUE(is_snapshot_request(request));
  EXPECT_FALSE(is_snapshot_request(document("")));
  EXPECT_FALSE(parse_metadata(request).understood);
}

TEST(Findings, EachOnceAndBounded) {
  Findings findings;
  EXPECT_TRUE(findings.add(Rule::kNoId, "x"));
  EXPECT_FALSE(findings.add(Rule::kNoId, "x"));
  for (int i = 0; i < 200; ++i) findings.add(Rule::kNoId, std::to_string(i));
  EXPECT_EQ(findings.all().size(), Findings::kMaxPerRule);
  EXPECT_TRUE(findings.add(Rule::kNoAddress)) << "one rule that is broken everywhere hides no other";
  for (size_t i = 0; i < kRules; ++i) {
    const RuleText& text = text_of(static_cast<Rule>(i));
    EXPECT_FALSE(text.code.empty() || text.text.empty() || text.source.empty()) << i;
    for (size_t j = 0; j < i; ++j) EXPECT_NE(text.code, text_of(static_cast<Rule>(j)).code);
  }
}

}  // namespace
}  // namespace ew::siprec
