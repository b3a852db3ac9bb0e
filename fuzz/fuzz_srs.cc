// What a recording server makes of SDP: an answer that is SDP itself, with the offer's lines in the offer's
// order, also after a change, and nothing of the offer's words beyond the lines they belong to.
#include <algorithm>
#include <string>

#include "base/result.h"
#include "srs/description.h"

using namespace ew;
using namespace ew::srs;

namespace {

const IpAddress kOwnV4 = IpAddress::v4(Bytes{198, 51, 100, 1});
const IpAddress kOwnV6 = IpAddress::parse("2001:db8::99").value();

void give_ports(std::vector<Line>& lines) {
  uint16_t port = 20'000;
  for (Line& line : lines) {
    EW_CHECK(line.is_accepted == line.why_not.empty());
    if (!line.is_accepted || line.ports) continue;
    const IpAddress& own = line.is_v4 ? kOwnV4 : kOwnV6;
    line.ports = PortPair{{own, port}, {own, static_cast<uint16_t>(port + 1)}, 1, 2};
    port = static_cast<uint16_t>(port + 2);
  }
}

void check_text(const std::vector<Line>& lines, bool is_inactive) {
  std::string text = write_sdp(lines, {1, 2, is_inactive, {}, {}});
  EW_CHECK(text.find('\0') == text.npos);
  for (size_t at = text.find('\r'); at != text.npos; at = text.find('\r', at + 1))
    EW_CHECK(text[at + 1] == '\n');
  auto parsed = sdp::parse(as_bytes(text));
  // A line of ours may be longer than the parser takes only where the peer's was nearly so.
  if (!parsed.ok()) {
    EW_CHECK(parsed.error().code() == ErrorCode::kLimit);
    return;
  }
  EW_CHECK(parsed->media.size() == lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    const sdp::Media& media = parsed->media[i];
    EW_CHECK((media.port != 0) == lines[i].ports.has_value());
    if (media.port == 0) continue;
    EW_CHECK(media.port == lines[i].ports->rtp.port);
    EW_CHECK(media.direction ==
             (is_inactive || lines[i].is_held ? sdp::Direction::kInactive : sdp::Direction::kRecvOnly));
    EW_CHECK(media.crypto.size() == (lines[i].key ? 1 : 0));
    EW_CHECK(media.is_secure() == lines[i].key.has_value());
    if (lines[i].key) EW_CHECK(media.crypto[0].key_salt == lines[i].key->own);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = as_text({data, size});
  sip::Message message;
  if (sip::parse({data, size}, message) == sip::ParseError::kNone) {
    std::string_view found = find_sdp(message);
    EW_CHECK(found.empty() ||
             (found.data() >= text.data() && found.data() + found.size() <= text.data() + size));
    if (!found.empty()) text = found;
  }
  auto offer = sdp::parse(as_bytes(text));
  if (!offer.ok()) return 0;
  for (const Rules& rules :
       {Rules{}, Rules{false, true, true, false, true}, Rules{true, false, false, true, false}}) {
    auto lines = answer_to(*offer, text, rules, {});
    EW_CHECK(lines.size() == offer->media.size());
    give_ports(lines);
    check_text(lines, false);
    check_text(lines, true);
    auto again = answer_to(*offer, text, rules, lines);
    for (size_t i = 0; i < lines.size(); ++i) {
      EW_CHECK(again[i].ports.has_value() == lines[i].ports.has_value());
      if (lines[i].key) EW_CHECK(again[i].key->own == lines[i].key->own);
    }
    auto ours = first_offer(2, true);
    give_ports(ours);
    apply_answer(*offer, ours);
    check_text(lines, false);
  }
  return 0;
}
