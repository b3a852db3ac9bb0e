#include "db/phone.h"

#include <phonenumbers/phonenumberutil.h>

#include "db/fold.h"

namespace ew::db {
namespace {

constexpr size_t kPresentedMax = 64;  // longer is no telephone number

// The digits of a number, nothing if another character than marks of writing is in it.
std::optional<std::string> digits_of(std::string_view presented) {
  std::string digits;
  for (char c : presented) {
    if ((c >= '0' && c <= '9') || c == '*' || c == '#') {
      digits += c;
    } else if (std::string_view("+-(). /").find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  return digits;
}

}  // namespace

std::string number_key(std::string_view presented) {
  auto digits = digits_of(presented);
  if (!digits) return fold(presented);
  if (digits->starts_with("00")) digits->erase(0, 2);
  return *std::move(digits);
}

std::optional<std::string> e164_of(std::string_view presented) {
  using i18n::phonenumbers::PhoneNumber;
  using i18n::phonenumbers::PhoneNumberUtil;
  auto digits = digits_of(presented.substr(0, kPresentedMax));
  if (!digits || presented.size() > kPresentedMax || digits->find_first_of("*#") != std::string::npos)
    return std::nullopt;
  if (digits->starts_with("00")) {
    digits->erase(0, 2);
  } else if (!presented.starts_with('+')) {
    return std::nullopt;
  }
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (util.Parse("+" + *digits, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
      !util.IsPossibleNumber(number))
    return std::nullopt;
  std::string formatted;
  util.Format(number, PhoneNumberUtil::E164, &formatted);
  return formatted;
}

}  // namespace ew::db
