#include "callgen/audio.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

extern char** environ;

namespace callgen {
namespace {

namespace fs = std::filesystem;
using ew::Bytes;

// A folder for the files between two programs, removed with its content.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "callgen-XXXXXX").string();
    if (mkdtemp(pattern.data())) path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

bool on_path(const std::string& program) {
  const char* variable = std::getenv("PATH");
  std::string path = variable ? variable : "/usr/bin:/bin";
  for (size_t from = 0; from <= path.size();) {
    size_t to = std::min(path.find(':', from), path.size());
    if (access((path.substr(from, to - from) + "/" + program).c_str(), X_OK) == 0) return true;
    from = to + 1;
  }
  return false;
}

ew::Status run(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
  pid_t child = 0;
  int failed = posix_spawnp(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int state = 0;
  if (failed || waitpid(child, &state, 0) < 0 || !WIFEXITED(state) || WEXITSTATUS(state) != 0)
    return ew::Error(ew::ErrorCode::kIo, arguments[0] + " failed");
  return {};
}

Bytes read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

void write_samples(const std::string& path, const Samples& samples) {
  Bytes raw;
  ew::ByteWriter writer(raw);
  for (int16_t sample : samples) writer.u16le(static_cast<uint16_t>(sample));
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(raw.data()), static_cast<long>(raw.size()));
}

// One period; indexed by the top bits of a 32-bit phase.
const std::array<int16_t, 1024>& sine_table() {
  static const std::array<int16_t, 1024> table = [] {
    std::array<int16_t, 1024> made{};
    for (size_t i = 0; i < made.size(); ++i)
      made[i] = static_cast<int16_t>(std::lround(32767 * std::sin(2 * M_PI * static_cast<double>(i) / 1024)));
    return made;
  }();
  return table;
}

// The packets of an Ogg stream (RFC 3533) without its two Opus header packets (RFC 7845).
std::vector<Bytes> packets_of_ogg(const Bytes& file) {
  std::vector<Bytes> packets;
  Bytes packet;
  ew::ByteReader reader(file);
  while (reader.remaining() >= 27) {
    reader.skip(26);
    ew::ByteView lacing = reader.take(reader.u8());
    for (uint8_t length : lacing) {
      ew::ByteView piece = reader.take(length);
      packet.insert(packet.end(), piece.begin(), piece.end());
      if (length == 255) continue;
      packets.push_back(std::move(packet));
      packet.clear();
    }
  }
  packets.erase(packets.begin(), packets.begin() + static_cast<long>(std::min<size_t>(2, packets.size())));
  return packets;
}

std::vector<Bytes> cut(const Bytes& bytes, size_t size) {
  std::vector<Bytes> pieces;
  for (size_t at = 0; at + size <= bytes.size(); at += size)
    pieces.emplace_back(bytes.begin() + static_cast<long>(at), bytes.begin() + static_cast<long>(at + size));
  return pieces;
}

}  // namespace

uint8_t ulaw_of(int16_t sample) {
  constexpr int kBias = 0x84, kClip = 32635;
  int sign = sample < 0 ? 0x80 : 0;
  int magnitude = std::min(std::abs(static_cast<int>(sample)), kClip) + kBias;
  int exponent = 7;
  for (int mask = 0x4000; exponent > 0 && !(magnitude & mask); mask >>= 1) --exponent;
  int mantissa = magnitude >> (exponent + 3) & 0x0f;
  return static_cast<uint8_t>(~(sign | exponent << 4 | mantissa));
}

uint8_t alaw_of(int16_t sample) {
  int sign = sample >= 0 ? 0x80 : 0;
  int magnitude = sample >= 0 ? sample >> 3 : (-static_cast<int>(sample) - 1) >> 3;  // 13 bits
  int exponent = 0;
  for (int value = magnitude >> 5; value; value >>= 1) ++exponent;
  int mantissa = exponent ? magnitude >> exponent & 0x0f : magnitude >> 1 & 0x0f;
  return static_cast<uint8_t>((sign | exponent << 4 | mantissa) ^ 0x55);
}

Samples tone(unsigned hertz, size_t count, unsigned rate, Random random) {
  const auto& sine = sine_table();
  uint32_t step = static_cast<uint32_t>((static_cast<uint64_t>(hertz) << 32) / rate);
  uint32_t swell_step = static_cast<uint32_t>((uint64_t{3} << 32) / (2 * uint64_t{rate}));  // 1.5 Hz
  uint32_t phase = 0, swell = 0;
  Samples samples(count);
  for (int16_t& sample : samples) {
    int amplitude = 7000 + sine[swell >> 22] / 8;
    int noise = static_cast<int>(random.below(257)) - 128;
    sample = static_cast<int16_t>(sine[phase >> 22] * amplitude / 32768 + noise);
    phase += step;
    swell += swell_step;
  }
  return samples;
}

bool speech_available() { return on_path("espeak-ng") && on_path("sox"); }
bool ffmpeg_available() { return on_path("ffmpeg"); }

ew::Result<Samples> speech(const std::string& text, const std::string& voice, unsigned rate) {
  Scratch scratch;
  TRY(run({"espeak-ng", "-v", voice, "-s", "150", "-w", scratch.file("said.wav"), "--", text}));
  TRY(run({"sox", "-R", scratch.file("said.wav"), "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-L",
           "-r", std::to_string(rate), scratch.file("said.raw"), "norm", "-6"}));
  Bytes raw = read_all(scratch.file("said.raw"));
  Samples samples;
  ew::ByteReader reader(raw);
  while (reader.remaining() >= 2) samples.push_back(static_cast<int16_t>(reader.u16le()));
  return samples;
}

ew::Result<std::vector<Bytes>> encode_with_ffmpeg(const Samples& samples, const std::string& encoder) {
  Scratch scratch;
  bool opus = encoder == "libopus";
  write_samples(scratch.file("in.raw"), samples);
  std::vector<std::string> command = {"ffmpeg",
                                      "-v",
                                      "error",
                                      "-f",
                                      "s16le",
                                      "-ar",
                                      opus ? "48000" : "16000",
                                      "-ac",
                                      "1",
                                      "-i",
                                      scratch.file("in.raw"),
                                      "-c:a",
                                      encoder,
                                      "-bitexact"};
  if (opus)
    command.insert(command.end(), {"-b:a", "24k", "-application", "voip", "-f", "ogg"});
  else
    command.insert(command.end(), {"-f", "g722"});
  command.push_back(scratch.file("out"));
  TRY(run(command));
  Bytes encoded = read_all(scratch.file("out"));
  return opus ? packets_of_ogg(encoded) : cut(encoded, 160);
}

}  // namespace callgen
