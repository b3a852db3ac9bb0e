#include "callgen/load.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <memory>
#include <queue>
#include <vector>

#include "base/time.h"
#include "callgen/audio.h"
#include "callgen/capture_writer.h"
#include "callgen/frames.h"
#include "callgen/random.h"
#include "callgen/version.h"

namespace callgen {
namespace {

using ew::Bytes;
using ew::ByteView;

constexpr int64_t kMs = ew::kNsPerMs;
constexpr int64_t kEpochNs = 1'772'442'000 * ew::kNsPerSec;  // 2026-03-02T09:00:00Z
constexpr size_t kSignallingBefore = 4, kSignallingAfter = 2;
constexpr int64_t kFirstRtp = 140 * kMs;
constexpr size_t kPayload = 160;

struct Shape {
  uint64_t rtp = 0;                // packets both ways
  int64_t interval_ns = 20 * kMs;  // one way

  uint64_t packets() const { return kSignallingBefore + rtp + kSignallingAfter; }
  int64_t length_ns() const {
    return kFirstRtp + static_cast<int64_t>((rtp + 1) / 2) * interval_ns + 60 * kMs;
  }
  // When each packet of a call is sent, from its INVITE.
  int64_t offset(uint64_t step) const {
    static constexpr std::array<int64_t, kSignallingBefore> kBefore = {0, 60 * kMs, 120 * kMs, 130 * kMs};
    if (step < kSignallingBefore) return kBefore[step];
    uint64_t media = step - kSignallingBefore;
    if (media < rtp)
      return kFirstRtp + static_cast<int64_t>(media / 2) * interval_ns +
             static_cast<int64_t>(media & 1) * interval_ns / 2;
    return length_ns() - (media == rtp ? 40 : 20) * kMs;
  }
};

struct Line {
  uint32_t number = 0;
  uint64_t call = 0;  // number of the call it carries now
  uint64_t step = 0;
  int64_t start_ns = 0;
  const Shape* shape = nullptr;
};

// Writes one packet of a call. Everything about a call follows from its number and its line's.
class LoadWriter {
 public:
  LoadWriter(CaptureWriter& out, uint64_t seed) : out_(out), seed_(seed), frames_({}) {
    for (int16_t sample : tone(300, kTableSize + kPayload, 8000, Random(seed)))
      table_.push_back(ulaw_of(sample));
  }

  void write(const Line& line) {
    int64_t at = kEpochNs + line.start_ns + line.shape->offset(line.step);
    uint64_t media = line.step - kSignallingBefore;
    if (line.step >= kSignallingBefore && media < line.shape->rtp)
      write_rtp(line, media, at);
    else
      write_sip(line, at);
    ++written_;
  }
  uint64_t written() const { return written_; }

 private:
  static constexpr size_t kTableSize = 1 << 20;

  static Host phone(const Line& line, bool callee, uint16_t port) {
    return {Address::v4((callee ? 0x0a800000u : 0x0a400000u) + line.number), port};
  }
  static uint16_t media_port(const Line& line) { return static_cast<uint16_t>(16384 + line.call % 8192 * 2); }
  uint64_t mixed(const Line& line, uint64_t salt) const {
    return Random(seed_ ^ (line.call * 0x9e3779b97f4a7c15u) ^ salt).next();
  }

  void write_rtp(const Line& line, uint64_t media, int64_t at) {
    bool callee = media & 1;
    uint64_t index = media / 2;
    uint64_t identity = mixed(line, callee ? 2 : 1);
    uint8_t* frame = rtp_frame_.data();
    Host source = phone(line, callee, media_port(line)), destination = phone(line, !callee, media_port(line));
    std::copy_n(source.address.bytes.begin(), 4, frame + 26);
    std::copy_n(destination.address.bytes.begin(), 4, frame + 30);
    for (size_t at_mac : {size_t{0}, size_t{6}})
      std::copy_n((at_mac ? source : destination).address.bytes.begin(), 4, frame + at_mac + 2);
    put16(18, static_cast<uint16_t>(line.step));
    put16(24, 0);
    put16(24, checksum_finish(checksum_add(0, {frame + 14, 20})));
    put16(34, source.port);
    put16(36, destination.port);
    put16(40, 0);
    frame[43] = index == 0 ? 0x80 : 0;
    put16(44, static_cast<uint16_t>(identity + index));
    put32(46, static_cast<uint32_t>((identity >> 16) +
                                    index * static_cast<uint64_t>(line.shape->interval_ns / 125'000)));
    put32(50, static_cast<uint32_t>(identity >> 32));
    std::copy_n(table_.data() + (identity + index * 7919) % kTableSize, kPayload, frame + 54);
    put32(54, static_cast<uint32_t>(written_ * 2654435761u));  // no two payloads are equal
    uint64_t sum = checksum_add(17 + 8 + 12 + kPayload, {frame + 26, 8});
    uint16_t checksum = checksum_finish(checksum_add(sum, {frame + 34, 8 + 12 + kPayload}));
    put16(40, checksum ? checksum : 0xffff);
    out_.write(at, rtp_frame_);
  }

  void write_sip(const Line& line, int64_t at) {
    Host caller = phone(line, false, 5060), callee = phone(line, true, 5060);
    std::string tag = std::to_string(mixed(line, 3)), call = std::to_string(line.call);
    std::string from_number = std::to_string(100000 + line.number),
                to_number = std::to_string(500000 + line.number);
    uint64_t tail = line.step >= kSignallingBefore ? line.step - line.shape->rtp : line.step;
    bool request = tail == 0 || tail == 3 || tail == 4;
    static constexpr const char* kMethods[] = {"INVITE", "INVITE", "INVITE", "ACK", "BYE", "BYE"};
    static constexpr const char* kReplies[] = {"", "180 Ringing", "200 OK", "", "", "200 OK"};
    std::string method = kMethods[tail];
    std::string text = request ? method + " sip:" + to_number + "@" + callee.address.text() + " SIP/2.0\r\n"
                               : std::string("SIP/2.0 ") + kReplies[tail] + "\r\n";
    text += "Via: SIP/2.0/UDP " + caller.text() + ";branch=z9hG4bK" + call + "x" +
            (tail < 3 ? "1" : std::to_string(tail / 2 + 1)) + "\r\n";
    text += "Max-Forwards: 70\r\nFrom: \"Line " + std::to_string(line.number) + "\" <sip:" + from_number +
            "@" + caller.address.text() + ">;tag=a" + tag + "\r\n";
    text += "To: <sip:" + to_number + "@" + callee.address.text() + ">" + (tail == 0 ? "" : ";tag=b" + tag) +
            "\r\n";
    text += "Call-ID: " + call + "-" + tag + "@" + caller.address.text() +
            "\r\nCSeq: " + (tail < 4 ? "1 " : "2 ") + method + "\r\n";
    if (tail < 3)
      text +=
          "Contact: <sip:" + (request ? from_number + "@" + caller.text() : to_number + "@" + callee.text()) +
          ">\r\n";
    text += "User-Agent: callgen/" + std::string(kVersion) + "\r\n";
    std::string body;
    if (tail == 0 || tail == 2) {
      std::string ip = (request ? caller : callee).address.text();
      body = "v=0\r\no=- " + call + " 1 IN IP4 " + ip + "\r\ns=-\r\nc=IN IP4 " + ip +
             "\r\nt=0 0\r\nm=audio " + std::to_string(media_port(line)) +
             " RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n";
      text += "Content-Type: application/sdp\r\n";
    }
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    for (const Bytes& frame :
         frames_.udp(request ? caller : callee, request ? callee : caller, 24, ew::as_bytes(text)))
      out_.write(at, frame);
  }

  void put16(size_t position, uint16_t value) {
    rtp_frame_[position] = static_cast<uint8_t>(value >> 8);
    rtp_frame_[position + 1] = static_cast<uint8_t>(value);
  }
  void put32(size_t position, uint32_t value) {
    put16(position, static_cast<uint16_t>(value >> 16));
    put16(position + 2, static_cast<uint16_t>(value));
  }
  // Ethernet, IPv4 (20), UDP (8), RTP (12), payload; what changes is put in for each packet.
  static std::array<uint8_t, 54 + kPayload> rtp_template() {
    std::array<uint8_t, 54 + kPayload> frame{};
    frame[0] = frame[6] = 0x02;
    frame[1] = frame[7] = 0x40;
    frame[12] = 0x08;
    frame[14] = 0x45;
    frame[15] = 46 << 2;
    frame[17] = 20 + 8 + 12 + kPayload;
    frame[20] = 0x40;
    frame[22] = 64;
    frame[23] = 17;
    frame[39] = 8 + 12 + kPayload;
    frame[42] = 0x80;
    return frame;
  }

  CaptureWriter& out_;
  uint64_t seed_;
  FrameBuilder frames_;
  Bytes table_;
  std::array<uint8_t, 54 + kPayload> rtp_frame_ = rtp_template();
  uint64_t written_ = 0;
};

struct Later {
  bool operator()(const Line* a, const Line* b) const {
    int64_t at_a = a->start_ns + a->shape->offset(a->step), at_b = b->start_ns + b->shape->offset(b->step);
    return at_a != at_b ? at_a > at_b : a->number > b->number;
  }
};

// Plays all lines in the order of time. `next_call` gives a finished line its next call, or says that there
// is none.
template <typename NextCall>
void play(std::vector<Line>& lines, LoadWriter& writer, NextCall next_call) {
  std::priority_queue<Line*, std::vector<Line*>, Later> queue;
  for (Line& line : lines) queue.push(&line);
  while (!queue.empty()) {
    Line* line = queue.top();
    queue.pop();
    writer.write(*line);
    if (++line->step == line->shape->packets() && !next_call(*line)) continue;
    queue.push(line);
  }
}

void write_truth(const std::string& path, const std::string& json) {
  std::ofstream(path + ".truth.json") << json;
}

}  // namespace

ew::Status write_load(const LoadOptions& options) {
  if (options.lines == 0 || options.lines > 4'000'000)
    return ew::Error(ew::ErrorCode::kUsage, "--calls must be between 1 and 4,000,000");
  double seconds = options.seconds_per_call;
  if (seconds <= 0)
    seconds = std::clamp(
        static_cast<double>(options.packets) / (100.0 * static_cast<double>(options.lines)) / 2, 1.0, 60.0);
  Shape shape;
  shape.rtp = 2 * static_cast<uint64_t>(std::max(1.0, std::round((seconds - 0.2) * 50)));
  uint64_t calls =
      std::max<uint64_t>(options.lines, (options.packets + shape.packets() / 2) / shape.packets());

  auto out = TRY(CaptureWriter::create(options.path, CaptureFormat::kPcap, Link::kEthernet));
  LoadWriter writer(out, options.seed);
  std::vector<Line> lines(options.lines);
  uint64_t placed = 0;
  for (Line& line : lines) {
    line.number = static_cast<uint32_t>(placed);
    line.call = placed++;
    line.shape = &shape;
    line.start_ns =
        shape.length_ns() / static_cast<int64_t>(options.lines) * static_cast<int64_t>(line.number);
  }
  play(lines, writer, [&](Line& line) {
    if (placed == calls) return false;
    line.call = placed++;
    line.start_ns += shape.length_ns();
    line.step = 0;
    return true;
  });
  TRY(out.close());
  write_truth(options.path,
              "{\"calls\": " + std::to_string(calls) + ", \"concurrent\": " + std::to_string(options.lines) +
                  ", \"packets_total\": " + std::to_string(writer.written()) +
                  ", \"packets_per_call\": " + std::to_string(shape.packets()) +
                  ", \"sip_per_call\": 6, \"rtp_per_stream\": " + std::to_string(shape.rtp / 2) +
                  ", \"streams_per_call\": 2, \"codec\": \"PCMU\", \"tech_result\": \"answered\"}\n");
  return {};
}

ew::Status write_long(const LongCallOptions& options) {
  Shape day, brief;
  day.interval_ns = ew::kNsPerSec;
  day.rtp = 2 * static_cast<uint64_t>(options.hours * 3600);
  brief.rtp = options.rtp_per_short_call / 2 * 2;
  if (day.rtp == 0 || brief.rtp == 0)
    return ew::Error(ew::ErrorCode::kUsage, "both kinds of call need packets");

  auto out = TRY(CaptureWriter::create(options.path, CaptureFormat::kPcap, Link::kEthernet));
  LoadWriter writer(out, options.seed);
  // Line 0 carries the long call; the short ones are spread evenly over its length on as many lines as that
  // takes.
  int64_t spacing = day.length_ns() / static_cast<int64_t>(options.short_calls + 1);
  uint64_t line_count = static_cast<uint64_t>(brief.length_ns() / std::max<int64_t>(spacing, 1)) + 1;
  line_count = std::min(line_count, options.short_calls);
  std::vector<Line> lines(1 + line_count);
  lines[0].shape = &day;
  for (uint64_t i = 1; i <= line_count; ++i)
    lines[i] = {static_cast<uint32_t>(i), i, 0, spacing * static_cast<int64_t>(i), &brief};
  play(lines, writer, [&](Line& line) {
    if (line.number == 0 || line.call + line_count > options.short_calls) return false;
    line.call += line_count;
    line.start_ns = spacing * static_cast<int64_t>(line.call);
    line.step = 0;
    return true;
  });
  TRY(out.close());
  write_truth(options.path,
              "{\"calls\": " + std::to_string(options.short_calls + 1) +
                  ", \"packets_total\": " + std::to_string(writer.written()) +
                  ", \"long_call\": {\"packets\": " + std::to_string(day.packets()) +
                  ", \"rtp_per_stream\": " + std::to_string(day.rtp / 2) + ", \"interval_ms\": 1000}" +
                  ", \"short_call\": {\"packets\": " + std::to_string(brief.packets()) +
                  ", \"rtp_per_stream\": " + std::to_string(brief.rtp / 2) + ", \"interval_ms\": 20}}\n");
  return {};
}

}  // namespace callgen
