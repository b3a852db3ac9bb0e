#include "sipua/session_timer.h"

#include "sipua/test_peer_internal.h"

using namespace ew;
using namespace ew::sipua;

namespace {

TimerAnswer answer(std::vector<std::string> headers) {
  PeerRequest request;
  request.headers = std::move(headers);
  Kept kept(request.text());
  return answer_timer(kept.message, SessionTimerRules{});
}

TEST(SessionTimer, FollowsTheTableOfRfc4028Section9) {
  EXPECT_EQ(answer({}).timer, (SessionTimer{}));
  EXPECT_EQ(answer({"Supported: 100rel, timer"}).timer, (SessionTimer{1'800, false}));
  EXPECT_EQ(answer({"Supported: timer", "Session-Expires: 600"}).timer, (SessionTimer{600, false}));
  EXPECT_EQ(answer({"k: timer", "x: 600;refresher=uac"}).timer, (SessionTimer{600, false}));
  EXPECT_EQ(answer({"Supported: timer", "Session-Expires: 600;refresher=uas"}).timer,
            (SessionTimer{600, true}));
  EXPECT_EQ(answer({"Session-Expires: 600"}).timer, (SessionTimer{600, true})) << "a proxy wants it";
}

TEST(SessionTimer, RefusesWhatIsTooShort) {
  EXPECT_TRUE(answer({"Supported: timer", "Session-Expires: 89"}).too_small);
  EXPECT_FALSE(answer({"Supported: timer", "Session-Expires: 90"}).too_small);
  EXPECT_EQ(answer({"Session-Expires: 5"}).timer, (SessionTimer{90, true}));
  EXPECT_EQ(answer({"Supported: timer", "Session-Expires: -1"}).timer, (SessionTimer{1'800, false}));
}

TEST(SessionTimer, Headers) {
  EXPECT_TRUE(timer_headers({}, true).empty());
  EXPECT_EQ(timer_headers({600, false}, true),
            (Headers{{"Session-Expires", "600;refresher=uac"}, {"Require", "timer"}}));
  EXPECT_EQ(timer_headers({600, true}, false), (Headers{{"Session-Expires", "600;refresher=uas"}}));
  EXPECT_EQ(refresh_headers({600, true}, {}),
            (Headers{{"Session-Expires", "600;refresher=uac"}, {"Min-SE", "90"}}));
  EXPECT_EQ(refresh_headers({600, false}, {}),
            (Headers{{"Session-Expires", "600;refresher=uas"}, {"Min-SE", "90"}}));
}

TEST(SessionTimer, OfAResponse) {
  PeerRequest request;
  auto timer = [&](const std::string& headers) {
    Kept invite(request.text());
    Kept response(response_to(invite.message, 200, headers));
    return timer_of_response(response.message);
  };
  EXPECT_EQ(timer("Session-Expires: 600;refresher=uac\r\n"), (SessionTimer{600, true}));
  EXPECT_EQ(timer("Session-Expires: 600;refresher=uas\r\n"), (SessionTimer{600, false}));
  EXPECT_EQ(timer(""), (SessionTimer{}));
}

}  // namespace
