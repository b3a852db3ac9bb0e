#include "siprec/state.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace ew::siprec {
namespace {

Document complete(Content content) {
  Document document;
  document.understood = true;
  document.content = std::move(content);
  return document;
}

Document partial(Content content) {
  Document document = complete(std::move(content));
  document.mode = DataMode::kPartial;
  return document;
}

TEST(State, ACompleteSnapshotReplacesAndAPartialOneMerges) {
  State state;
  Findings findings;
  state.apply(complete({.sessions = {{.id = "S"}},
                        .participants = {{"P1", {{"sip:1@x", ""}}}, {"P2", {{"sip:2@x", ""}}}}}),
              findings);
  EXPECT_TRUE(state.has_snapshot());
  state.apply(partial({.participants = {{"P2", {{"sip:2@x", "Boris"}}}, {"P3", {}}}}), findings);
  ASSERT_EQ(state.content().participants.size(), 3u);
  EXPECT_EQ(state.content().participants[1].names[0].name, "Boris");
  EXPECT_EQ(state.content().sessions.size(), 1u);
  Document broken = partial({.participants = {{"P9", {}}}});
  broken.understood = false;
  state.apply(broken, findings);
  EXPECT_EQ(state.content().participants.size(), 3u);
  state.apply(complete({.sessions = {{.id = "T"}}}), findings);
  EXPECT_TRUE(state.content().participants.empty());
  EXPECT_EQ(state.content().sessions[0].id, "T");
  EXPECT_TRUE(findings.all().empty());
}

TEST(State, APartialUpdateBeforeASnapshotIsTakenAndOneIsWanted) {
  State state;
  Findings findings;
  state.apply(partial({.participants = {{"P1", {}}}}), findings);
  EXPECT_TRUE(state.wants_snapshot());
  EXPECT_TRUE(findings.has(Rule::kPartialFirst));
  EXPECT_EQ(state.content().participants.size(), 1u);
  state.apply(complete({}), findings);
  EXPECT_FALSE(state.wants_snapshot());
}

TEST(State, SeveralElementsOfOneAssociationAreOne) {
  State state;
  Findings findings;
  state.apply(complete({.participant_streams = {{.participant = "P", .send = {"A"}, .receive = {}},
                                                {.participant = "P", .send = {"B"}, .receive = {"C"}}}}),
              findings);
  ASSERT_EQ(state.content().participant_streams.size(), 1u);
  EXPECT_EQ(state.content().participant_streams[0].send, (std::vector<std::string>{"A", "B"}));
  state.apply(partial({.participant_streams = {{.participant = "P", .send = {"D"}, .receive = {}}}}),
              findings);
  EXPECT_EQ(state.content().participant_streams[0].send, (std::vector<std::string>{"D"}))
      << "said anew as a whole";
}

TEST(State, IsBounded) {
  State state;
  Findings findings;
  for (int round = 0; round < 4; ++round) {
    Content content;
    for (size_t i = 0; i < kMaxObjects / 2; ++i)
      content.participants.push_back({std::to_string(round) + "/" + std::to_string(i), {}});
    state.apply(partial(content), findings);
  }
  EXPECT_EQ(state.content().participants.size(), kMaxObjects);
  EXPECT_TRUE(findings.has(Rule::kTooMany));
}

// REQUIREMENTS A15. The model keeps each kind in a map from key to the text of what was said last; documents
// go through their XML form, so that the parser is part of what is compared.
struct Model {
  std::map<std::string, std::string> participants, sessions, streams, in_session, sends, recorded;

  void clear() { *this = {}; }
};

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& element : list) text += element + ",";
  return text;
}

Model model_of(const Content& content) {
  Model model;
  for (const auto& p : content.participants)
    model.participants[p.id] = p.names.empty() ? "" : p.names[0].aor + "|" + p.names[0].name;
  for (const auto& s : content.sessions)
    model.sessions[s.id] = s.group + (s.stop_at ? to_rfc3339(*s.stop_at) : "");
  for (const auto& s : content.streams) model.streams[s.id] = s.session + "|" + s.label;
  for (const auto& in : content.participant_sessions)
    model.in_session[in.participant + "/" + in.session] =
        in.disassociate_at ? to_rfc3339(*in.disassociate_at) : "";
  for (const auto& s : content.participant_streams)
    model.sends[s.participant] = joined(s.send) + "|" + joined(s.receive);
  for (const auto& r : content.session_recordings)
    model.recorded[r.session] = r.disassociate_at ? to_rfc3339(*r.disassociate_at) : "";
  return model;
}

TEST(State, RandomUpdatesGiveWhatTheModelGives) {
  constexpr int kSequences = 2, kUpdates = 1'000;
  for (int sequence = 0; sequence < kSequences; ++sequence) {
    std::mt19937 random(static_cast<uint32_t>(sequence));
    auto below = [&](uint32_t bound) { return random() % bound; };
    auto name = [&](const char* kind, uint32_t bound) { return kind + std::to_string(below(bound)); };
    State state;
    Findings findings;
    Model model;
    for (int update = 0; update < kUpdates; ++update) {
      bool is_complete = update == 0 || below(50) == 0;
      if (is_complete) model.clear();
      std::string xml = std::string("<recording xmlns='urn:ietf:params:xml:ns:recording:1'><datamode>") +
                        (is_complete ? "complete" : "partial") + "</datamode>";
      Model said;  // each key once per document
      for (uint32_t i = below(6); i > 0; --i) {
        std::string time = "2026-03-02T09:00:" + std::to_string(10 + below(50)) + "Z";
        std::string stored_time = time.substr(0, 19) + ".000000Z";
        switch (below(6)) {
          case 0: {
            std::string id = name("P", 30), aor = "sip:" + name("u", 9) + "@x", display = name("n", 9);
            if (said.participants.contains(id)) break;
            said.participants[id] = model.participants[id] = aor + "|" + display;
            xml += "<participant participant_id='" + id + "'><nameID aor='" + aor + "'><name>" + display +
                   "</name></nameID></participant>";
            break;
          }
          case 1: {
            std::string id = name("S", 10), group = name("G", 3);
            bool stops = below(4) == 0;
            if (said.sessions.contains(id)) break;
            said.sessions[id] = model.sessions[id] = group + (stops ? stored_time : "");
            xml += "<session session_id='" + id + "'><group-ref>" + group + "</group-ref>" +
                   (stops ? "<stop-time>" + time + "</stop-time>" : "") + "</session>";
            break;
          }
          case 2: {
            std::string id = name("M", 40), session = name("S", 10), label = name("", 100);
            if (said.streams.contains(id)) break;
            said.streams[id] = model.streams[id] = session + "|" + label;
            xml += "<stream stream_id='" + id + "' session_id='" + session + "'><label>" + label +
                   "</label></stream>";
            break;
          }
          case 3: {
            std::string participant = name("P", 30), session = name("S", 10),
                        key = participant + "/" + session;
            bool leaves = below(2) == 0;
            if (said.in_session.contains(key)) break;
            said.in_session[key] = model.in_session[key] = leaves ? stored_time : "";
            xml += "<participantsessionassoc participant_id='" + participant + "' session_id='" + session +
                   "'>" + (leaves ? "<disassociate-time>" + time + "</disassociate-time>" : "") +
                   "</participantsessionassoc>";
            break;
          }
          case 4: {
            std::string participant = name("P", 30), send, receive, inside;
            if (said.sends.contains(participant)) break;
            for (uint32_t n = below(4); n > 0; --n) {
              std::string id = name("M", 40);
              bool sends = below(2) == 0;
              (sends ? send : receive) += id + ",";
              inside += sends ? "<send>" + id + "</send>" : "<recv>" + id + "</recv>";
            }
            said.sends[participant] = model.sends[participant] = send + "|" + receive;
            xml += "<participantstreamassoc participant_id='" + participant + "'>" + inside +
                   "</participantstreamassoc>";
            break;
          }
          default: {
            std::string session = name("S", 10);
            bool leaves = below(2) == 0;
            if (said.recorded.contains(session)) break;
            said.recorded[session] = model.recorded[session] = leaves ? stored_time : "";
            xml += "<sessionrecordingassoc session_id='" + session + "'>" +
                   (leaves ? "<disassociate-time>" + time + "</disassociate-time>" : "") +
                   "</sessionrecordingassoc>";
          }
        }
      }
      Document document = parse_metadata(xml + "</recording>");
      ASSERT_TRUE(document.understood);
      state.apply(document, findings);
      Model ours = model_of(state.content());
      ASSERT_EQ(ours.participants, model.participants) << "seed " << sequence << ", update " << update;
      ASSERT_EQ(ours.sessions, model.sessions) << "seed " << sequence << ", update " << update;
      ASSERT_EQ(ours.streams, model.streams) << "seed " << sequence << ", update " << update;
      ASSERT_EQ(ours.in_session, model.in_session) << "seed " << sequence << ", update " << update;
      ASSERT_EQ(ours.sends, model.sends) << "seed " << sequence << ", update " << update;
      ASSERT_EQ(ours.recorded, model.recorded) << "seed " << sequence << ", update " << update;
    }
  }
}

}  // namespace
}  // namespace ew::siprec
