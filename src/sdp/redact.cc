#include "base/text.h"

#include <algorithm>

#include "sdp/session.h"

namespace ew::sdp {
namespace {

constexpr size_t kNone = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
         c == '=';
}

// Works on a copy of the text in place; every mask keeps the length.
class Redactor {
 public:
  explicit Redactor(std::string_view text) : text_(text) {}

  // A key line may begin after any CR or LF, as some readers take CR alone for a line end, but it ends with
  // LF only, as the parser has it: so neither reading finds a key afterwards.
  std::string run() && {
    size_t line_end = 0, key_line_end = 0;
    for (size_t begin = 0; begin < text_.size();) {
      if (begin >= line_end) {
        line_end = key_line_end = std::min(text_.find('\n', begin), text_.size());
        while (key_line_end > begin && text_[key_line_end - 1] == '\r') --key_line_end;
        ++line_end;
      }
      size_t end = std::max(begin, key_line_end);
      if (!redact_key_line(begin, end)) {
        end = std::min(text_.find_first_of("\r\n", begin), text_.size());
        redact_inline_keys(begin, end);
      }
      begin = end + 1;
    }
    return std::move(text_);
  }

 private:
  static constexpr std::string_view kMask = "REDACTED";

  void mask(size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) text_[i] = kMask[(i - begin) % kMask.size()];
  }

  std::string_view view(size_t begin, size_t end) const {
    return std::string_view(text_).substr(begin, end - begin);
  }

  size_t skip_blanks(size_t position, size_t end) const {
    while (position < end && is_blank(text_[position])) ++position;
    return position;
  }

  // False if the line is of no kind that is there for keys.
  bool redact_key_line(size_t begin, size_t end) {
    size_t type = skip_blanks(begin, end);
    size_t equals = skip_blanks(std::min(type + 1, end), end);
    if (equals >= end || text_[equals] != '=') return false;
    size_t value = skip_blanks(equals + 1, end);
    if ((text_[type] | 0x20) == 'k')
      redact_k(value, end);
    else if (starts_with_ignore_case(view(value, end), "crypto"))
      redact_crypto(value + 6, end);
    else if (starts_with_ignore_case(view(value, end), "key-mgmt"))
      mask(value + 8, end);
    else
      return false;
    return true;
  }

  // k=method:key (RFC 4566 section 5.12); only "prompt" carries no key.
  void redact_k(size_t value, size_t end) {
    if (!equals_ignore_case(trim(view(value, end)), "prompt")) mask(value, end);
  }

  // Suite, lifetimes, MKIs and session parameters stay readable where the line is as RFC 4568 has it.
  // Elsewhere nobody can say which part is the key, so all of it goes.
  void redact_crypto(size_t rest, size_t end) {
    size_t tag = std::min(rest + 1, end), tag_end = word_end(tag, end);
    size_t suite = skip_blanks(tag_end, end), suite_end = word_end(suite, end);
    size_t params = skip_blanks(suite_end, end), params_end = word_end(params, end);
    bool well_formed = rest < end && text_[rest] == ':' && parse_number(view(tag, tag_end), 999'999'999) &&
                       is_suite(view(suite, suite_end)) && well_formed_keys(view(params, params_end)) &&
                       known_session_parameters(params_end, end);
    if (well_formed)
      redact_inline_keys(params, params_end);
    else
      mask(rest, end);
  }

  // "AES_256_CM_HMAC_SHA1_80": short words, none of which could be a key.
  static bool is_suite(std::string_view suite) {
    size_t length = 0;
    for (char c : suite) {
      bool letter_or_digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
      if (!letter_or_digit && c != '_') return false;
      length = c == '_' ? 0 : length + 1;
      if (length > 4) return false;
    }
    return suite.size() <= kMaxSuite;
  }

  size_t word_end(size_t position, size_t end) const {
    while (position < end && !is_blank(text_[position])) ++position;
    return position;
  }

  // inline:key[|lifetime][|MKI:length] *( ";" … )
  static bool well_formed_keys(std::string_view params) {
    do {
      size_t end = std::min(params.find(';'), params.size());
      std::string_view one = params.substr(0, end);
      if (!starts_with_ignore_case(one, kInline)) return false;
      one.remove_prefix(kInline.size());
      size_t key_end = 0;
      while (key_end < one.size() && is_base64(one[key_end])) ++key_end;
      if (key_end == 0 || one.substr(key_end).find_first_not_of("|0123456789:^") != kNone) return false;
      params.remove_prefix(std::min(end + 1, params.size()));
    } while (!params.empty());
    return true;
  }

  // Words of RFC 4568 section 6.3; an unknown word could be a part of the key.
  bool known_session_parameters(size_t position, size_t end) const {
    for (;;) {
      position = skip_blanks(position, end);
      if (position == end) return true;
      size_t word = position;
      position = word_end(position, end);
      std::string_view parameter = view(word, position);
      bool known = false;
      for (std::string_view name : {"UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP"})
        known |= equals_ignore_case(parameter, name);
      for (std::string_view name : {"KDR=", "WSH="})
        known |= starts_with_ignore_case(parameter, name) && parse_number(parameter.substr(4), UINT16_MAX);
      if (!known) return false;
    }
  }

  // Also outside key lines: an SDP may be embedded where lines are not its own, in JSON for example.
  void redact_inline_keys(size_t begin, size_t end) {
    for (size_t i = begin; i + kInline.size() <= end; ++i) {
      if ((text_[i] | 0x20) != 'i' || !starts_with_ignore_case(view(i, end), kInline)) continue;
      size_t key = skip_blanks(i + kInline.size(), end), key_end = key;
      while (key_end < end && is_base64(text_[key_end])) ++key_end;
      mask(key, key_end);
      i = key_end - 1;
    }
  }

  static constexpr std::string_view kInline = "inline:";
  static constexpr size_t kMaxSuite = 40;

  std::string text_;
};

}  // namespace

std::string redact_keys(std::string_view sdp_or_message) { return Redactor(sdp_or_message).run(); }

}  // namespace ew::sdp
