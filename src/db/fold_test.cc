#include "db/fold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/phone.h"

namespace ew::db {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Fold, TakesCaseAndAccents) {
  EXPECT_EQ(fold("Ľubomír ŽÁČEK, Šťastný Ôčko"), "lubomir zacek, stastny ocko");
  EXPECT_EQ(fold("Peña Núñez ¿Güell?"), "pena nunez ¿guell?");
  EXPECT_EQ(fold("Straße Ærø Łódź İstanbul ŒUVRE"), "strasse aero lodz istanbul oeuvre");
  EXPECT_EQ(fold("АЛЁНА Йод ЩЁГОЛЕВ"), "алена иод щеголев");
  EXPECT_EQ(fold("Київ Їжак Ґрунт"), "киів іжак Ґрунт");  // Ґ has no decomposition
  EXPECT_EQ(fold("e\xcc\x81 и\xcc\x86"), "e и");          // combining accents
  EXPECT_EQ(fold("日本 😀"), "日本 😀");
}

TEST(Fold, IsIdempotentAndAcceptsAnything) {
  std::string all;
  for (int c = 1; c < 0x600; ++c) {
    if (c < 0x80) {
      all += static_cast<char>(c);
    } else {
      all += static_cast<char>(0xc0 | c >> 6);
      all += static_cast<char>(0x80 | (c & 63));
    }
  }
  EXPECT_EQ(fold(fold(all)), fold(all));
  EXPECT_EQ(fold("\xff\xc3"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(fold("a\tb\x7f"
                 "c"),
            "a b c");
}

TEST(Words, AreRunsOfLettersAndDigits) {
  EXPECT_THAT(words_of(fold("O'Brien-Nová 12013223@200.57.7.195 алёна…日本")),
              ElementsAre("o", "brien", "nova", "12013223", "200", "57", "7", "195", "алена", "日本"));
  EXPECT_THAT(words_of(fold(" .,-\xff%")), IsEmpty());
  EXPECT_EQ(words_of(std::string(100, 'x')), std::vector<std::string>{std::string(kWordLength, 'x')});
}

TEST(NumberKey, IsOneForEveryNotation) {
  for (const char* text :
       {"+421905123456", "00421905123456", "+421 905 123-456", "+421 (905) 123.456", "421905123456"})
    EXPECT_EQ(number_key(text), "421905123456") << text;
  EXPECT_EQ(number_key("0905 123"), "0905123");
  EXPECT_EQ(number_key("*98#"), "*98#");
  EXPECT_EQ(number_key("Alice"), "alice");
  EXPECT_EQ(number_key("+"), "");
}

TEST(E164, OnlyForInternationalNumbers) {
  EXPECT_EQ(e164_of("+421 905 123 456"), "+421905123456");
  EXPECT_EQ(e164_of("00421905123456"), "+421905123456");
  EXPECT_EQ(e164_of("0905123456"), std::nullopt);
  EXPECT_EQ(e164_of("421905123456"), std::nullopt);
  EXPECT_EQ(e164_of("+1"), std::nullopt);
  EXPECT_EQ(e164_of("+9999999999999999999"), std::nullopt);
  EXPECT_EQ(e164_of("+421alice"), std::nullopt);
  EXPECT_EQ(e164_of("*98"), std::nullopt);
  EXPECT_EQ(e164_of(std::string(100'000, '1')), std::nullopt);
}

}  // namespace
}  // namespace ew::db
