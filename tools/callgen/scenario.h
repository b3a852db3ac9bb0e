// A scenario as its TOML file describes it; README.md explains every key.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "callgen/capture_writer.h"
#include "callgen/frames.h"

namespace callgen {

struct Party {
  std::string id, number, name;
  Address address;
  std::vector<std::string> codecs = {"PCMU"};
  unsigned tone_hz = 440;
  std::string voice = "en";
  std::string agent;
};

enum class ElementKind : uint8_t { kProxy, kB2bua };
enum class Anchor : uint8_t { kNone, kRelay, kOwnSsrc };  // what an element does with the media

struct Element {
  std::string id;
  ElementKind kind = ElementKind::kProxy;
  Anchor media = Anchor::kNone;
  Address address, media_address;
  bool record_route = true;
  std::string agent;
};

struct Act {
  double at = 0;  // seconds from the scenario's start
  std::string what, by, target, to, text, codec, method, mode;
  int code = 0;
  int replaces = -1;  // index of the call whose dialog is replaced
  bool media = true, forward = true, fresh = false, final = true;
};

struct Utterance {
  std::string by, text;
  double at = 0;
};

struct StreamDefects {
  std::string by;
  double loss_percent = 0, duplicate_percent = 0, reorder_percent = 0;
  int64_t reorder_depth = 2;
  double jitter_ms = 0;
  std::vector<int64_t> lost, duplicated;               // packet numbers of the stream, from 0
  std::vector<std::pair<int64_t, int64_t>> reordered;  // packet number, by how many packets it is late
};

struct CallPlan {
  std::string from, dialled, called_name;
  std::vector<std::string> to, via;
  int parent = -1;
  std::string srtp;  // suite, empty for RTP
  std::string transport = "udp";
  std::string result;  // only where the acts do not say it
  std::string end_reason;
  bool late_offer = false, video = false, compact = false, folded = false, serial = false, silent = false,
       rtcp = false;
  std::vector<Act> acts;
  std::vector<Utterance> speech;
  std::vector<StreamDefects> defects;
};

struct Noise {
  std::string what, from, to;
  double at = 0;
};

struct TcpOptions {
  size_t segment = 1460;
  bool random_segments = false;  // cut anywhere, merge neighbours
  bool repeat = false;           // every fourth segment is sent again
  bool swap = false;             // neighbouring segments change places
};

struct Scenario {
  std::string name, title;
  uint64_t seed = 1;
  ew::WallTime start;
  CaptureFormat format = CaptureFormat::kPcap;
  FrameBuilder::Options frames;
  bool swap_fragments = false;
  TcpOptions tcp;
  std::vector<std::string> retransmit;  // "INVITE", "200" …: the first such message is sent again
  double end_at = 0, split_at = 0;      // 0: never
  std::vector<Party> parties;
  std::vector<Element> elements;
  std::vector<CallPlan> calls;
  std::vector<Noise> noise;

  bool has_speech() const;
};

ew::Result<Scenario> read_scenario(const std::string& path);

}  // namespace callgen
