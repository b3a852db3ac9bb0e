// docs/siprec-findings.md says of each rule what this program says: it is read and compared, row by row.
#include "siprec/finding.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace ew::siprec;

namespace {

const std::string kPage = EW_SOURCE_DIR "/docs/siprec-findings.md";
const std::string kBegin = "<!-- rules -->\n", kEnd = "<!-- end of rules -->\n";

// As Markdown shows it: an angle bracket would begin HTML.
std::string escaped(std::string_view text) {
  std::string result;
  for (char c : text) result += c == '<' ? "&lt;" : std::string(1, c);
  return result;
}

std::string table() {
  std::string text;
  for (size_t i = 0; i < kRules; ++i) {
    const RuleText& rule = text_of(static_cast<Rule>(i));
    text += "### " + std::string(rule.code) + "\n" + escaped(rule.text) + "\n\n";
    text += "- Rule: " + escaped(rule.source) + "\n";
    text += "- What it costs: " + escaped(text_of(rule.cost).text) + "\n";
    text += "- What to change at the client: " + escaped(rule.change) + "\n\n";
  }
  return text;
}

TEST(FindingTest, ThePageSaysWhatTheProgramSays) {
  std::ifstream file(kPage);
  std::stringstream stream;
  stream << file.rdbuf();
  std::string page = stream.str();
  size_t begin = page.find(kBegin), end = page.find(kEnd);
  ASSERT_NE(begin, page.npos);
  ASSERT_NE(end, page.npos);
  begin += kBegin.size();
  if (std::getenv("EW_WRITE_DOCS")) std::ofstream(kPage) << page.replace(begin, end - begin, table());
  EXPECT_EQ(page.substr(begin, page.find(kEnd) - begin), table())
      << "write it anew: EW_WRITE_DOCS=1 siprec_test --gtest_filter=FindingTest.*";
}

TEST(FindingTest, EachRuleSaysWhatItCostsAndWhatToChange) {
  for (size_t i = 0; i < kRules; ++i) {
    const RuleText& rule = text_of(static_cast<Rule>(i));
    EXPECT_FALSE(rule.change.empty()) << rule.code;
    EXPECT_FALSE(text_of(rule.cost).text.empty()) << rule.code;
    // Who is told that it matters is told why.
    if (rule.matters) EXPECT_NE(rule.cost, Cost::kNothing) << rule.code;
  }
  for (size_t i = 0; i < kCosts; ++i)
    for (size_t j = 0; j < i; ++j)
      EXPECT_NE(text_of(static_cast<Cost>(i)).code, text_of(static_cast<Cost>(j)).code);
}

}  // namespace
