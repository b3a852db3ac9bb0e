// Captures in, calls out: every capture of the project's own generator against the truth file beside it, and,
// where they are at hand, real captures against what is known of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "call/dialog.h"
#include "engine_run.h"

namespace ew::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int64_t kTolerance = 20 * kNsPerMs;

json read_json(const fs::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

std::string text_or(const json& value, const std::string& otherwise) {
  return value.is_string() ? value.get<std::string>() : otherwise;
}

void expect_time(const json& truth, const std::optional<WallTime>& ours, const std::string& what) {
  if (truth.is_null()) {
    EXPECT_FALSE(ours) << what << ": none expected, found " << to_rfc3339(*ours);
    return;
  }
  WallTime expected;
  ASSERT_TRUE(parse_rfc3339(truth.get<std::string>(), expected)) << what;
  ASSERT_TRUE(ours) << what << " is unknown, expected " << truth;
  EXPECT_LE(std::abs(*ours - expected), kTolerance)
      << what << ": " << to_rfc3339(*ours) << ", expected " << truth;
}

void expect_stream(const json& truth, const std::vector<MediaStream>& streams) {
  uint8_t raw[4];
  ASSERT_TRUE(from_hex(truth["ssrc"].get<std::string>(), raw));
  uint32_t ssrc = ByteReader(raw).u32be();
  auto found =
      std::find_if(streams.begin(), streams.end(), [&](const MediaStream& s) { return s.ssrc == ssrc; });
  ASSERT_NE(found, streams.end()) << "no stream " << truth["ssrc"];
  const MediaStream& stream = *found;
  std::string what = "stream " + truth["ssrc"].get<std::string>();
  EXPECT_EQ(stream.participant, truth["participant"].get<std::string>()) << what;
  EXPECT_EQ(stream.source, truth["source"].get<std::string>()) << what;
  EXPECT_EQ(stream.destination, truth["destination"].get<std::string>()) << what;
  EXPECT_EQ(stream.codec, text_or(truth["codec"], "")) << what;
  EXPECT_EQ(stream.clock_rate, truth["clock_rate"].is_null() ? 0 : truth["clock_rate"].get<uint32_t>())
      << what;
  EXPECT_EQ(stream.packets, truth["packets"].get<uint64_t>()) << what;
  EXPECT_EQ(stream.lost, truth["lost"].get<uint64_t>()) << what;
  EXPECT_EQ(stream.duplicated, truth["duplicated"].get<uint64_t>()) << what;
  EXPECT_EQ(stream.reordered, truth["reordered"].get<uint64_t>()) << what;
  expect_time(truth["first_at"], stream.first_at, what + " first_at");
  expect_time(truth["last_at"], stream.last_at, what + " last_at");
}

void expect_holds(const json& truth, const CallRecord& call) {
  std::vector<Hold> holds;
  for (const Leg& leg : call.legs)
    if (leg.role == "a") holds.insert(holds.end(), leg.holds.begin(), leg.holds.end());
  ASSERT_EQ(holds.size(), truth.size());
  for (size_t i = 0; i < holds.size(); ++i) {
    expect_time(truth[i]["from"], holds[i].from, "hold from");
    expect_time(truth[i]["to"], holds[i].to, "hold to");
    EXPECT_EQ(holds[i].by, truth[i]["by"].get<std::string>());
  }
}

void expect_call(const json& truth, const CallRecord& call) {
  auto expect_text = [&](const char* name, const std::optional<std::string>& ours) {
    EXPECT_EQ(ours.value_or("(null)"), text_or(truth[name], "(null)")) << name;
  };
  expect_text("caller_number", call.caller_number);
  expect_text("caller_name", call.caller_name);
  expect_text("called_number", call.called_number);
  expect_text("connected_number", call.connected_number);
  EXPECT_EQ(name_of(call.tech_result), truth["tech_result"].get<std::string>());
  EXPECT_EQ(name_of(call.hangup_by), text_or(truth["hangup_by"], "unknown"));
  if (truth["end_reason_sip"].is_number()) EXPECT_EQ(call.end_reason_sip, truth["end_reason_sip"].get<int>());
  expect_time(truth["start_at"], call.start_at, "start_at");
  expect_time(truth["ring_at"], call.ring_at, "ring_at");
  expect_time(truth["answer_at"], call.answer_at, "answer_at");
  expect_time(truth["end_at"], call.end_at, "end_at");
  std::vector<std::string> ids = call.sip_call_ids, expected_ids = truth["sip_call_ids"];
  std::sort(ids.begin(), ids.end());
  std::sort(expected_ids.begin(), expected_ids.end());
  EXPECT_EQ(ids, expected_ids);
  expect_holds(truth["holds"], call);
  EXPECT_EQ(call.streams.size(), truth["streams"].size());
  for (const json& stream : truth["streams"]) expect_stream(stream, call.streams);
}

class OwnCaptures : public ::testing::TestWithParam<std::string> {};

TEST_P(OwnCaptures, GiveTheCallsOfTheirTruth) {
  fs::path folder = fs::path(EW_SOURCE_DIR) / "tests/captures";
  json truth = read_json(folder / (GetParam() + ".truth.json"));
  std::vector<std::string> paths;
  for (const json& name : truth["captures"]) paths.push_back(folder / name.get<std::string>());
  EngineRun run;
  Status status = run.run(paths);
  ASSERT_TRUE(status.ok()) << status.error().message();
  EXPECT_EQ(run.source.packets, truth["packets_total"].get<uint64_t>());
  std::vector<CallRecord> calls = run.calls();
  ASSERT_EQ(calls.size(), truth["calls"].size());
  for (size_t i = 0; i < calls.size(); ++i) {
    SCOPED_TRACE("call " + std::to_string(i + 1));
    const json& expected = truth["calls"][i];
    expect_call(expected, calls[i]);
    if (expected["parent"].is_null()) {
      EXPECT_FALSE(calls[i].parent_call_id);
    } else {
      const CallRecord& parent = calls[expected["parent"].get<size_t>()];
      EXPECT_EQ(calls[i].parent_call_id, parent.call_id);
      EXPECT_EQ(calls[i].interaction_id, parent.interaction_id);
    }
  }
}

// No packet is stored twice, and as many as the streams say were taken.
TEST_P(OwnCaptures, StoreEachPacketOnce) {
  fs::path folder = fs::path(EW_SOURCE_DIR) / "tests/captures";
  json truth = read_json(folder / (GetParam() + ".truth.json"));
  std::vector<std::string> paths;
  for (const json& name : truth["captures"]) paths.push_back(folder / name.get<std::string>());
  if (paths.size() > 1) return;  // packet numbers are per capture
  EngineRun run;
  ASSERT_TRUE(run.run(paths).ok());
  for (const auto& [id, record] : run.records) {
    auto stored = run.stored[id];
    uint64_t expected = 0;
    for (const MediaStream& stream : record.streams) expected += stream.packets;
    EXPECT_EQ(stored.size(), expected);
    std::sort(stored.begin(), stored.end());
    EXPECT_EQ(std::adjacent_find(stored.begin(), stored.end()), stored.end());
  }
}

TEST(Notes, GoToTheCallThatTheyNameAndAreBounded) {
  struct Noted : EngineRun {
    std::vector<std::string> details;
    void on_note(call::Call&, const call::Note& note) override { details.emplace_back(note.detail); }
    // While the call goes on.
    void on_call(call::Call& call, call::Change change) override {
      EngineRun::on_call(call, change);
      if (change != call::Change::kBegun || call.dialogs.empty()) return;
      call_id = call.dialogs.front()->leg.sip_call_id;
    }
    void on_datagram(const Datagram& datagram) override {
      EngineRun::on_datagram(datagram);
      if (call_id.empty() || !details.empty()) return;
      taken_of_none = engine->note("nobody's", {datagram.at, "hep_log", "agent 1", "lost"});
      for (int i = 0; i < 10; ++i)
        taken += engine->note(call_id, {datagram.at, "hep_log", "agent 1", "kept"});
    }
    std::string call_id;
    int taken = 0;
    bool taken_of_none = true;
  };
  Noted run;
  run.settings.max_notes_per_call = 4;
  ASSERT_TRUE(run.run({(fs::path(EW_SOURCE_DIR) / "tests/captures/pcmu.pcap").string()}).ok());
  EXPECT_FALSE(run.taken_of_none);
  EXPECT_EQ(run.taken, 4);
  EXPECT_EQ(run.details, std::vector<std::string>(4, "kept"));
  EXPECT_FALSE(run.engine->note(run.call_id, {})) << "it is over";
}

std::vector<std::string> own_captures() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(EW_SOURCE_DIR) / "tests/captures")) {
    std::string name = entry.path().filename();
    if (name.ends_with(".truth.json")) names.push_back(name.substr(0, name.size() - 11));
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, OwnCaptures, ::testing::ValuesIn(own_captures()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace ew::testing
