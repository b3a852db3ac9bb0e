// Text made comparable for search: lower case, without accents, for the Latin, Slovak, Spanish and Cyrillic
// scripts. The same function folds what is stored and what is asked for, so its result may never change
// without a rebuild of the terms.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ew::db {

constexpr size_t kWordsPerCall = 64;
constexpr size_t kWordLength = 40;  // characters

// Accepts anything; control characters become spaces, what is no UTF-8 becomes U+FFFD.
std::string fold(std::string_view text);

// The runs of letters and digits of folded text, each cut at kWordLength characters.
std::vector<std::string> words_of(std::string_view folded);

}  // namespace ew::db
