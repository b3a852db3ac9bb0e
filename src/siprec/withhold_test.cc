#include "siprec/withhold.h"

#include <gtest/gtest.h>

#include <vector>

#include "siprec/metadata.h"

namespace ew::siprec {
namespace {

const std::vector<std::string> kNames = {"nameID"};

TEST(Withhold, OverwritesValuesAndKeepsTheLength) {
  std::string text =
      "<recording><participant id='p1'><t:NameID aor=\"sip:anna@example.org\"><name>Anna \xc3\x84</name>\n"
      "</t:NameID></participant><session session_id='s'/></recording>";
  std::string kept = withhold(text, kNames);
  EXPECT_EQ(kept.size(), text.size());
  EXPECT_EQ(kept,
            "<recording><participant id='p1'><t:NameID aor=\"--------------------\"><name>-------</name>\n"
            "</t:NameID></participant><session session_id='s'/></recording>");
  EXPECT_EQ(withhold(kept, kNames), kept);
  EXPECT_EQ(withhold(text, {}), text);
}

TEST(Withhold, LeavesTheRestOfAMessageAlone) {
  std::string message =
      "INVITE sip:r SIP/2.0\r\nFrom: \"O'Brien\" <sip:o'brien@x>\r\n\r\n<recording><nameID "
      "aor='sip:b@x'/><name>c</name></recording>\r\n";
  EXPECT_EQ(withhold(message, kNames),
            "INVITE sip:r SIP/2.0\r\nFrom: \"O'Brien\" <sip:o'brien@x>\r\n\r\n<recording><nameID "
            "aor='-------'/><name>c</name></recording>\r\n");
}

TEST(Withhold, IsNotDeceived) {
  for (std::string text : {"<nameID><![CDATA[secret > secret]]></nameID>", "<nameID aor=secret>secret",
                           "<nameID aor='secret", "<nameID><!-- secret --><x y = \"secret\"/>secret</nameID>",
                           "<a b='<nameID>secret</nameID>", "<!-- <nameID>secret</nameID> -->",
                           "<x:y:nameid\tz=secret >secret<nameID>secret</nameID>secret</x:y:nameid>"}) {
    std::string kept = withhold(text, kNames);
    EXPECT_EQ(kept.size(), text.size());
    EXPECT_EQ(kept.find("secret"), std::string::npos) << kept;
  }
  EXPECT_EQ(withhold("<nameIDs>kept</nameIDs>", kNames), "<nameIDs>kept</nameIDs>");
}

// What is left has the same elements, so that it is the same when it comes again: quotes, comments and a
// value's last sign must not make others of them.
TEST(Withhold, ChangesNothingTwice) {
  for (std::string text :
       {"<nameID><a O'Brien>s</a '></nameID>s", "<nameID><a b=c\"d></nameID>\">secret</nameID>",
        "<nameID><!-- <a> -->secret</nameID>kept", "<nameID><![CDATA[<a>]]>secret</nameID>kept",
        "<nameID><a b=secret/>secret</nameID>kept", "<nameID><a b=  secret>secret</a></nameID>kept",
        "<nameID><? <a> ?>secret</nameID>kept", "<nameID><!DOCTYPE <a>secret</a></nameID>kept",
        "<nameID><a/></nameID>kept<b 'x", "<nameID>secret</nameID<b c='", "<nameID b='secret/>"}) {
    std::string kept = withhold(text, kNames);
    EXPECT_EQ(withhold(kept, kNames), kept);
    EXPECT_EQ(kept.find("secret"), std::string::npos) << kept;
    EXPECT_EQ(kept.find("kept"), text.find("kept")) << kept;
  }
}

TEST(Withhold, WhatIsWithheldIsNotUnderstood) {
  std::string text =
      "<recording xmlns='urn:ietf:params:xml:ns:recording:1'><datamode>complete</datamode><session "
      "session_id='s'/>"
      "<participant participant_id='p'><nameID "
      "aor='sip:anna@x'><name>Anna</name></nameID></participant></recording>";
  Document document = parse_metadata(withhold(text, kNames));
  ASSERT_EQ(document.content.participants.size(), 1u);
  EXPECT_EQ(document.content.participants[0].id, "p");
  EXPECT_EQ(document.content.participants[0].names[0].aor, "----------");
  EXPECT_EQ(document.content.participants[0].names[0].name, "----");
}

}  // namespace
}  // namespace ew::siprec
