#include "callgen/make.h"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <limits>

#include "callgen/call_player.h"
#include "callgen/truth.h"

namespace callgen {
namespace {

namespace fs = std::filesystem;

int64_t time_at(const Scenario& scenario, double seconds) {
  return scenario.start.ns + static_cast<int64_t>(seconds * 1e6) * ew::kNsPerUs;
}

// REGISTER and OPTIONS between a phone and its server, which are no calls.
void make_noise(const Scenario& scenario, const Noise& noise, Wire& wire, Random random) {
  auto party = std::find_if(scenario.parties.begin(), scenario.parties.end(),
                            [&](const Party& p) { return p.id == noise.from; });
  auto element = std::find_if(scenario.elements.begin(), scenario.elements.end(),
                              [&](const Element& e) { return e.id == noise.to; });
  Node phone{party->id, party->number, party->agent, {party->address, 5060}, false};
  Node server{element->id, "", element->agent, {element->address, 5060}, false};
  bool registers = noise.what == "register";
  DialogOptions options;
  options.call_id = random.hex(16);
  options.caller_tag = random.hex(10);
  options.dialled_uri = "sip:" + element->address.in_uri();
  options.caller = {party->name, party->number, element->address.in_uri()};
  options.callee = registers ? Identity{"", party->number, element->address.in_uri()}
                             : Identity{"", "ping", element->address.in_uri()};
  Dialog dialog(wire, random, options, {&phone, &server});
  Transaction transaction = dialog.begin(Side::kCaller, registers ? "REGISTER" : "OPTIONS");
  transaction.in_dialog = false;
  Headers headers;
  if (registers) headers.emplace_back("Expires", "600");
  int64_t at = dialog.request(transaction, time_at(scenario, noise.at), {"", nullptr, headers});
  if (registers) headers.emplace_back("Contact", "<" + dialog.contact(Side::kCaller) + ">;expires=600");
  dialog.respond(transaction, at + ew::kNsPerMs, 200, "OK", {"", nullptr, headers});
}

ew::Status check_codecs(const Scenario& scenario) {
  for (const Party& party : scenario.parties) {
    if (party.codecs.empty()) return ew::Error(ew::ErrorCode::kInvalid, party.id + " has no codec");
    for (const std::string& name : party.codecs)
      if (!codec_named(name)) return ew::Error(ew::ErrorCode::kInvalid, "codec '" + name + "' is not known");
  }
  for (const CallPlan& call : scenario.calls)
    if (!call.srtp.empty() && !SrtpSender::knows(call.srtp))
      return ew::Error(ew::ErrorCode::kInvalid, "SRTP suite '" + call.srtp + "' is not known");
  return {};
}

ew::Status play_acts(const Scenario& scenario, std::deque<CallPlayer>& players) {
  struct Cue {
    const Act* act;
    CallPlayer* player;
  };
  std::vector<Cue> cues;
  for (size_t i = 0; i < scenario.calls.size(); ++i)
    for (const Act& act : scenario.calls[i].acts) cues.push_back({&act, &players[i]});
  std::stable_sort(cues.begin(), cues.end(),
                   [](const Cue& a, const Cue& b) { return a.act->at < b.act->at; });
  for (const Cue& cue : cues) TRY(cue.player->play(*cue.act, players));
  return {};
}

struct Made {
  std::vector<Frame> frames;
  std::vector<CallTruth> calls;
};

ew::Result<Made> perform(const Scenario& scenario) {
  TRY(check_codecs(scenario));
  Random random(scenario.seed);
  Wire wire(scenario, random.fork("wire"));
  int64_t end =
      scenario.end_at > 0 ? time_at(scenario, scenario.end_at) : std::numeric_limits<int64_t>::max();
  std::deque<CallPlayer> players;
  for (const CallPlan& plan : scenario.calls)
    players.emplace_back(scenario, plan, wire, random.fork("call " + std::to_string(players.size())), end);
  for (const Noise& noise : scenario.noise)
    make_noise(scenario, noise, wire, random.fork("noise " + std::to_string(&noise - scenario.noise.data())));
  TRY(play_acts(scenario, players));
  Made made;
  for (CallPlayer& player : players) made.calls.push_back(TRY(player.finish()));
  made.frames = wire.finish();
  std::erase_if(made.frames, [&](const Frame& frame) { return frame.at_ns >= end; });
  return made;
}

std::string extension(CaptureFormat format) {
  return format == CaptureFormat::kPcapng || format == CaptureFormat::kPcapngNs ? ".pcapng" : ".pcap";
}

ew::Status write_capture(const Scenario& scenario, const std::string& path, const std::vector<Frame>& frames,
                         int64_t from, int64_t to) {
  auto out = TRY(CaptureWriter::create(path, scenario.format, scenario.frames.link));
  for (const Frame& frame : frames)
    if (frame.at_ns >= from && frame.at_ns < to) out.write(frame.at_ns, frame.bytes);
  return out.close();
}

ew::Result<std::vector<std::string>> write_all(const Scenario& scenario, const Made& made,
                                               const fs::path& folder) {
  constexpr int64_t kEarliest = std::numeric_limits<int64_t>::min(),
                    kLatest = std::numeric_limits<int64_t>::max();
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  std::vector<std::string> names;
  std::string end = extension(scenario.format);
  if (scenario.split_at > 0) {
    int64_t cut = time_at(scenario, scenario.split_at);
    names = {scenario.name + "_1" + end, scenario.name + "_2" + end};
    TRY(write_capture(scenario, folder / names[0], made.frames, kEarliest, cut));
    TRY(write_capture(scenario, folder / names[1], made.frames, cut, kLatest));
  } else {
    names = {scenario.name + end};
    TRY(write_capture(scenario, folder / names[0], made.frames, kEarliest, kLatest));
  }
  std::string truth = truth_json(scenario, made.calls, names, made.frames.size());
  names.push_back(scenario.name + ".truth.json");
  std::ofstream(folder / names.back(), std::ios::binary) << truth;
  return names;
}

bool needs_other_programs(const Scenario& scenario) {
  return scenario.has_speech() ||
         std::any_of(scenario.parties.begin(), scenario.parties.end(), [](const Party& party) {
           return party.codecs.front() == "G722" || party.codecs.front() == "opus";
         });
}

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

ew::Status make(const std::string& scenario_path, const std::string& folder) {
  Scenario scenario = TRY(read_scenario(scenario_path));
  if (scenario.has_speech() && !speech_available())
    std::fprintf(stderr, "%s: espeak-ng and sox are not both installed, tones stand in for speech\n",
                 scenario.name.c_str());
  Made made = TRY(perform(scenario));
  TRY(write_all(scenario, made, folder));
  return {};
}

ew::Status check(const std::string& scenario_path, const std::string& folder) {
  Scenario scenario = TRY(read_scenario(scenario_path));
  if (needs_other_programs(scenario)) {
    std::printf("%s: made with other programs, not compared\n", scenario.name.c_str());
    return {};
  }
  std::string pattern = (fs::temp_directory_path() / "callgen-check-XXXXXX").string();
  if (!mkdtemp(pattern.data())) return ew::Error(ew::ErrorCode::kIo, "no temporary folder");
  auto names = write_all(scenario, TRY(perform(scenario)), pattern);
  std::string different;
  if (names.ok())
    for (const std::string& name : *names)
      if (content_of(fs::path(pattern) / name) != content_of(fs::path(folder) / name)) different = name;
  std::error_code ignored;
  fs::remove_all(pattern, ignored);
  if (!names.ok()) return std::move(names).error();
  if (!different.empty())
    return ew::Error(ew::ErrorCode::kCorrupt, different + " differs from what its scenario makes");
  return {};
}

}  // namespace callgen
