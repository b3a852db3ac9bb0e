#include "callgen/scenario.h"

#include <toml++/toml.h>
#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <sstream>

namespace callgen {
namespace {

using ew::Error;
using ew::ErrorCode;

// A table of the file together with its first mistake. Each key is asked for once; what nobody asked for is a
// mistake too.
class Reader {
 public:
  Reader(const toml::table& table, std::string where, std::string& mistake)
      : table_(table), where_(std::move(where)), mistake_(mistake) {}

  template <typename T>
  void get(std::string_view key, T& out) {
    const toml::node* node = find(key);
    if (!node) return;
    auto value = node->value<T>();
    if (value)
      out = *value;
    else
      wrong(key);
  }
  void get(std::string_view key, size_t& out) {
    int64_t value = static_cast<int64_t>(out);
    get(key, value);
    out = static_cast<size_t>(value);
  }
  void get(std::string_view key, int& out) {
    int64_t value = out;
    get(key, value);
    out = static_cast<int>(value);
  }
  void get(std::string_view key, unsigned& out) {
    int64_t value = out;
    get(key, value);
    out = static_cast<unsigned>(value);
  }
  void get(std::string_view key, Address& out) {
    std::string text;
    get(key, text);
    if (text.empty()) return;
    auto address = Address::parse(text);
    if (address)
      out = *address;
    else
      wrong(key);
  }
  template <typename T>
  void get(std::string_view key, std::vector<T>& out) {
    const toml::node* node = find(key);
    if (!node) return;
    out.clear();
    if (auto one = node->value<T>()) return out.push_back(*one);
    const toml::array* array = node->as_array();
    if (!array) return wrong(key);
    for (const toml::node& element : *array) {
      auto value = element.value<T>();
      if (!value) return wrong(key);
      out.push_back(*value);
    }
  }
  template <typename Enum>
  void choose(std::string_view key, Enum& out, std::initializer_list<std::pair<const char*, Enum>> choices) {
    std::string text;
    get(key, text);
    if (text.empty()) return;
    for (const auto& [word, value] : choices)
      if (text == word) return void(out = value);
    wrong(key);
  }
  // Each table of an array of tables.
  template <typename Read>
  void each(std::string_view key, Read read) {
    const toml::node* node = find(key);
    if (!node) return;
    const toml::array* array = node->as_array();
    if (!array) return wrong(key);
    size_t number = 0;
    for (const toml::node& element : *array) {
      const toml::table* table = element.as_table();
      if (!table) return wrong(key);
      Reader reader(*table, where_ + std::string(key) + " " + std::to_string(number++) + ": ", mistake_);
      read(reader);
      reader.finish();
    }
  }
  void finish() {
    for (const auto& [key, value] : table_)
      if (std::find(asked_.begin(), asked_.end(), key.str()) == asked_.end()) wrong(key.str());
  }
  const toml::node* find(std::string_view key) {
    asked_.emplace_back(key);
    return table_.get(key);
  }
  void wrong(std::string_view key) {
    if (mistake_.empty()) mistake_ = where_ + "wrong or unknown key '" + std::string(key) + "'";
  }

 private:
  const toml::table& table_;
  std::string where_;
  std::string& mistake_;
  std::vector<std::string> asked_;
};

void read_act(Reader& in, Act& act) {
  in.get("at", act.at);
  in.get("do", act.what);
  in.get("by", act.by);
  in.get("target", act.target);
  in.get("to", act.to);
  in.get("text", act.text);
  in.get("codec", act.codec);
  in.get("method", act.method);
  in.get("mode", act.mode);
  in.get("code", act.code);
  in.get("replaces", act.replaces);
  in.get("media", act.media);
  in.get("forward", act.forward);
  in.get("fresh", act.fresh);
  in.get("final", act.final);
}

void read_defects(Reader& in, StreamDefects& defects) {
  in.get("by", defects.by);
  in.get("loss_percent", defects.loss_percent);
  in.get("duplicate_percent", defects.duplicate_percent);
  in.get("reorder_percent", defects.reorder_percent);
  in.get("reorder_depth", defects.reorder_depth);
  in.get("jitter_ms", defects.jitter_ms);
  in.get("lost", defects.lost);
  in.get("duplicated", defects.duplicated);
  std::vector<int64_t> pairs;
  in.get("reordered", pairs);  // number, depth, number, depth …
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) defects.reordered.emplace_back(pairs[i], pairs[i + 1]);
}

void read_call(Reader& in, CallPlan& call) {
  in.get("from", call.from);
  in.get("to", call.to);
  in.get("via", call.via);
  in.get("dialled", call.dialled);
  in.get("called_name", call.called_name);
  in.get("parent", call.parent);
  in.get("srtp", call.srtp);
  in.get("transport", call.transport);
  in.get("result", call.result);
  in.get("end_reason", call.end_reason);
  in.get("late_offer", call.late_offer);
  in.get("video", call.video);
  in.get("compact", call.compact);
  in.get("folded", call.folded);
  in.get("serial", call.serial);
  in.get("without_signalling", call.silent);
  in.get("rtcp", call.rtcp);
  in.each("acts", [&](Reader& table) { read_act(table, call.acts.emplace_back()); });
  in.each("speech", [&](Reader& table) {
    Utterance& utterance = call.speech.emplace_back();
    table.get("by", utterance.by);
    table.get("at", utterance.at);
    table.get("text", utterance.text);
  });
  in.each("defects", [&](Reader& table) { read_defects(table, call.defects.emplace_back()); });
}

void read_party(Reader& in, Party& party) {
  in.get("id", party.id);
  in.get("number", party.number);
  in.get("name", party.name);
  in.get("address", party.address);
  in.get("codecs", party.codecs);
  in.get("tone_hz", party.tone_hz);
  in.get("voice", party.voice);
  in.get("agent", party.agent);
  if (party.agent.empty()) party.agent = "Callgen Desk Phone 1.0";
}

void read_element(Reader& in, Element& element) {
  in.get("id", element.id);
  in.choose("kind", element.kind, {{"proxy", ElementKind::kProxy}, {"b2bua", ElementKind::kB2bua}});
  in.choose("media", element.media,
            {{"none", Anchor::kNone}, {"relay", Anchor::kRelay}, {"own_ssrc", Anchor::kOwnSsrc}});
  in.get("address", element.address);
  element.media_address = element.address;
  in.get("media_address", element.media_address);
  in.get("record_route", element.record_route);
  in.get("agent", element.agent);
  if (element.agent.empty())
    element.agent = element.kind == ElementKind::kProxy ? "Callgen Proxy 1.0" : "Callgen PBX 1.0";
}

void read_top(Reader& in, Scenario& scenario) {
  in.get("title", scenario.title);
  int64_t seed = 1;
  in.get("seed", seed);
  scenario.seed = static_cast<uint64_t>(seed);
  std::string start = "2026-03-02T09:00:00Z";
  in.get("start", start);
  if (!ew::parse_rfc3339(start, scenario.start)) in.wrong("start");
  in.choose("format", scenario.format,
            {{"pcap", CaptureFormat::kPcap},
             {"pcap_ns", CaptureFormat::kPcapNs},
             {"pcap_swapped", CaptureFormat::kPcapSwapped},
             {"pcapng", CaptureFormat::kPcapng},
             {"pcapng_ns", CaptureFormat::kPcapngNs}});
  in.choose("link", scenario.frames.link,
            {{"ethernet", Link::kEthernet},
             {"cooked", Link::kCooked},
             {"cooked2", Link::kCooked2},
             {"null", Link::kNull},
             {"raw", Link::kRaw}});
  std::vector<int64_t> vlans;
  in.get("vlans", vlans);
  scenario.frames.vlans.assign(vlans.begin(), vlans.end());
  in.get("mtu", scenario.frames.mtu);
  in.get("swap_fragments", scenario.swap_fragments);
  in.get("tcp_segment", scenario.tcp.segment);
  in.get("tcp_random_segments", scenario.tcp.random_segments);
  in.get("tcp_repeat", scenario.tcp.repeat);
  in.get("tcp_swap", scenario.tcp.swap);
  in.get("retransmit", scenario.retransmit);
  in.get("end_at", scenario.end_at);
  in.get("split_at", scenario.split_at);
  in.each("party", [&](Reader& table) { read_party(table, scenario.parties.emplace_back()); });
  in.each("element", [&](Reader& table) { read_element(table, scenario.elements.emplace_back()); });
  in.each("call", [&](Reader& table) { read_call(table, scenario.calls.emplace_back()); });
  in.each("noise", [&](Reader& table) {
    Noise& noise = scenario.noise.emplace_back();
    table.get("do", noise.what);
    table.get("from", noise.from);
    table.get("to", noise.to);
    table.get("at", noise.at);
  });
}

// Every name that is referred to must exist, so that the player need not ask.
std::string dangling_name(const Scenario& scenario) {
  std::vector<std::string> parties, elements;
  for (const Party& party : scenario.parties) parties.push_back(party.id);
  for (const Element& element : scenario.elements) elements.push_back(element.id);
  auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const CallPlan& call : scenario.calls) {
    if (!has(parties, call.from)) return call.from;
    for (const std::string& name : call.to)
      if (!has(parties, name)) return name;
    for (const std::string& name : call.via)
      if (!has(elements, name)) return name;
    if (call.to.empty() && call.via.empty()) return "(nobody called)";
    for (const Act& act : call.acts) {
      if (!act.target.empty() && !has(call.to, act.target)) return act.target;
      if (!act.to.empty() && !has(parties, act.to)) return act.to;
      if (act.replaces >= static_cast<int>(scenario.calls.size()))
        return "call " + std::to_string(act.replaces);
    }
  }
  for (const Noise& noise : scenario.noise)
    if (!has(parties, noise.from) || !has(elements, noise.to)) return noise.from + " or " + noise.to;
  return "";
}

}  // namespace

bool Scenario::has_speech() const {
  return std::any_of(calls.begin(), calls.end(), [](const CallPlan& call) { return !call.speech.empty(); });
}

ew::Result<Scenario> read_scenario(const std::string& path) {
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    std::ostringstream message;
    message << error;
    return Error(ErrorCode::kInvalid, message.str());
  }
  Scenario scenario;
  scenario.name = std::filesystem::path(path).stem().string();
  std::string mistake;
  Reader reader(table, "", mistake);
  read_top(reader, scenario);
  reader.finish();
  if (!mistake.empty()) return Error(ErrorCode::kInvalid, mistake);
  std::string missing = dangling_name(scenario);
  if (!missing.empty()) return Error(ErrorCode::kInvalid, "nobody is called '" + missing + "'");
  return scenario;
}

}  // namespace callgen
