#include "db/fold.h"

#include <array>
#include <cstdint>

#include "base/text.h"

namespace ew::db {
namespace {

// U+00C0 to U+017F, each as the base letters of its decomposition in lower case. "." stands for a sign that
// is no letter.
constexpr std::string_view kLatin[] = {
    // 00C0
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",   //
    "d", "n", "o", "o", "o", "o", "o", ".", "o", "u", "u", "u", "u", "y", "th", "ss",  //
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",   //
    "d", "n", "o", "o", "o", "o", "o", ".", "o", "u", "u", "u", "u", "y", "th", "y",   //
    // 0100
    "a", "a", "a", "a", "a", "a", "c", "c", "c", "c", "c", "c", "c", "c", "d", "d",    //
    "d", "d", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g",    //
    "g", "g", "g", "g", "h", "h", "h", "h", "i", "i", "i", "i", "i", "i", "i", "i",    //
    "i", "i", "ij", "ij", "j", "j", "k", "k", "k", "l", "l", "l", "l", "l", "l", "l",  //
    "l", "l", "l", "n", "n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o",    //
    "o", "o", "oe", "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s",  //
    "s", "s", "t", "t", "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u",    //
    "u", "u", "u", "u", "w", "w", "y", "y", "y", "z", "z", "z", "z", "z", "z", "s",    //
};
constexpr char32_t kLatinFirst = 0xc0, kLatinLast = 0x17f;
static_assert(std::size(kLatin) == kLatinLast - kLatinFirst + 1);

// The next character of valid UTF-8.
char32_t take(std::string_view& text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  char32_t c = byte(0);
  size_t length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
  if (length > 1) c &= 0x7fu >> length;
  for (size_t i = 1; i < length; ++i) c = c << 6 | (byte(i) & 0x3f);
  text.remove_prefix(length);
  return c;
}

void put(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

// Cyrillic of one letter: lower case, and the letters that decompose as their base (ё, й, ѐ, ѝ, ї, ѓ, ќ, ў).
char32_t fold_cyrillic(char32_t c) {
  if (c >= 0x410 && c <= 0x42f) c += 0x20;
  if (c >= 0x400 && c <= 0x40f) c += 0x50;
  switch (c) {
    case 0x450:
    case 0x451:
      return 0x435;  // ѐ, ё: е
    case 0x439:
    case 0x45d:
      return 0x438;  // й, ѝ: и
    case 0x457:
      return 0x456;  // ї: і
    case 0x453:
      return 0x433;  // ѓ: г
    case 0x45c:
      return 0x43a;  // ќ: к
    case 0x45e:
      return 0x443;  // ў: у
    default:
      return c;
  }
}

void put_folded(std::string& out, char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa1)) {
    out += ' ';
  } else if (c < 0x80) {
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  } else if (c >= kLatinFirst && c <= kLatinLast) {
    out += kLatin[c - kLatinFirst];
  } else if (c >= 0x300 && c <= 0x36f) {
    // A combining accent: its letter stands before it.
  } else {
    put(out, fold_cyrillic(c));
  }
}

// Letters and digits. Beyond Latin-1 everything counts as a letter but punctuation, symbols of its block and
// U+FFFD.
bool is_word(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
  if (c < 0xc0) return c == 0xaa || c == 0xb5 || c == 0xba;
  return !(c >= 0x2000 && c <= 0x2bff) && !(c >= 0x3000 && c <= 0x303f) && !(c >= 0xe000 && c <= 0xf8ff) &&
         c < 0xfff0;
}

}  // namespace

std::string fold(std::string_view text) {
  std::string clean = to_utf8(text);
  std::string folded;
  folded.reserve(clean.size());
  for (std::string_view rest = clean; !rest.empty();) put_folded(folded, take(rest));
  return folded;
}

std::vector<std::string> words_of(std::string_view folded) {
  std::vector<std::string> words;
  size_t length = 0;  // characters of the word that is open; 0 if none is
  while (!folded.empty()) {
    char32_t c = take(folded);
    if (!is_word(c)) {
      length = 0;
      continue;
    }
    if (length++ == 0) words.emplace_back();
    if (length <= kWordLength) put(words.back(), c);
  }
  return words;
}

}  // namespace ew::db
