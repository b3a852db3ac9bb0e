// The generator's own arithmetic against published values, and the committed captures against their
// scenarios.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "callgen/audio.h"
#include "callgen/frames.h"
#include "callgen/load.h"
#include "callgen/make.h"
#include "callgen/scenario.h"
#include "callgen/srtp_sender.h"

namespace callgen {
namespace {

namespace fs = std::filesystem;
using ew::Bytes;

const fs::path kScenarios = fs::path(EW_SOURCE_DIR) / "tools/callgen/scenarios";
const fs::path kCaptures = fs::path(EW_SOURCE_DIR) / "tests/captures";

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "callgen-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path_); }
  fs::path operator/(const std::string& name) const { return path_ / name; }
  std::string text() const { return path_.string(); }

 private:
  fs::path path_;
};

Bytes content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

Bytes hex(std::string_view text) {
  Bytes bytes(text.size() / 2);
  EXPECT_TRUE(ew::from_hex(text, bytes));
  return bytes;
}

// The decoders of ITU-T G.711, tables 1 and 2, written from their segments.
int ulaw_value(uint8_t code) {
  code = static_cast<uint8_t>(~code);
  int magnitude = (((code & 0x0f) << 3) + 0x84) << (code >> 4 & 7);
  return code & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}
int alaw_value(uint8_t code) {
  code ^= 0x55;
  int exponent = code >> 4 & 7, mantissa = code & 0x0f;
  int magnitude = exponent == 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return code & 0x80 ? magnitude : -magnitude;
}

TEST(G711, EveryCodeSurvivesDecodingAndEncoding) {
  for (int code = 0; code < 256; ++code) {
    uint8_t byte = static_cast<uint8_t>(code);
    if (code != 0x7f) {
      EXPECT_EQ(ulaw_of(static_cast<int16_t>(ulaw_value(byte))), byte);  // 7f is minus zero
    }
    EXPECT_EQ(alaw_of(static_cast<int16_t>(alaw_value(byte))), byte);
  }
}

TEST(G711, EverySampleGoesToTheNearestSegmentStep) {
  for (int sample = -32768; sample < 32768; ++sample) {
    int16_t value = static_cast<int16_t>(sample);
    EXPECT_LE(std::abs(alaw_value(alaw_of(value)) - sample), std::max(16, std::abs(sample) / 16)) << sample;
    EXPECT_LE(std::abs(ulaw_value(ulaw_of(value)) - sample), std::max(8, std::abs(sample) / 16)) << sample;
  }
}

// libsrtp's test vectors: one packet with the keys of RFC 3711 appendix B.3.
TEST(Srtp, CounterModeMatchesThePublishedPacket) {
  Bytes packet = hex("800f1234decafbadcafebabeabababababababababababababababab");
  SrtpSender sender("AES_CM_128_HMAC_SHA1_80",
                    hex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6"));
  EXPECT_EQ(ew::to_hex(sender.protect(packet, 0x1234)),
            "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
}

TEST(Srtp, GcmMatchesThePublishedPacket) {
  Bytes packet = hex("800f1234decafbadcafebabeabababababababababababababababab");
  SrtpSender sender("AEAD_AES_128_GCM", hex("000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab"));
  EXPECT_EQ(ew::to_hex(sender.protect(packet, 0x1234)),
            "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392");
}

TEST(Frames, ChecksumMatchesTheExampleOfRfc1071) {
  Bytes bytes = hex("0001f203f4f5f6f7");
  EXPECT_EQ(static_cast<uint16_t>(~checksum_finish(checksum_add(0, bytes))), 0xddf2);
}

TEST(Scenarios, CommittedCapturesAreWhatTheyMake) {
  size_t checked = 0;
  for (const auto& entry : fs::directory_iterator(kScenarios)) {
    if (entry.path().stem() == "sample") continue;  // speech; its capture lies elsewhere
    ew::Status same = check(entry.path().string(), kCaptures.string());
    EXPECT_TRUE(same.ok()) << entry.path() << ": " << same.error().message();
    EXPECT_TRUE(fs::exists(kCaptures / (entry.path().stem().string() + ".truth.json")));
    ++checked;
  }
  EXPECT_GE(checked, 50u);
}

TEST(Scenarios, AChangedByteIsFound) {
  Folder folder;
  for (const char* name : {"busy.pcap", "busy.truth.json"}) fs::copy_file(kCaptures / name, folder / name);
  EXPECT_TRUE(check((kScenarios / "busy.toml").string(), folder.text()).ok());
  Bytes bytes = content_of(folder / "busy.pcap");
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream(folder / "busy.pcap", std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
  EXPECT_FALSE(check((kScenarios / "busy.toml").string(), folder.text()).ok());
}

TEST(Scenarios, MistakesAreNamed) {
  Folder folder;
  auto mistake = [&](const std::string& text) {
    std::ofstream(folder / "wrong.toml") << text;
    auto scenario = read_scenario((folder / "wrong.toml").string());
    return scenario.ok() ? std::string() : scenario.error().message();
  };
  EXPECT_NE(mistake("sead = 1").find("sead"), std::string::npos);
  EXPECT_NE(mistake("seed = 'one'").find("seed"), std::string::npos);
  EXPECT_NE(mistake("[[call]]\nfrom = 'nobody'").find("nobody"), std::string::npos);
  EXPECT_NE(mistake("[[party]]\nid = 'a'\naddress = '10.0.0.256'").find("address"), std::string::npos);
  EXPECT_EQ(mistake("seed = 3"), "");
}

// Reads the records of a little-endian microsecond pcap file.
TEST(Load, CountsOrderAndChecksumsAreRight) {
  Folder folder;
  LoadOptions options;
  options.lines = 7;
  options.packets = 5000;
  options.seconds_per_call = 2;
  options.path = (folder / "load.pcap").string();
  ASSERT_TRUE(write_load(options).ok());

  Bytes file = content_of(options.path);
  ew::ByteReader reader(file);
  reader.skip(24);
  uint64_t packets = 0, previous = 0;
  while (!reader.at_end()) {
    uint64_t seconds = reader.u32le(), at = seconds * 1'000'000 + reader.u32le();
    EXPECT_GE(at, previous);
    previous = at;
    uint32_t size = reader.u32le();
    EXPECT_EQ(reader.u32le(), size);
    ew::ByteView frame = reader.take(size);
    ASSERT_GT(frame.size(), 42u);
    EXPECT_EQ(checksum_finish(checksum_add(0, frame.subspan(14, 20))), 0);
    uint64_t sum = checksum_add(17 + frame.size() - 34, frame.subspan(26, 8));
    EXPECT_EQ(checksum_finish(checksum_add(sum, frame.subspan(34))), 0);
    ++packets;
  }
  EXPECT_FALSE(reader.failed());
  EXPECT_NEAR(static_cast<double>(packets), 5000, 200);
  Bytes truth = content_of(options.path + ".truth.json");
  EXPECT_NE(ew::as_text(truth).find("\"packets_total\": " + std::to_string(packets)), std::string_view::npos);
}

}  // namespace
}  // namespace callgen
