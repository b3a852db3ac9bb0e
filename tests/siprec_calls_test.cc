// Recording sessions in, calls out: scripts in the shapes of RFC 8068's examples and of vendors' clients
// against what is expected of them, the same for real clients' samples where they are at hand, and the faults
// and failures that a recorder has to live with.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "siprec_script.h"

namespace ew::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const fs::path kScripts = fs::path(EW_SOURCE_DIR) / "tests/siprec";
const fs::path kSamples = fs::path(EW_SHARED_DIR) / "siprec/samples";

json expectations(const fs::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

std::string text_or(const json& object, const char* name) {
  return object.contains(name) ? object[name].get<std::string>() : "";
}

std::vector<std::string> findings_of(const CallRecord& call) {
  std::vector<std::string> codes;
  for (const CallEvent& event : call.events)
    if (event.kind == "finding") codes.push_back(event.detail.substr(0, event.detail.find(':')));
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

// Events that tell of parties and pauses, as "kind who".
std::vector<std::string> acts_of(const CallRecord& call) {
  std::vector<std::string> acts;
  for (const CallEvent& event : call.events)
    for (std::string_view kind :
         {"joined", "left", "rec_pause", "rec_resume", "rejoined", "transferred_from", "end"})
      if (event.kind == kind) acts.push_back(event.kind + (event.who.empty() ? "" : " " + event.who));
  return acts;
}

// "label participant first step-last step": in which steps of the script a stream's media was taken.
std::vector<std::string> streams_of(const CallRecord& call, const SiprecScript& script) {
  std::vector<std::string> streams;
  for (const MediaStream& stream : call.streams) {
    auto step = [&](WallTime at) { return std::to_string((at - script.start) / SiprecScript::kStepNs); };
    streams.push_back(stream.label + " " + stream.participant + " " + step(*stream.first_at) + "-" +
                      step(*stream.last_at));
  }
  std::sort(streams.begin(), streams.end());
  return streams;
}

void expect_call(const json& expected, const CallRecord& call, const std::vector<CallRecord>& calls,
                 const SiprecScript& script) {
  EXPECT_EQ(call.source, SourceKind::kSiprec);
  EXPECT_EQ(call.caller_number.value_or(""), text_or(expected, "caller"));
  EXPECT_EQ(call.caller_name.value_or(""), text_or(expected, "caller_name"));
  EXPECT_EQ(call.called_number.value_or(""), text_or(expected, "called"));
  EXPECT_EQ(call.called_name.value_or(""), text_or(expected, "called_name"));
  EXPECT_EQ(streams_of(call, script), expected["streams"].get<std::vector<std::string>>());
  EXPECT_EQ(findings_of(call), expected.value("findings", std::vector<std::string>()));
  if (expected.contains("acts")) EXPECT_EQ(acts_of(call), expected["acts"].get<std::vector<std::string>>());
  if (expected.contains("ids"))
    for (const auto& [kind, value] : expected["ids"].items())
      EXPECT_NE(std::find(call.external_ids.begin(), call.external_ids.end(), ExternalId{kind, value}),
                call.external_ids.end())
          << kind << " " << value;
  if (expected.contains("parent")) {
    const CallRecord& parent = calls.at(expected["parent"].get<size_t>());
    EXPECT_EQ(call.parent_call_id, parent.call_id);
    EXPECT_EQ(call.interaction_id, parent.interaction_id);
  } else {
    EXPECT_FALSE(call.parent_call_id);
  }
}

std::vector<CallRecord> played(SiprecScript& script, EngineRun& run) {
  script.play(run);
  run.engine->finish();
  std::vector<CallRecord> calls = run.calls();
  // Those that one message begins, by their ids.
  auto key = [](const CallRecord& call) {
    return std::pair(call.start_at, call.external_ids.empty() ? "" : call.external_ids.front().value);
  };
  std::stable_sort(calls.begin(), calls.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  return calls;
}

void expect_calls(const json& expected, const fs::path& path) {
  SiprecScript script(path);
  EngineRun run;
  std::vector<CallRecord> calls = played(script, run);
  ASSERT_EQ(calls.size(), expected["calls"].size());
  for (size_t i = 0; i < calls.size(); ++i) {
    SCOPED_TRACE("call " + std::to_string(i));
    expect_call(expected["calls"][i], calls[i], calls, script);
    uint64_t packets = 0;
    for (const MediaStream& stream : calls[i].streams) packets += stream.packets;
    EXPECT_EQ(run.stored[calls[i].call_id].size(), packets) << "what is counted is what is stored";
  }
  EXPECT_EQ(run.engine->open_recording_sessions(), 0u);
}

// tests/siprec/expected.json: by name of the script.
class OwnScripts : public ::testing::TestWithParam<std::string> {};
TEST_P(OwnScripts, GiveTheirCalls) {
  expect_calls(expectations(kScripts / "expected.json")[GetParam()], kScripts / (GetParam() + ".txt"));
}

std::vector<std::string> names_in(const fs::path& file) {
  std::vector<std::string> names;
  const json expected = expectations(file);
  for (const auto& [name, unused] : expected.items()) names.push_back(name);
  return names;
}
std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(All, OwnScripts, ::testing::ValuesIn(names_in(kScripts / "expected.json")),
                         test_name);

// ../shared/siprec/samples: what real clients send.
class SharedSamples : public ::testing::TestWithParam<std::string> {};
TEST_P(SharedSamples, GiveTheirCalls) {
  fs::path path = kSamples / (GetParam() + ".txt");
  if (!fs::exists(path)) GTEST_SKIP() << path << " is absent";
  expect_calls(expectations(kScripts / "shared_samples.json")[GetParam()], path);
}
INSTANTIATE_TEST_SUITE_P(All, SharedSamples, ::testing::ValuesIn(names_in(kScripts / "shared_samples.json")),
                         test_name);

// A sample that is new has to be looked at.
TEST(SharedSamples, AreAllExpected) {
  if (!fs::exists(kSamples)) GTEST_SKIP() << kSamples << " is absent";
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kSamples)) names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, names_in(kScripts / "shared_samples.json"));
}

// REQUIREMENTS A10: what the client sends while it has paused is not stored.
TEST(RecordingSession, NothingOfAPauseIsStored) {
  SiprecScript script(kScripts / "pause.txt");
  script.sends_when_paused = true;
  EngineRun run;
  std::vector<CallRecord> calls = played(script, run);
  ASSERT_EQ(calls.size(), 1u);
  for (const MediaStream& stream : calls[0].streams) {
    uint64_t expected = (stream.participant == "caller" ? 2 : 3) * SiprecScript::kPacketsPerStep;
    EXPECT_EQ(stream.packets, expected) << stream.participant;
  }
  EXPECT_GT(run.engine->counters().rtp_paused, 0u);
}

TEST(RecordingSession, APauseCostsNothingThatCameBeforeIt) {
  SiprecScript script(kScripts / "pause.txt");
  script.sends_when_paused = true;
  script.reads_last_packets_late = true;
  EngineRun run;
  std::vector<CallRecord> calls = played(script, run);
  ASSERT_EQ(calls.size(), 1u);
  for (const MediaStream& stream : calls[0].streams) {
    uint64_t expected = (stream.participant == "caller" ? 2 : 3) * SiprecScript::kPacketsPerStep;
    EXPECT_EQ(stream.packets, expected) << stream.participant;
  }
}

TEST(RecordingSession, NothingIsStoredWhileTheRecorderPauses) {
  SiprecScript script(kScripts / "vendor-by-the-book.txt");
  script.recorder_pauses = true;
  EngineRun run;
  std::vector<CallRecord> calls = played(script, run);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_TRUE(calls[0].streams.empty());
  EXPECT_GT(run.engine->counters().rtp_paused, 0u);
  EXPECT_EQ(acts_of(calls[0]), (std::vector<std::string>{"rec_pause caller", "rec_pause callee", "end"}));
}

// REQUIREMENTS A18: 200 documents that are broken in as many ways; not a packet is lost.
TEST(RecordingSession, BrokenMetadataCostsNoAudio) {
  std::ifstream file(kScripts / "vendor-by-the-book.txt");
  std::stringstream text;
  text << file.rdbuf();
  const std::string whole = text.str();
  size_t begin = whole.find("<?xml"), end = whole.find("</recording>") + 12;
  for (size_t i = 0; i < 200; ++i) {
    std::string broken = whole;
    size_t at = begin + 1 + (end - begin - 2) * i / 200;
    switch (i % 4) {
      case 0:
        broken.erase(at, end - at);
        break;  // cut off
      case 1:
        broken[at] = '\x01';
        break;
      case 2:
        broken.insert(at, "<!DOCTYPE x>");
        break;
      default:
        broken.insert(at, "<<&\"'>");
    }
    fs::path path = fs::temp_directory_path() / ("earwitness-broken-" + std::to_string(::getpid()) + ".txt");
    std::ofstream(path) << broken;
    SiprecScript script(path);
    fs::remove(path);
    EngineRun run;
    std::vector<CallRecord> calls = played(script, run);
    ASSERT_EQ(calls.size(), 1u) << i;
    uint64_t packets = 0;
    for (const MediaStream& stream : calls[0].streams) packets += stream.packets;
    ASSERT_EQ(packets, 2u * SiprecScript::kPacketsPerStep) << i << "\n" << broken;
  }
}

// REQUIREMENTS A24: when the session began and ended is what the client's Date says, else when it was
// received; which of them is said, and the call's own times are ours, however wrong the client's clock is.
TEST(RecordingSession, BeginsByTheDateThatTheClientGives) {
  std::ifstream file(kScripts / "vendor-by-the-book.txt");
  std::stringstream text;
  text << file.rdbuf();
  struct Case {
    const char *header, *began;
  };
  for (const Case& one :
       {Case{"", "2026-03-02T09:00:00.000000Z, when it was received"},
        Case{"Date: Mon, 02 Mar 2026 09:00:01 GMT\r\n", "2026-03-02T09:00:01.000000Z, by the client's Date"},
        Case{"Date: Mon, 02 Mar 2026 08:00:00 GMT\r\n", "2026-03-02T08:00:00.000000Z, by the client's Date"},
        Case{"Date: yesterday\r\n", "2026-03-02T09:00:00.000000Z, when it was received"}}) {
    std::string with_date = text.str();
    const size_t at = with_date.find("Call-ID: ");
    ASSERT_NE(at, std::string::npos);
    with_date.insert(at, one.header);
    const fs::path path =
        fs::temp_directory_path() / ("earwitness-date-" + std::to_string(::getpid()) + ".txt");
    std::ofstream(path) << with_date;
    SiprecScript script(path);
    fs::remove(path);
    EngineRun run;
    const std::vector<CallRecord> calls = played(script, run);
    ASSERT_EQ(calls.size(), 1u);
    std::map<std::string, std::string> said;
    for (const CallEvent& event : calls[0].events) said[event.kind] = event.detail;
    EXPECT_EQ(said["session_began"], one.began) << one.header;
    EXPECT_EQ(said["session_ended"], to_rfc3339(*calls[0].end_at) + ", when it was received");
    EXPECT_EQ(calls[0].start_at, script.start);
  }
}

// REQUIREMENTS A48: what may not be kept is in no message and in no record.
TEST(RecordingSession, WithheldMetadataIsNowhere) {
  struct Messages : EngineRun {
    std::string all;
    void on_signalling(call::Call& call, const Datagram& datagram, const sip::Message& message) override {
      all += as_text(datagram.payload);
      EngineRun::on_signalling(call, datagram, message);
    }
  };
  for (bool withheld : {false, true}) {
    SiprecScript script(kScripts / "vendor-by-the-book.txt");
    Messages run;
    if (withheld) run.settings.withheld_metadata = {"nameID"};
    std::vector<CallRecord> calls = played(script, run);
    ASSERT_EQ(calls.size(), 1u);
    EXPECT_EQ(run.all.find("anna@") == std::string::npos, withheld);
    EXPECT_EQ(calls[0].caller_name == "Anna Anderson", !withheld);
    EXPECT_EQ(calls[0].streams.size(), 2u);
  }
}

// Retransmissions and other copies of a message change nothing.
TEST(RecordingSession, CopiesOfMessagesChangeNothing) {
  struct Twice : EngineRun {
    void on_datagram(const Datagram& datagram) override {
      EngineRun::on_datagram(datagram);
      if (datagram.destination.port == 5060 || datagram.source.port == 5060) EngineRun::on_datagram(datagram);
    }
  };
  SiprecScript once(kScripts / "rfc8068-3-2-3-transfer.txt"), again = once;
  EngineRun first;
  Twice second;
  std::vector<CallRecord> expected = played(once, first), calls = played(again, second);
  ASSERT_EQ(calls.size(), expected.size());
  for (size_t i = 0; i < calls.size(); ++i) {
    EXPECT_EQ(acts_of(calls[i]), acts_of(expected[i]));
    EXPECT_EQ(calls[i].streams, expected[i].streams);
    EXPECT_EQ(calls[i].external_ids, expected[i].external_ids);
  }
}

// A session that its client forgot, and one that stays up without calls (REQUIREMENTS A25).
TEST(RecordingSession, APersistentSessionStaysUpWithoutCalls) {
  SiprecScript script(kScripts / "persistent-without-calls.txt");
  script.ends_with_bye = false;
  EngineRun run;
  script.play(run);
  WallTime last = script.step_at(script.steps());
  run.engine->advance(last + 24 * 3'600 * kNsPerSec);
  EXPECT_EQ(run.engine->open_recording_sessions(), 1u);
  run.engine->advance(last + 28 * 3'600 * kNsPerSec);
  EXPECT_EQ(run.engine->open_recording_sessions(), 0u);
  EXPECT_EQ(run.engine->open_calls(), 0u);
}

// A recorder whose disk is late tells of its 200 and then sends a 503 instead: no call goes on. Once the
// client has acknowledged the 200, a late refusal means nothing.
TEST(RecordingSession, A200ThatNeverLeftIsTakenBack) {
  for (bool is_acknowledged : {false, true}) {
    EngineRun run;
    run.engine = std::make_unique<call::Engine>(run.settings, run, run);
    WallTime now{1'772'442'000 * kNsPerSec};
    auto say = [&](const std::string& first_line, const std::string& method) {
      const bool answers = first_line.starts_with("SIP/2.0");
      const std::string text = first_line +
                               "\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK1\r\nFrom: <sip:src@a>;tag=a" +
                               "\r\nTo: <sip:srs@b>" + (answers || method == "ACK" ? ";tag=b" : "") +
                               "\r\nCall-ID: late\r\nCSeq: 1 " + method +
                               "\r\nRequire: siprec\r\nContact: <sip:src@192.0.2.10>;+sip.src\r\n\r\n";
      const Endpoint client = *Endpoint::parse("192.0.2.10:5060"),
                     recorder = *Endpoint::parse("192.0.2.1:5060");
      Datagram datagram;
      datagram.at = now = now + 20 * kNsPerMs;
      datagram.source = answers ? recorder : client;
      datagram.destination = answers ? client : recorder;
      datagram.payload = as_bytes(text);
      run.engine->on_datagram(datagram);
    };
    say("INVITE sip:srs@b SIP/2.0", "INVITE");
    say("SIP/2.0 200 OK", "INVITE");
    if (is_acknowledged) say("ACK sip:srs@b SIP/2.0", "ACK");
    say("SIP/2.0 503 Service Unavailable", "INVITE");
    run.engine->advance(now + 60 * kNsPerSec);
    EXPECT_EQ(run.engine->open_calls(), is_acknowledged ? 1u : 0u);
    const std::vector<CallRecord> calls = run.calls();
    ASSERT_EQ(calls.size(), 1u);
    EXPECT_EQ(calls[0].end_reason, is_acknowledged ? "" : "refused");
    EXPECT_EQ(calls[0].answer_at.has_value(), is_acknowledged);
  }
}

TEST(RecordingSession, SessionsAreBounded) {
  std::ifstream file(kScripts / "vendor-by-the-book.txt");
  EngineRun run;
  run.settings.max_calls = 10;
  for (int i = 0; i < 50; ++i) {
    SiprecScript script(kScripts / "vendor-by-the-book.txt");
    script.ends_with_bye = false;
    script.client_ip = "192.0.2." + std::to_string(100 + i);
    script.play(run);
  }
  EXPECT_LE(run.engine->open_recording_sessions(), 10u);
  EXPECT_LE(run.engine->open_calls(), 10u);
}

}  // namespace
}  // namespace ew::testing
