#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <memory>

#include "cli/control.h"
#include "server/command_stream.h"
#include "server/link.h"
#include "server/listeners.h"
#include "server/offered_parts.h"
#include "server/orders.h"
#include "server/refusals.h"
#include "server/signalling_sockets.h"

namespace ew::server {
namespace {

TEST(Orders, GoAndComeBack) {
  StartOrder start{"[log]\nlevel = \"debug\"\n", WallTime{5}};
  Bytes body = start.encode();
  ipc::BodyReader reader(body);
  ASSERT_EQ(*order_of(reader), Order::kStart);
  auto parsed = StartOrder::parse(reader);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->config, start.config);
  EXPECT_EQ(parsed->started_at, start.started_at);

  Facts facts;
  facts.processes = {{"recorder", 7, WallTime{1}, 2}, {"keeper", 8, WallTime{3}, 0}};
  facts.occupied = {"127.0.0.1:80"};
  facts.runs_as_root = true;
  Bytes told = facts.encode();
  ipc::BodyReader told_reader(told);
  ASSERT_EQ(*order_of(told_reader), Order::kFacts);
  auto heard = Facts::parse(told_reader);
  ASSERT_TRUE(heard.ok());
  EXPECT_EQ(*heard, facts);
}

TEST(Orders, WhatIsNoneIsRefused) {
  Bytes none = {200};
  ipc::BodyReader reader(none);
  EXPECT_FALSE(order_of(reader).ok());
  Bytes facts = Facts{.processes = {{"recorder", 7, WallTime{1}, 2}}}.encode();
  for (size_t size = 1; size < facts.size(); ++size) {
    ipc::BodyReader cut(ByteView(facts).first(size));
    ASSERT_TRUE(order_of(cut).ok());
    EXPECT_FALSE(Facts::parse(cut).ok()) << size;
  }
}

TEST(Orders, ASocketForRecordingClientsHasItsAddress) {
  Bytes told = SignallingOrder{Speaks::kHep, *Endpoint::parse("[::1]:5061"), Transport::kTls, {}}.encode();
  ipc::BodyReader reader(told);
  ASSERT_EQ(*order_of(reader), Order::kSignalling);
  auto heard = SignallingOrder::parse(reader);
  ASSERT_TRUE(heard.ok());
  EXPECT_EQ(heard->address.text(), "[::1]:5061");
  EXPECT_EQ(heard->transport, Transport::kTls);
  Bytes wrong = begin_order(Order::kSignalling).u8(0).text("nowhere").u8(0).take();
  ipc::BodyReader wrong_reader(wrong);
  ASSERT_TRUE(order_of(wrong_reader).ok());
  EXPECT_FALSE(SignallingOrder::parse(wrong_reader).ok());
}

TEST(SignallingSockets, ATakenAddressIsSaidAndTriedAgain) {
  SystemClock clock;
  Log log(clock, {LogFormat::kText, LogLevel::kError, "", 2, ""});
  config::Config config;
  config.sip.listen = {"127.0.0.1:0"};
  auto first = std::make_unique<SignallingSockets>(config, log);
  auto opened = first->open_due(1);
  ASSERT_EQ(opened.size(), 2u) << "UDP and TCP; TLS has no certificate";
  EXPECT_TRUE(first->occupied().empty());
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  ASSERT_EQ(::getsockname(opened[0]->descriptor.get(), reinterpret_cast<sockaddr*>(&bound), &size), 0);
  config.sip.listen = {"127.0.0.1:" + std::to_string(ntohs(bound.sin_port))};
  SignallingSockets second(config, log);
  EXPECT_LE(second.open_due(1).size(), 1u);
  ASSERT_FALSE(second.occupied().empty());
  EXPECT_EQ(second.occupied()[0], config.sip.listen[0] + " (SIP over UDP)");
  first.reset();
  EXPECT_TRUE(second.open_due(2).empty()) << "not yet";
  EXPECT_FALSE(second.open_due(1 + SignallingSockets::kRetryNs).empty());
  EXPECT_TRUE(second.occupied().empty());
}

TEST(Refusals, AreToldOnceAMinuteForEachSourceAndReason) {
  FakeClock clock;
  Refusals refusals(clock);
  srs::Refusal one;
  one.source = *Endpoint::parse("192.0.2.1:5060");
  one.status = 403;
  one.reason = "not a recording session";
  refusals.add(one);
  ASSERT_EQ(refusals.take().size(), 1u);
  for (int i = 0; i < 5; ++i) refusals.add(one);
  EXPECT_TRUE(refusals.take().empty());
  one.reason = "another";
  refusals.add(one);
  EXPECT_EQ(refusals.take().size(), 1u);
  clock.advance(Refusals::kQuietNs);
  auto told = refusals.take();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].count, 5u);
  EXPECT_EQ(told[0].refusal.reason, "not a recording session");
  // Whoever sends from everywhere makes no more than one kind of them.
  for (uint32_t i = 0; i < 2'000; ++i) {
    one.source.ip.bytes[15] = static_cast<uint8_t>(i);
    one.source.ip.bytes[14] = static_cast<uint8_t>(i >> 8);
    refusals.add(one);
  }
  EXPECT_LE(refusals.take().size(), Refusals::kMaxKinds + 1);
}

TEST(Link, TheRecordingServersStateComesWhole) {
  SiprecState state;
  state.not_ready = "the disk is full";
  state.listeners = {
      {*Endpoint::parse("0.0.0.0:5060"), Transport::kTcp, *Endpoint::parse("0.0.0.0:5060"), ""},
      {*Endpoint::parse("[::]:5061"), Transport::kTls, {}, "no certificate"}};
  srs::PeerView peer;
  peer.name = "sbc";
  peer.address = Endpoint::parse("192.0.2.1:5060");
  peer.last_session = WallTime{5};
  peer.sessions_total = 7;
  peer.errors = {{WallTime{3}, "no_media", "no media came", "1@sbc"}};
  peer.peculiarities = {{"plain_signalling", "signals without encryption", ""}};
  state.peers = {peer};
  Bytes told = encode(state);
  auto heard = parse_siprec_state(told);
  ASSERT_TRUE(heard.ok());
  EXPECT_EQ(heard->not_ready, state.not_ready);
  ASSERT_EQ(heard->listeners.size(), 2u);
  EXPECT_EQ(heard->listeners[1].error, "no certificate");
  ASSERT_EQ(heard->peers.size(), 1u);
  EXPECT_EQ(heard->peers[0].address, peer.address);
  EXPECT_EQ(heard->peers[0].last_session, peer.last_session);
  EXPECT_EQ(heard->peers[0].last_options, std::nullopt);
  EXPECT_EQ(heard->peers[0].errors.at(0).code, "no_media");
  EXPECT_EQ(heard->peers[0].errors.at(0).text, "no media came");
  EXPECT_EQ(heard->peers[0].errors.at(0).detail, "1@sbc");
  EXPECT_EQ(heard->peers[0].peculiarities, peer.peculiarities);
  for (size_t size = 0; size < told.size(); ++size)
    EXPECT_FALSE(parse_siprec_state(ByteView(told).first(size)).ok()) << size;
}

TEST(Link, TheAgentsComeWhole) {
  capture::HepAgent others, agent;
  others.refused = 3;
  others.trouble = "it sends no key";
  agent.address = *IpAddress::parse("2001:db8::4");
  agent.id = UINT32_MAX;
  agent.name = "proxy-1";
  agent.last_at = WallTime{5};
  agent.sip = 7;
  agent.reports = 11;
  agent.malformed = 13;
  const Bytes told = encode(std::vector{others, agent});
  auto heard = parse_hep_agents(told);
  ASSERT_TRUE(heard.ok());
  ASSERT_EQ(heard->size(), 2u);
  EXPECT_EQ(heard->at(0).refused, 3u);
  EXPECT_EQ(heard->at(0).trouble, others.trouble);
  EXPECT_EQ(heard->at(1).address, agent.address);
  EXPECT_EQ(heard->at(1).id, agent.id);
  EXPECT_EQ(heard->at(1).name, agent.name);
  EXPECT_EQ(heard->at(1).last_at, agent.last_at);
  EXPECT_EQ(heard->at(1).sip, 7u);
  EXPECT_EQ(heard->at(1).reports, 11u);
  EXPECT_EQ(heard->at(1).malformed, 13u);
  for (size_t size = 0; size < told.size(); ++size)
    EXPECT_FALSE(parse_hep_agents(ByteView(told).first(size)).ok()) << size;
}

TEST(Link, ALiveCallComesWhole) {
  node::LiveCalls live;
  live.total = 1;
  node::LiveCall& call = live.calls.emplace_back();
  call.source = SourceKind::kSiprec;
  call.sessions = {"a@b", "c@d"};
  call.paused_by = "client";
  call.findings = {{siprec::Rule::kNoLabel, "line 1"}};
  call.streams.push_back({1, "caller", "left", "audio", "PCMA", "a", "b", 5, 1, 0.5, true, WallTime{7}});
  Bytes told = encode(live);
  auto heard = parse_live_calls(told);
  ASSERT_TRUE(heard.ok());
  EXPECT_EQ(heard->calls, live.calls);
  for (size_t size = 0; size < told.size(); ++size)
    EXPECT_FALSE(parse_live_calls(ByteView(told).first(size)).ok()) << size;
}

PartId part_id(uint8_t number) {
  PartId id;
  id.bytes.fill(number);
  return id;
}

TEST(Link, PlacesRoundTripAndAreBounded) {
  journal::PartPlaces places;
  places.end = part::End::kCut;
  places.files = {{3, "/data/journal/1/0/00000003.ewj", {1, 2, 3}}};
  places.pieces = {{3, 100, 50}, {3, 150, 8000}};
  Bytes body = encode(places);
  auto parsed = parse_places(body);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->end, part::End::kCut);
  EXPECT_EQ(parsed->files[0].path, places.files[0].path);
  EXPECT_EQ(parsed->files[0].id, places.files[0].id);
  EXPECT_EQ(parsed->pieces[1].size, 8000u);
  for (size_t size = 0; size < body.size(); ++size)
    EXPECT_FALSE(parse_places(ByteView(body).first(size)).ok()) << size;
}

TEST(Link, ImportStatesRoundTrip) {
  ImportState state;
  state.number = 4;
  state.packets = 10;
  auto running = parse_import_state(encode(state));
  ASSERT_TRUE(running.ok());
  EXPECT_FALSE(running->ended);
  node::ImportReport report;
  report.files.push_back({});
  report.files[0].info.path = "/a.pcap";
  report.files[0].info.sha256[0] = 9;
  report.files[0].known = true;
  report.source.packets = 77;
  report.engine.rtp_packets = 66;
  report.recorder.recordings = 5;
  report.seconds = 1.5;
  state.ended = report;
  auto ended = parse_import_state(encode(state));
  ASSERT_TRUE(ended.ok() && ended->ended && ended->ended->ok());
  const node::ImportReport& parsed = **ended->ended;
  EXPECT_EQ(parsed.files[0].info.sha256[0], 9);
  EXPECT_TRUE(parsed.files[0].known);
  EXPECT_EQ(parsed.source.packets, 77u);
  EXPECT_EQ(parsed.engine.rtp_packets, 66u);
  EXPECT_EQ(parsed.recorder.recordings, 5u);
  EXPECT_EQ(parsed.seconds, 1.5);
  state.ended = Error(ErrorCode::kInvalid, "no capture");
  auto failed = parse_import_state(encode(state));
  ASSERT_TRUE(failed.ok() && failed->ended && !failed->ended->ok());
  EXPECT_EQ(failed->ended->error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(failed->ended->error().message(), "no capture");
}

TEST(Listeners, AnOccupiedPortIsTakenWhenItIsFree) {
  SystemClock clock;
  Descriptor null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  Log log(clock, {LogFormat::kText, LogLevel::kError, "", null.get(), ""});
  auto first = std::make_unique<Listeners>(std::vector<std::string>{"127.0.0.1:0"}, log);
  auto opened = first->open_due(0);
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_TRUE(first->occupied().empty());
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  ASSERT_EQ(::getsockname(opened[0]->socket.get(), reinterpret_cast<sockaddr*>(&bound), &length), 0);
  uint16_t port = ntohs(reinterpret_cast<sockaddr_in*>(&bound)->sin_port);

  std::string address = "127.0.0.1:" + std::to_string(port);
  Listeners second({address}, log);
  EXPECT_TRUE(second.open_due(0).empty());
  EXPECT_EQ(second.occupied(), std::vector<std::string>{address});
  first.reset();
  EXPECT_TRUE(second.open_due(1).empty());  // not every turn
  EXPECT_EQ(second.open_due(Listeners::kRetryNs).size(), 1u);
  EXPECT_TRUE(second.occupied().empty());
}

// A journal of which only the bookkeeping matters here.
class FakeJournal : public journal::Journal {
 public:
  uint64_t open_part(PartId, ByteView) override { return 0; }
  uint64_t append_frame(PartId, ByteView) override { return 0; }
  uint64_t end_part(PartId, part::End) override { return 0; }
  void commit() override {}
  bool would_block() const override { return false; }
  uint64_t pending_bytes() const override { return 0; }
  Result<journal::PartBytes> read_part(PartId) override { return journal::PartBytes(); }
  Result<journal::FramePlaces> frames_of(PartId, uint64_t, size_t) override {
    return Error(ErrorCode::kNotFound, "no frames here");
  }
  Result<journal::PartPlaces> places_of(PartId) override {
    return journal::PartPlaces{.end = part::End::kCut};
  }
  void mark_stored(PartId part) override { stored.push_back(part); }
  uint64_t acknowledged() const override { return 0; }
  Status status() const override { return {}; }
  Status wait_acknowledged(uint64_t) override { return {}; }
  Status close() override { return {}; }
  Figures figures() const override { return {}; }

  std::vector<PartId> stored;
};

TEST(OfferedParts, AreOfferedUntilTheyAreStored) {
  FakeJournal journal;
  OfferedParts offered;
  for (uint8_t i = 1; i <= 3; ++i) offered.add(journal, part_id(i));
  auto first = offered.after(0);
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[0].part, part_id(1));
  EXPECT_TRUE(offered.after(first[2].serial).empty());
  EXPECT_EQ(offered.places_of(part_id(2))->end, part::End::kCut);

  offered.stored({part_id(2), part_id(9)});
  EXPECT_EQ(journal.stored, std::vector<PartId>{part_id(2)});
  EXPECT_EQ(offered.places_of(part_id(2)).error().code(), ErrorCode::kNotFound);
  // A keeper that comes anew hears of the others again.
  auto again = offered.after(0);
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again[1].part, part_id(3));
  offered.stored({part_id(1), part_id(2), part_id(3)});
  EXPECT_EQ(journal.stored.size(), 3u);
  EXPECT_EQ(offered.waiting(), 0u);
}

TEST(Control, ARequestGoesAndComesBack) {
  cli::ControlRequest request{{"earwitness", "calls", "--number", ""}, true};
  Bytes body = request.encode();
  ipc::BodyReader reader(body);
  auto parsed = cli::ControlRequest::parse(reader);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->arguments, request.arguments);
  EXPECT_TRUE(parsed->has_output);
  for (size_t size = 0; size < body.size(); ++size) {
    ipc::BodyReader cut(ByteView(body).first(size));
    EXPECT_FALSE(cli::ControlRequest::parse(cut).ok()) << size;
  }
}

class CommandStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read_ = Descriptor(ends[0]);
    write_ = Descriptor(ends[1]);
  }
  Descriptor read_, write_;
  bool is_stopped_ = false;
};

TEST_F(CommandStreamTest, WritesAllAndReadsLines) {
  auto out = open_command_stream(std::move(write_), "w", [] { return false; });
  auto in = open_command_stream(std::move(read_), "r", [] { return false; });
  const std::string text(10'000, 'x');
  ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), out.get()), text.size());
  ASSERT_EQ(std::fputs("\nend\n", out.get()) >= 0 && std::fflush(out.get()) == 0, true);
  out.reset();
  std::string read;
  for (int c; (c = std::fgetc(in.get())) != EOF;) read += static_cast<char>(c);
  EXPECT_EQ(read, text + "\nend\n");
}

TEST_F(CommandStreamTest, WaitsForNobodyOnceItIsStopped) {
  auto out = open_command_stream(std::move(write_), "w", [this] { return is_stopped_; });
  auto in = open_command_stream(Descriptor(::dup(read_.get())), "r", [this] { return is_stopped_; });
  ASSERT_EQ(std::fputs("still taken", out.get()) >= 0 && std::fflush(out.get()) == 0, true);
  is_stopped_ = true;
  const std::string more_than_a_pipe_holds(4'000'000, 'x');
  (void)!std::fwrite(more_than_a_pipe_holds.data(), 1, more_than_a_pipe_holds.size(), out.get());
  EXPECT_NE(std::ferror(out.get()), 0);
  // Nor for what never comes, once all that is there is read.
  std::string read;
  for (int c; (c = std::fgetc(in.get())) != EOF;) read += static_cast<char>(c);
  EXPECT_EQ(read.substr(0, 11), "still taken");
  EXPECT_NE(std::ferror(in.get()), 0);
}

TEST_F(CommandStreamTest, FailsWhenNobodyReads) {
  auto before = ::signal(SIGPIPE, SIG_IGN);  // as in the server
  auto out = open_command_stream(std::move(write_), "w", [] { return false; });
  read_.reset();
  EXPECT_TRUE(std::fputs("for nobody", out.get()) < 0 || std::fflush(out.get()) != 0);
  out.reset();
  ::signal(SIGPIPE, before);
}

}  // namespace
}  // namespace ew::server
