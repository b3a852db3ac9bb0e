// What every call log must do, whichever database is behind it. Instantiated with a Backend for each.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "db/call_log.h"
#include "db/fold.h"
#include "db/phone.h"
#include "db/row_visitors.h"
#include "db/schema.h"
#include "db/test_backends_internal.h"
#include "model/testing.h"

namespace ew::db {

// Moves on by a second at every look.
class TickingClock : public Clock {
 public:
  WallTime wall() const override { return {++ticks_ * kNsPerSec}; }
  int64_t monotonic_ns() const override { return ticks_ * kNsPerSec; }

 private:
  mutable std::atomic<int64_t> ticks_ = 0;
};

class RandomCalls : public ew::testing::RandomRecords {
 public:
  using RandomRecords::RandomRecords;

  // Everything that can be stored of a call, in the order in which it is read back.
  CallRows rows() {
    CallRows made{.call = call(), .recordings = {}, .parts = {}};
    made.call.tenant = "default";
    for (uint64_t i = below(4); i > 0; --i) made.recordings.push_back(recording_of(made.call));
    for (uint64_t i = below(4); i > 0; --i) made.parts.push_back(part_of(made.call));
    arrange(made);
    return made;
  }
  // One of few values for everything that is filtered by, so that filters find some and not all.
  CallRows filterable() {
    CallRows made = rows();
    CallRecord& call = made.call;
    call.start_at = WallTime::from_us(1'700'000'000'000'000 + static_cast<int64_t>(below(20)) * 1'000'000);
    call.end_at.reset();
    if (!one_in(4)) call.end_at = call.start_at + static_cast<int64_t>(below(8)) * kNsPerSec / 2;
    call.tech_result = static_cast<TechResult>(below(3));
    call.direction = static_cast<Direction>(below(3));
    call.source = static_cast<SourceKind>(below(2));
    for (auto* number : {&call.caller_number, &call.called_number, &call.connected_number})
      *number = pick(kNumbers);
    for (auto* name : {&call.caller_name, &call.called_name}) *name = pick(kNames);
    call.sip_call_ids = {std::string(kIds[below(3)])};
    for (RecordingRecord& recording : made.recordings) {
      recording.state = static_cast<RecordingState>(below(3));
      for (MediaStream& stream : recording.streams) stream.codec = kCodecs[below(4)];
    }
    for (MediaStream& stream : call.streams) stream.codec = kCodecs[below(4)];
    if (!made.recordings.empty()) call.streams = made.recordings.front().streams;
    return made;
  }
  CallFilter filter() {
    CallFilter made;
    auto maybe = [&](auto& member, auto value) {
      if (one_in(4)) member = value;
    };
    maybe(made.from, WallTime::from_us(1'700'000'000'000'000 + static_cast<int64_t>(below(20)) * 1'000'000));
    maybe(made.to, WallTime::from_us(1'700'000'000'000'000 + static_cast<int64_t>(below(20)) * 1'000'000));
    maybe(made.number, std::string(kAskedNumbers[below(std::size(kAskedNumbers))]));
    maybe(made.name, std::string(kAskedNames[below(std::size(kAskedNames))]));
    maybe(made.tech_result, static_cast<TechResult>(below(3)));
    maybe(made.direction, static_cast<Direction>(below(3)));
    maybe(made.recording_state, static_cast<RecordingState>(below(3)));
    maybe(made.min_duration_sec, static_cast<double>(below(6)) / 2);
    maybe(made.max_duration_sec, static_cast<double>(below(6)) / 2);
    maybe(made.codec, std::string(kCodecs[below(4)]));
    maybe(made.source, static_cast<SourceKind>(below(2)));
    maybe(made.sip_call_id, std::string(kIds[below(3)]));
    for (uint64_t i = one_in(3) ? below(3) : 0; i > 0; --i)
      made.words.emplace_back(kAskedWords[below(std::size(kAskedWords))]);
    return made;
  }

 private:
  static constexpr const char* kNumbers[] = {"+421905123456", "00421905123999", "0905 123 456", "100",
                                             "*98",           "alice"};
  static constexpr const char* kAskedNumbers[] = {"+421905", "00421 905 123 4", "0905", "1", "*9", "ALI", "",
                                                  "7"};
  static constexpr const char* kNames[] = {"Jana Nováková", "JOSÉ O'Brien", "Алёна Йод", "50%_off!", ""};
  static constexpr const char* kAskedNames[] = {
      "novak", "JOSE", "алена", "%", "_", "!", "a", "'; DROP TABLE call--", ""};
  static constexpr const char* kCodecs[] = {"PCMU", "opus", "Opus", ""};
  static constexpr const char* kIds[] = {"a-1@10.0.0.1", "b@[::1]", "'"};
  static constexpr const char* kAskedWords[] = {"jana", "NOV",  "o'brien", "421", "алё",
                                                "a",    "off!", "zzz",     "--"};

  template <size_t n>
  std::optional<std::string> pick(const char* const (&values)[n]) {
    uint64_t index = below(n + 1);
    return index == n ? std::nullopt : std::optional<std::string>(values[index]);
  }
  RecordingRecord recording_of(const CallRecord& call) {
    RecordingRecord made = recording();
    made.call_id = call.call_id;
    field("streams", made.streams);
    return made;
  }
  PartRow part_of(const CallRecord& call) {
    PartRow made;
    visit_fields(*this, made);
    made.call_id = call.call_id;
    made.tenant = call.tenant;
    return made;
  }
  static void arrange(CallRows& rows) {
    sort_by_time(rows.recordings);
    if (!rows.recordings.empty()) rows.call.streams = rows.recordings.front().streams;
    std::sort(rows.parts.begin(), rows.parts.end(),
              [](const PartRow& a, const PartRow& b) { return a.part_id < b.part_id; });
  }
};

// The meaning of a filter, said a second time and plainly.
inline bool matches(const CallFilter& filter, const CallRows& rows) {
  const CallRecord& call = rows.call;
  auto begins = [](const std::string& text, const std::string& prefix) { return text.starts_with(prefix); };
  if (call.tenant != filter.tenant) return false;
  if (filter.from && call.start_at < *filter.from) return false;
  if (filter.to && call.start_at >= *filter.to) return false;
  if (filter.tech_result && call.tech_result != *filter.tech_result) return false;
  if (filter.direction && call.direction != *filter.direction) return false;
  if (filter.source && call.source != *filter.source) return false;
  RecordingState state = rows.recordings.empty() ? RecordingState::kNoMedia : rows.recordings.front().state;
  if (filter.recording_state && state != *filter.recording_state) return false;
  if (filter.min_duration_sec || filter.max_duration_sec) {
    if (!call.end_at) return false;
    double duration = static_cast<double>(*call.end_at - call.start_at) / 1e9;
    if (filter.min_duration_sec && duration < *filter.min_duration_sec) return false;
    if (filter.max_duration_sec && duration > *filter.max_duration_sec) return false;
  }
  if (filter.number && !number_key(*filter.number).empty()) {
    bool any = false;
    for (const auto* number : {&call.caller_number, &call.called_number, &call.connected_number})
      any |= *number && begins(number_key(**number), number_key(*filter.number));
    if (!any) return false;
  }
  auto has_words = [&](const std::string& text) {
    std::vector<std::string> asked = words_of(fold(text));
    std::vector<Term> terms = terms_of(rows);
    return std::all_of(asked.begin(), asked.end(), [&](const std::string& word) {
      return std::any_of(terms.begin(), terms.end(),
                         [&](const Term& term) { return term.kind == "word" && begins(term.term, word); });
    });
  };
  if (filter.name) {
    bool any = filter.name->empty();
    for (const auto* name : {&call.caller_name, &call.called_name})
      any |= *name && fold(**name).find(fold(*filter.name)) != std::string::npos;
    if (!any || !has_words(*filter.name)) return false;
  }
  if (filter.codec) {
    bool any = false;
    auto look = [&](const std::vector<MediaStream>& streams) {
      for (const MediaStream& stream : streams) {
        any |= !stream.codec.empty() && fold(stream.codec) == fold(*filter.codec);
        for (const std::string& codec : stream.codecs)
          any |= !codec.empty() && fold(codec) == fold(*filter.codec);
      }
    };
    look(call.streams);
    for (const RecordingRecord& recording : rows.recordings) look(recording.streams);
    if (!any) return false;
  }
  if (filter.sip_call_id) {
    bool any = std::count(call.sip_call_ids.begin(), call.sip_call_ids.end(), *filter.sip_call_id) > 0;
    for (const Leg& leg : call.legs) any |= leg.sip_call_id == *filter.sip_call_id;
    if (!any) return false;
  }
  return std::all_of(filter.words.begin(), filter.words.end(), has_words);
}

inline CallId numbered_call(uint32_t number) {
  CallId id;
  id.bytes[0] = 1;
  for (int i = 0; i < 4; ++i) id.bytes[15 - i] = static_cast<uint8_t>(number >> (8 * i));
  return id;
}

inline CallRows small_call(uint32_t number, int64_t start_us = 1'700'000'000'000'000) {
  CallRows rows;
  rows.call.call_id = numbered_call(number);
  rows.call.start_at = WallTime::from_us(start_us);
  return rows;
}

class CallLogContract : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    auto url = GetParam().fresh_url();
    if (!url) GTEST_SKIP() << "EW_TEST_POSTGRES names no server (tools/with_postgres starts one)";
    url_ = *url;
    log_ = open();
  }
  std::unique_ptr<CallLog> open() {
    auto opened = CallLog::open(url_, std::make_unique<TickingClock>());
    if (!opened.ok()) ADD_FAILURE() << opened.error().message();
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  void store(const std::vector<CallRows>& rows) {
    Status stored = log_->store(rows, "", "");
    ASSERT_TRUE(stored.ok()) << stored.error().message();
  }
  std::vector<std::string> dump() {
    std::vector<std::string> lines;
    EXPECT_TRUE(log_->dump([&](const std::string& line) { lines.push_back(line); }).ok());
    return lines;
  }
  std::vector<CallId> listed(const CallFilter& filter, size_t page_size) {
    std::vector<CallId> ids;
    std::optional<PageKey> after;
    do {
      auto page = log_->list(filter, after, page_size);
      EXPECT_TRUE(page.ok()) << (page.ok() ? "" : page.error().message());
      if (!page.ok()) break;
      EXPECT_LE(page->calls.size(), page_size);
      for (const CallRecord& call : page->calls) ids.push_back(call.call_id);
      after = page->next;
    } while (after);
    return ids;
  }

  std::string url_;
  std::unique_ptr<CallLog> log_;
};

TEST_P(CallLogContract, GivesBackEverythingThatWasStored) {
  RandomCalls random(11);
  std::vector<CallRows> all;
  for (int i = 0; i < 60; ++i) all.push_back(random.rows());
  store(all);
  for (const CallRows& rows : all) {
    auto found = log_->find("default", rows.call.call_id);
    ASSERT_TRUE(found.ok()) << found.error().message();
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->call, rows.call);
    EXPECT_EQ((*found)->recordings, rows.recordings);
    ASSERT_EQ((*found)->parts.size(), rows.parts.size());
    auto lines = log_->dump_call("default", rows.call.call_id);
    ASSERT_TRUE(lines.ok()) << lines.error().message();
    EXPECT_EQ(*lines, CallLog::dump_of(rows));
  }
  EXPECT_FALSE(log_->find("default", numbered_call(1))->has_value());
  EXPECT_FALSE(log_->find("other", all[0].call.call_id)->has_value());
  EXPECT_THAT(*log_->dump_call("other", all[0].call.call_id), ::testing::IsEmpty());
}

TEST_P(CallLogContract, StoringAgainReplacesEveryRow) {
  RandomCalls random(12);
  CallRows first = random.rows(), second = random.rows(), other = random.rows();
  store({first, other});
  second.call.call_id = first.call.call_id;
  for (auto& recording : second.recordings) recording.call_id = first.call.call_id;
  for (auto& part : second.parts) part.call_id = first.call.call_id;
  store({second});
  EXPECT_EQ(*log_->dump_call("default", first.call.call_id), CallLog::dump_of(second));
  EXPECT_EQ(*log_->dump_call("default", other.call.call_id), CallLog::dump_of(other));
  auto before = dump();
  store({second, other});
  EXPECT_EQ(dump(), before);
}

TEST_P(CallLogContract, KeepsWhenACallWasFirstStored) {
  store({small_call(1)});
  store({small_call(1)});
  if (!GetParam().shared) GTEST_SKIP() << "no second connection to look through";
  auto connection = GetParam().connect(url_);
  ASSERT_TRUE(connection.ok());
  auto statement = (*connection)->prepare(Sql("SELECT created_at, updated_at, ingest_version FROM call"));
  ASSERT_TRUE(*(*statement)->next());
  EXPECT_EQ((*statement)->integer(0), 1'000'000);
  EXPECT_EQ((*statement)->integer(1), 2'000'000);
  EXPECT_EQ((*statement)->integer(2), kIngestVersion);
}

TEST_P(CallLogContract, RowsAndCursorComeTogetherOrNotAtAll) {
  ASSERT_TRUE(log_->store({small_call(1)}, "journal", "1").ok());
  EXPECT_EQ(*log_->cursor("journal"), "1");
  EXPECT_EQ(*log_->cursor("other"), std::nullopt);
  auto before = dump();
  CallRows faulty = small_call(3);
  faulty.recordings.resize(2);  // twice the same recording: the second row is refused
  for (auto& recording : faulty.recordings) recording.call_id = faulty.call.call_id;
  EXPECT_FALSE(log_->store({small_call(2), faulty, small_call(4)}, "journal", "2").ok());
  EXPECT_EQ(dump(), before);
  EXPECT_EQ(*log_->cursor("journal"), "1");
  // And the log is as usable as before.
  EXPECT_TRUE(log_->store({small_call(2), small_call(4)}, "journal", "3").ok());
  EXPECT_EQ(*log_->cursor("journal"), "3");
  EXPECT_EQ(listed({}, 10).size(), 3u);
}

TEST_P(CallLogContract, RefusesRecordsOfAnotherCall) {
  CallRows rows = small_call(1);
  rows.recordings.resize(1);
  EXPECT_FALSE(log_->store({rows}, "", "").ok());
  rows = small_call(1);
  rows.parts.resize(1);
  rows.parts[0].call_id = rows.call.call_id;
  rows.parts[0].tenant = "other";
  EXPECT_FALSE(log_->store({rows}, "", "").ok());
  EXPECT_THAT(dump(), ::testing::IsEmpty());
}

TEST_P(CallLogContract, PagesAreStableOverEqualStartTimes) {
  std::vector<CallRows> all;
  for (uint32_t i = 1; i <= 53; ++i) all.push_back(small_call(i, 1'700'000'000'000'000 + i / 20));
  store(all);
  std::vector<CallId> expected;
  for (uint32_t i = 53; i >= 1; --i) expected.push_back(numbered_call(i));
  for (size_t size : {1, 7, 52, 53, 54}) EXPECT_EQ(listed({}, size), expected) << size;

  auto first = log_->list({}, std::nullopt, 5);
  store({small_call(99, 1'700'000'000'000'009)});  // a newer call arrives while somebody pages
  auto second = log_->list({}, first->next, 5);
  EXPECT_EQ(second->calls[0].call_id, numbered_call(48));
}

TEST_P(CallLogContract, ListsCallsWithLegsStreamsAndRecordings) {
  RandomCalls random(13);
  CallRows rows = random.rows();
  store({rows});
  auto page = log_->list({}, std::nullopt, 10);
  ASSERT_EQ(page->calls.size(), 1u);
  EXPECT_EQ(page->recordings[0], rows.recordings);
  rows.call.events.clear();
  EXPECT_EQ(page->calls[0], rows.call);
  EXPECT_FALSE(page->next);
}

TEST_P(CallLogContract, EveryFilterMeansWhatTheModelSays) {
  RandomCalls random(14);
  std::vector<CallRows> all;
  for (int i = 0; i < 150; ++i) all.push_back(random.filterable());
  all.back().call.tenant = "other";
  for (auto& part : all.back().parts) part.tenant = "other";
  store(all);
  std::sort(all.begin(), all.end(), [](const CallRows& a, const CallRows& b) {
    return std::pair(a.call.start_at, a.call.call_id) > std::pair(b.call.start_at, b.call.call_id);
  });
  size_t found_any = 0;
  for (int round = 0; round < 150; ++round) {
    CallFilter filter = random.filter();
    std::vector<CallId> expected;
    for (const CallRows& rows : all)
      if (matches(filter, rows)) expected.push_back(rows.call.call_id);
    ASSERT_EQ(listed(filter, 40), expected) << "round " << round;
    auto count = log_->count(filter);
    ASSERT_TRUE(count.ok());
    EXPECT_EQ(count->value, expected.size());
    EXPECT_FALSE(count->more);
    found_any += !expected.empty();
  }
  EXPECT_GT(found_any, 25u);  // else the test would compare nothing with nothing
}

// Enough calls, and far enough apart, that the search goes through all its slices: the newest thousand, then
// days.
TEST_P(CallLogContract, FiltersReachFarBack) {
  RandomCalls random(18);
  std::vector<CallRows> all;
  for (uint32_t i = 0; i < 1'500; ++i) {
    CallRows rows = small_call(i, 1'700'000'000'000'000 - static_cast<int64_t>(i) * 1'000'000);
    bool is_old = i >= 1'100;  // some before 1970, and a gap of years
    if (is_old)
      rows.call.start_at = WallTime::from_us(400'000'000'000 - i * static_cast<int64_t>(600'000'000));
    uint64_t kind = random.below(is_old ? 5 : 40);
    rows.call.caller_name = kind == 0 ? "Jana Nováková" : kind == 1 ? "Jana Malá" : "Peter";
    rows.call.called_number = kind < 3 ? "+421905" + std::to_string(random.below(1000)) : "100";
    rows.call.tech_result = kind < 2 ? TechResult::kBusy : TechResult::kAnswered;
    if (kind != 1) rows.call.end_at = rows.call.start_at + static_cast<int64_t>(random.below(90)) * kNsPerSec;
    all.push_back(std::move(rows));
  }
  store(all);
  std::vector<CallFilter> filters = {
      {.name = "novak"},
      {.words = {"jana"}},
      {.number = "00421905"},
      {.number = "00421905", .tech_result = TechResult::kAnswered},
      {.tech_result = TechResult::kBusy},
      {.tech_result = TechResult::kBusy, .words = {"jana", "nov"}},
      {.tech_result = TechResult::kBusy, .min_duration_sec = 45},
      {.min_duration_sec = 20, .max_duration_sec = 20},
      {.max_duration_sec = 20, .words = {"421"}},
      {.to = WallTime::from_us(0), .words = {"jan"}},
      {.from = WallTime::from_us(0), .to = WallTime::from_us(1'699'999'999'000'000), .words = {"nov"}},
      {.recording_state = RecordingState::kFailed},
      {.words = {"nobody"}}};
  for (size_t i = 0; i < filters.size(); ++i) {
    std::vector<CallId> expected;
    for (const CallRows& rows : all)
      if (matches(filters[i], rows)) expected.push_back(rows.call.call_id);
    EXPECT_EQ(listed(filters[i], 37), expected) << "filter " << i;
    EXPECT_EQ(log_->count(filters[i])->value, expected.size()) << "filter " << i;
    EXPECT_EQ(expected.size() > 10, i < 11) << "filter " << i << " finds " << expected.size();
  }
}

TEST_P(CallLogContract, CountsExactlyToTenThousand) {
  auto store_range = [&](uint32_t from, uint32_t to) {
    std::vector<CallRows> batch;
    for (uint32_t i = from; i <= to; ++i) batch.push_back(small_call(i));
    store(batch);
  };
  store_range(1, 9'999);
  EXPECT_EQ(log_->count({})->value, 9'999u);
  EXPECT_FALSE(log_->count({})->more);
  store_range(10'000, 10'000);
  EXPECT_EQ(log_->count({})->value, 10'000u);
  EXPECT_FALSE(log_->count({})->more);
  store_range(10'001, 10'001);
  EXPECT_EQ(log_->count({})->value, 10'000u);
  EXPECT_TRUE(log_->count({})->more);
}

TEST_P(CallLogContract, HostileTextsAreOnlyText) {
  std::vector<std::string> texts = {
      "'; DROP TABLE call--",         "\" OR 1=1 --",     "$1 ? {text} %s %n",
      std::string("nul\0inside", 10), "\xff\xfe\xc3\x28", std::string(100'000, 'x'),
      std::string(100'000, '\xff'),   "\\'; --",          "\x1b[31m"};
  uint32_t number = 0;
  for (const std::string& text : texts) {
    CallRows rows = small_call(++number);
    rows.call.caller_name = rows.call.called_number = text;
    rows.call.source_detail = text;
    rows.call.sip_call_ids = {text};
    rows.call.legs = {{.sip_call_id = text, .from_name = text, .user_agent = text}};
    rows.call.events = {{rows.call.start_at, text, text, text}};
    rows.call.streams.resize(1);
    rows.call.streams[0].codec = text;
    ASSERT_TRUE(log_->store({rows}, text, text.substr(0, 2'000)).ok());
    EXPECT_EQ(*log_->dump_call("default", rows.call.call_id), CallLog::dump_of(rows));
    auto found = log_->find("default", rows.call.call_id);
    ASSERT_TRUE(found.ok() && *found);
    EXPECT_EQ((*found)->call.caller_name, stored_text(text));
    EXPECT_LE((*found)->call.caller_name->size(), kTextMax);
    EXPECT_EQ(*log_->find_by_sip_call_id("default", text, rows.call.start_at, 0), rows.call.call_id);
    for (CallFilter filter : {CallFilter{.name = text}, CallFilter{.sip_call_id = text},
                              CallFilter{.codec = text}, CallFilter{.number = text}})
      EXPECT_THAT(listed(filter, 10), ::testing::Contains(rows.call.call_id)) << text.substr(0, 30);
    EXPECT_THAT(listed({.tenant = text}, 10), ::testing::IsEmpty());
    EXPECT_TRUE(log_->find_by_prefix("default", text)->empty());
    EXPECT_TRUE(log_->cursor(text)->has_value());
    EXPECT_TRUE(log_->capture(text)->has_value() == false);
  }
  EXPECT_EQ(log_->count({})->value, texts.size());
}

TEST_P(CallLogContract, ASearchHasABoundedNumberOfWords) {
  CallFilter filter;
  filter.words = {"a b c d e f g h i j k l m n o p"};
  EXPECT_TRUE(log_->list(filter, std::nullopt, 1).ok());
  filter.words.push_back("q");
  EXPECT_EQ(log_->list(filter, std::nullopt, 1).error().code(), ErrorCode::kLimit);
}

TEST_P(CallLogContract, ReadingEndsAtItsLimit) {
  std::vector<CallRows> all;
  for (uint32_t i = 1; i <= 3'000; ++i) all.push_back(small_call(i));
  store(all);
  ASSERT_TRUE(log_->limit_reads(1).ok());
  CallFilter filter;
  filter.name = "nobody is called that";
  bool ended = false;
  for (int i = 0; i < 200 && !ended; ++i) {
    auto page = log_->list(filter, std::nullopt, 50);
    ended = !page.ok();
    if (ended) EXPECT_EQ(page.error().code(), ErrorCode::kLimit) << page.error().message();
  }
  EXPECT_TRUE(ended);
  ASSERT_TRUE(log_->limit_reads(60'000).ok());
  EXPECT_TRUE(log_->list(filter, std::nullopt, 50).ok());
}

TEST_P(CallLogContract, FindsTheCallsOfAnInteraction) {
  CallRows first = small_call(1), second = small_call(2), other = small_call(3);
  first.call.interaction_id = second.call.interaction_id = InteractionId(numbered_call(2));
  other.call.interaction_id = InteractionId(numbered_call(3));
  store({second, other, first});
  EXPECT_THAT(*log_->calls_of_interaction("default", InteractionId(numbered_call(2))),
              ::testing::ElementsAre(numbered_call(1), numbered_call(2)));
  EXPECT_THAT(*log_->calls_of_interaction("other", InteractionId(numbered_call(2))), ::testing::IsEmpty());
}

TEST_P(CallLogContract, FindsIdsByPrefixAndInOrder) {
  std::vector<CallRows> all;
  for (uint32_t i = 1; i <= 20; ++i) all.push_back(small_call(i));
  store(all);
  EXPECT_EQ(log_->find_by_prefix("default", "01000000")->size(), 10u);
  EXPECT_THAT(*log_->find_by_prefix("default", numbered_call(0xb).text()),
              ::testing::ElementsAre(numbered_call(0xb)));
  EXPECT_THAT(*log_->find_by_prefix("default", "02"), ::testing::IsEmpty());
  EXPECT_THAT(*log_->find_by_prefix("default", "01000000-0000-0000-0000-00000000000A"),
              ::testing::ElementsAre(numbered_call(0xa)));
  EXPECT_EQ(log_->all_calls("default", std::nullopt, 100)->size(), 20u);
  EXPECT_THAT(*log_->all_calls("default", numbered_call(17), 2),
              ::testing::ElementsAre(numbered_call(18), numbered_call(19)));
  EXPECT_THAT(*log_->tenants(), ::testing::ElementsAre("default"));
}

TEST_P(CallLogContract, FindsTheNearestCallOfASipCallId) {
  CallRows early = small_call(1, 1'000'000'000), late = small_call(2, 1'060'000'000);
  early.call.sip_call_ids = late.call.sip_call_ids = {"x@y"};
  store({early, late});
  auto find = [&](int64_t us, int64_t window_us) {
    return *log_->find_by_sip_call_id("default", "x@y", WallTime::from_us(us), window_us * kNsPerUs);
  };
  EXPECT_EQ(find(1'000'000'000, 0), numbered_call(1));
  EXPECT_EQ(find(1'040'000'000, 100'000'000), numbered_call(2));
  EXPECT_EQ(find(1'010'000'000, 100'000'000), numbered_call(1));
  EXPECT_EQ(find(1'010'000'000, 9'999'999), std::nullopt);
  EXPECT_EQ(find(1'010'000'000, 10'000'000), numbered_call(1));
  EXPECT_EQ(*log_->find_by_sip_call_id("default", "x@", WallTime::from_us(1'000'000'000), 0), std::nullopt);
  EXPECT_EQ(find(1'030'000'000, 150LL * 86'400'000'000), numbered_call(1));
  EXPECT_FALSE(log_->find_by_sip_call_id("default", "x@y", {}, 300LL * 86'400 * kNsPerSec).ok());
}

TEST_P(CallLogContract, ClearsForARebuild) {
  RandomCalls random(15);
  std::vector<CallRows> all = {random.rows(), random.rows()};
  ASSERT_TRUE(log_->store(all, "journal", "7").ok());
  ASSERT_TRUE(log_->put_capture({.sha256 = "aa", .name = "a.pcap"}).ok());
  auto before = dump();
  ASSERT_TRUE(log_->clear_machine_rows().ok());
  EXPECT_THAT(dump(), ::testing::IsEmpty());
  EXPECT_EQ(*log_->cursor("journal"), std::nullopt);
  EXPECT_FALSE(log_->capture("aa")->has_value());
  std::swap(all[0], all[1]);
  store(all);
  EXPECT_EQ(dump(), before);
}

TEST_P(CallLogContract, KeepsCaptures) {
  EXPECT_FALSE(log_->capture("ab")->has_value());
  ASSERT_TRUE(log_->put_capture({.sha256 = "ab", .name = "a.pcap", .size = UINT64_MAX, .packets = 5}).ok());
  EXPECT_FALSE((*log_->capture("ab"))->complete);
  ASSERT_TRUE(log_->put_capture(
                      {.sha256 = "ab", .name = "b.pcap", .size = UINT64_MAX, .packets = 6, .complete = true})
                  .ok());
  auto row = *log_->capture("ab");
  EXPECT_EQ(row->name, "b.pcap");
  EXPECT_EQ(row->size, UINT64_MAX);
  EXPECT_EQ(row->packets, 6u);
  EXPECT_TRUE(row->complete);
}

TEST_P(CallLogContract, FindsChangedRows) {
  if (!GetParam().shared) GTEST_SKIP() << "no second connection to change rows through";
  RandomCalls random(16);
  CallRows rows = random.rows();
  rows.call.legs.resize(1);
  rows.call.caller_name = "word";
  store({rows});
  auto expected = CallLog::dump_of(rows);
  auto connection = GetParam().connect(url_);
  for (SqlLiteral change :
       {SqlLiteral("UPDATE call SET caller_name_folded = 'x'"), SqlLiteral("UPDATE leg SET hops = hops + 1"),
        SqlLiteral("DELETE FROM term WHERE term = 'word'"), SqlLiteral("UPDATE call SET duration_us = 12"),
        SqlLiteral("UPDATE call SET direction = 'sideways'")}) {
    ASSERT_EQ(*log_->dump_call("default", rows.call.call_id), expected);
    ASSERT_TRUE((*connection)->execute(Sql(change)).ok());
    auto dumped = log_->dump_call("default", rows.call.call_id);
    EXPECT_TRUE(!dumped.ok() || *dumped != expected) << change.text();
    store({rows});
  }
}

TEST_P(CallLogContract, ReadersSeeWholeBatches) {
  if (!GetParam().shared) GTEST_SKIP() << "nobody else can read it";
  std::atomic<bool> stop = false;
  std::atomic<size_t> looks = 0;
  std::thread reader([&] {
    auto log = open();
    while (log && !stop) {
      auto count = log->count({});
      auto page = log->list({}, std::nullopt, 1'000);
      ASSERT_TRUE(count.ok() && page.ok());
      EXPECT_EQ(count->value % 10, 0u);
      EXPECT_EQ(page->calls.size() % 10, 0u);
      for (const CallRecord& call : page->calls) EXPECT_EQ(call.legs.size(), 1u);
      ++looks;
    }
  });
  for (uint32_t batch = 0; batch < 30 || (looks == 0 && batch < 3'000); ++batch) {
    std::vector<CallRows> rows;
    for (uint32_t i = 0; i < 10; ++i) {
      rows.push_back(small_call(batch % 20 * 10 + i));
      rows.back().call.legs.resize(1);
    }
    store(rows);
  }
  stop = true;
  reader.join();
  EXPECT_GT(looks.load(), 0u);
}

// Version 3 fills its columns for calls that are there; the program then finds the rows that it would make.
TEST_P(CallLogContract, MigratesCallsToVersionThree) {
  if (!GetParam().shared) GTEST_SKIP() << "no second connection to change rows through";
  RandomCalls random(19);
  std::vector<CallRows> all;
  for (int i = 0; i < 40; ++i) all.push_back(random.rows());
  for (int64_t seconds : {0,   4,   5,   9,   10,  19,    20,    29,    30,    59,    60,    119,
                          120, 299, 300, 599, 600, 1'799, 1'800, 3'599, 3'600, 7'199, 7'200, 90'000}) {
    all.push_back(small_call(static_cast<uint32_t>(all.size()), -seconds * 86'400'000'001));
    all.back().call.end_at = all.back().call.start_at + seconds * kNsPerSec;
  }
  store(all);
  auto before = dump();
  auto connection = GetParam().connect(url_);
  ASSERT_TRUE((*connection)->execute(Sql("UPDATE call SET facets = ''")).ok());
  ASSERT_TRUE((*connection)->execute(Sql("UPDATE term SET day = -7")).ok());
  EXPECT_NE(dump(), before);
  for (const Sql& sql : migrations()[2]) {
    if (!sql.text().starts_with("UPDATE")) continue;
    Status done = (*connection)->execute(sql);
    EXPECT_TRUE(done.ok()) << done.error().message();
  }
  EXPECT_EQ(dump(), before);
}

TEST_P(CallLogContract, MigratesFromVersionOneAndRefusesNewer) {
  if (!GetParam().shared) GTEST_SKIP() << "gone when closed";
  RandomCalls random(17);
  store({random.rows(), random.rows()});
  auto before = dump();
  log_.reset();

  auto list = migrations();
  list.push_back({Sql("CREATE TABLE more (a {text})"), Sql("NO SUCH STATEMENT")});
  {
    auto connection = GetParam().connect(url_);
    EXPECT_FALSE(migrate(**connection, list).ok());
    EXPECT_FALSE((*connection)->execute(Sql("SELECT a FROM more")).ok());  // the whole step was undone
  }
  log_ = open();
  EXPECT_EQ(dump(), before);
  log_.reset();
  list.back() = {Sql("ALTER TABLE call ADD COLUMN colour {text}")};
  {
    auto connection = GetParam().connect(url_);
    ASSERT_TRUE(migrate(**connection, list).ok());
    ASSERT_TRUE(migrate(**connection, list).ok());
    EXPECT_TRUE((*connection)->execute(Sql("SELECT colour FROM call")).ok());
  }
  auto opened = CallLog::open(url_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(opened.error().message(), ::testing::HasSubstr("newer"));
}

}  // namespace ew::db
