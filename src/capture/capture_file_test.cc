#include "capture/capture_file.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "capture/packet_decoder.h"
#include "capture/test_packets_internal.h"
#include "crypto/crypto.h"

namespace ew::capture {
namespace {

using testing_internal::KeepingSink;
using testing_internal::Kept;
using testing_internal::sip_message;
using testing_internal::udp_frame;

// A capture of one datagram at each of the times, with its number as payload.
Bytes capture_at(std::vector<int64_t> times, std::string_view prefix = "") {
  Bytes file;
  pcap::write_pcap_header(file);
  for (size_t i = 0; i < times.size(); ++i) {
    pcap::write_pcap_packet({times[i]}, udp_frame(std::string(prefix) + std::to_string(i)), file);
  }
  return file;
}

std::string save(const std::string& name, ByteView bytes) {
  std::string path = testing::TempDir() + "capture_file_test_" + std::to_string(getpid()) + "_" + name;
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return path;
}

std::unique_ptr<CaptureFiles> opened(Bytes bytes) {
  auto files = CaptureFiles::from_memory("memory", std::move(bytes));
  if (files) return std::move(files).value();
  ADD_FAILURE() << files.error().message();
  return nullptr;
}

std::vector<Kept> read_all(CaptureFiles& files, size_t limit = 7) {
  KeepingSink sink;
  while (files.run(sink, limit).value()) {
  }
  EXPECT_FALSE(files.run(sink, limit).value());
  const SourceCounters& counters = files.counters();
  EXPECT_EQ(counters.packets, counters.datagrams + counters.tcp_segments + counters.fragments_held +
                                  counters.ignored + counters.malformed);
  EXPECT_EQ(sink.kept.size(), counters.datagrams + counters.tcp_messages);
  return sink.kept;
}

Bytes gzip(ByteView plain) {
  z_stream zlib{};
  EXPECT_EQ(deflateInit2(&zlib, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  Bytes out(deflateBound(&zlib, plain.size()) + 100);
  zlib.next_in = const_cast<uint8_t*>(plain.data());
  zlib.avail_in = static_cast<uInt>(plain.size());
  zlib.next_out = out.data();
  zlib.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&zlib, Z_FINISH), Z_STREAM_END);
  out.resize(zlib.total_out);
  deflateEnd(&zlib);
  return out;
}

Bytes zstd(ByteView plain) {
  Bytes out(ZSTD_compressBound(plain.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3));
  return out;
}

Bytes joined(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes long_capture() {
  std::vector<int64_t> times;
  for (int64_t i = 0; i < 10000; ++i) times.push_back(i * 1000);
  return capture_at(times);
}

TEST(CaptureFiles, CompressionMakesNoDifference) {
  Bytes plain = long_capture();
  std::vector<Kept> expected = read_all(*opened(plain), 1000);
  ASSERT_EQ(expected.size(), 10000u);
  EXPECT_EQ(expected[9999].payload, "9999");
  EXPECT_EQ(expected[9999].ref, (PacketRef{0, 10000, 0}));
  Bytes front(plain.begin(), plain.begin() + 77777), back(plain.begin() + 77777, plain.end());
  for (const Bytes& file :
       {gzip(plain), zstd(plain), joined(gzip(front), gzip(back)), joined(zstd(front), zstd(back))}) {
    auto files = opened(file);
    EXPECT_EQ(read_all(*files, 1000), expected);
    EXPECT_EQ(files->files()[0].warning, "");
    EXPECT_EQ(files->files()[0].sha256, crypto::sha256(file));
    EXPECT_EQ(files->files()[0].size, file.size());
  }
}

// Everything is told of before it is delivered, in the same order, and lies where it was said to lie.
TEST(CaptureFiles, TellsWhatComes) {
  struct Sink : DatagramSink {
    void prepare(std::span<const Datagram> coming) override {
      EXPECT_TRUE(told.empty());
      EXPECT_LE(coming.size(), PacketDecoder::kAtOnce);
      told.assign(coming.begin(), coming.end());
    }
    void on_datagram(const Datagram& datagram) override {
      ASSERT_FALSE(told.empty());
      EXPECT_EQ(datagram.ref, told.front().ref);
      EXPECT_EQ(datagram.source, told.front().source);
      EXPECT_EQ(datagram.payload.data(), told.front().payload.data());
      EXPECT_EQ(as_text(datagram.payload), std::to_string(delivered++));
      told.pop_front();
    }
    std::deque<Datagram> told;
    size_t delivered = 0;
  };
  for (size_t limit : {1, 31, 32, 33, 1000}) {
    auto files = opened(capture_at(std::vector<int64_t>(100, 5)));
    Sink sink;
    while (files->run(sink, limit).value()) {
    }
    EXPECT_EQ(sink.delivered, 100u);
  }
}

TEST(CaptureFiles, AForeignBlockLargerThanTheWindowIsSkipped) {
  Bytes file;
  pcap::write_section({"", "", {"eth0"}}, file);
  pcap::write_packet(0, {1}, udp_frame("before"), "", file);
  const uint32_t kLength = 3'000'000;
  ByteWriter writer(file);
  writer.u32le(0x0bad);
  writer.u32le(kLength);
  file.resize(file.size() + kLength - 12);
  writer.u32le(kLength);
  pcap::write_packet(0, {2}, udp_frame("after"), "", file);
  for (const Bytes& one : {file, gzip(file), zstd(file)}) {
    auto kept = read_all(*opened(one));
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_EQ(kept[1].payload, "after");
  }
}

TEST(CaptureFiles, EveryTruncationYieldsAPrefixAndAWarning) {
  Bytes pcap = capture_at({1000, 2000, 3000});
  Bytes pcapng;
  pcap::write_section({"comment", "test", {"eth0"}}, pcapng);
  for (int i = 0; i < 3; ++i) pcap::write_packet(0, {i * 1000}, udp_frame(std::to_string(i)), "x", pcapng);
  for (const Bytes& whole : {pcap, pcapng, gzip(pcap), gzip(pcapng), zstd(pcap)}) {
    std::vector<Kept> expected = read_all(*opened(whole));
    ASSERT_EQ(expected.size(), 3u);
    for (size_t size = 0; size < whole.size(); ++size) {
      auto files = CaptureFiles::from_memory(
          "memory", Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)));
      if (!files) {
        EXPECT_EQ(files.error().message().find("memory: offset 0: expected "), 0u);
        continue;
      }
      std::vector<Kept> kept = read_all(**files);
      ASSERT_LE(kept.size(), expected.size());
      expected.resize(3);
      ASSERT_TRUE(std::equal(kept.begin(), kept.end(), expected.begin()));
      const CaptureFileInfo& info = (*files)->files()[0];
      if (info.truncated) {
        EXPECT_EQ(info.warning.find("truncated after packet " + std::to_string(kept.size())), 0u)
            << info.warning;
      } else {
        EXPECT_EQ(info.warning, "");
      }
    }
  }
}

TEST(CaptureFiles, DamageIsNamedAndWhatWasBeforeIsKept) {
  Bytes file = capture_at({1, 2, 3});
  size_t record = (file.size() - 24) / 3;
  for (int i = 0; i < 4; ++i) file[24 + 2 * record + 8 + i] = 0xff;
  auto files = opened(file);
  EXPECT_EQ(read_all(*files).size(), 2u);
  EXPECT_EQ(files->files()[0].warning, "damaged after packet 2: a record of an impossible length");
  EXPECT_FALSE(files->files()[0].truncated);

  Bytes compressed = gzip(long_capture());
  compressed[compressed.size() / 2] ^= 0xff;
  files = opened(compressed);
  EXPECT_LT(read_all(*files, 1000).size(), 10000u);
  // Either the compression notices, or the bytes that come out of it are no record.
  EXPECT_NE(files->files()[0].warning, "");
}

TEST(CaptureFiles, AnErrorNamesFileOffsetAndExpectation) {
  auto message = [](const std::string& path) {
    auto files = CaptureFiles::open({path});
    EXPECT_FALSE(files);
    return files ? "" : files.error().message();
  };
  std::string empty = save("empty", {}), text = save("text", as_bytes("hello, world"));
  EXPECT_EQ(message(empty), empty + ": offset 0: expected a pcap or pcapng file, found nothing");
  EXPECT_EQ(message(text),
            text + ": offset 0: expected a pcap or pcapng file, found the bytes 68656c6c6f2c2077");
  EXPECT_EQ(message(testing::TempDir()), testing::TempDir() + ": expected a regular file");
  EXPECT_EQ(message("/nonexistent"), "/nonexistent: No such file or directory");
  std::filesystem::remove(empty);
  std::filesystem::remove(text);
}

TEST(CaptureFiles, SeveralFilesAreOneTimeLine) {
  std::vector<std::string> paths = {save("a", capture_at({100, 300, 200, 500}, "a")),
                                    save("b", gzip(capture_at({100, 250, 500}, "b"))),
                                    save("c", capture_at({}))};
  auto files = CaptureFiles::open(paths);
  ASSERT_TRUE(files) << files.error().message();
  std::vector<std::string> order;
  for (const Kept& kept : read_all(**files, 1)) {
    order.push_back(kept.payload);
    EXPECT_EQ(kept.ref.capture, kept.payload[0] == 'a' ? 0u : 1u);
  }
  // a2 goes back in time and stays behind a1.
  EXPECT_EQ(order, (std::vector<std::string>{"a0", "b0", "b1", "a1", "a2", "a3", "b2"}));
  ASSERT_EQ((*files)->files().size(), 3u);
  EXPECT_EQ((*files)->files()[0].path, paths[0]);
  EXPECT_EQ((*files)->files()[1].packets, 3u);
  EXPECT_EQ((*files)->files()[2].packets, 0u);
  for (const std::string& path : paths) std::filesystem::remove(path);
}

TEST(CaptureFiles, DeliversReassembledDatagramsAndMessages) {
  // A UDP datagram in two fragments, and a SIP message in two TCP segments.
  Bytes whole = udp_frame(std::string(1200, 'u'));
  Bytes first(whole.begin(), whole.begin() + 14 + 20 + 800), second(whole.begin(), whole.begin() + 14 + 20);
  second.insert(second.end(), whole.begin() + 14 + 20 + 800, whole.end());
  auto set_fragment = [](Bytes& frame, uint16_t flags_offset) {
    auto total = static_cast<uint16_t>(frame.size() - 14);
    frame[16] = static_cast<uint8_t>(total >> 8);
    frame[17] = static_cast<uint8_t>(total);
    frame[20] = static_cast<uint8_t>(flags_offset >> 8);
    frame[21] = static_cast<uint8_t>(flags_offset);
  };
  set_fragment(first, 0x2000);
  set_fragment(second, 100);
  std::string message = sip_message(1, 300);
  Bytes file, frame;
  pcap::write_pcap_header(file);
  pcap::write_pcap_packet({1}, second, file);
  pcap::write_pcap_packet({2}, first, file);
  pcap::Envelope tcp{testing_internal::endpoint(1, 5060), testing_internal::endpoint(2, 5060)};
  pcap::build_tcp_frame(tcp, 1, 1, as_bytes(std::string_view(message).substr(0, 200)), frame);
  pcap::write_pcap_packet({3}, frame, file);
  pcap::build_tcp_frame(tcp, 201, 1, as_bytes(std::string_view(message).substr(200)), frame);
  pcap::write_pcap_packet({4}, frame, file);
  frame.resize(20);
  pcap::write_pcap_packet({5}, frame, file);

  auto files = opened(file);
  auto kept = read_all(*files);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].payload, std::string(1200, 'u'));
  EXPECT_EQ(kept[0].ref.packet, 2u);
  EXPECT_EQ(kept[0].source.port, 5060);
  EXPECT_EQ(kept[1].payload, message);
  EXPECT_EQ(kept[1].ref.packet, 4u);
  EXPECT_EQ(files->counters().fragments_held, 1u);
  EXPECT_EQ(files->counters().tcp_segments, 2u);
  EXPECT_EQ(files->counters().malformed, 1u);
}

TEST(CaptureFiles, AnUnknownLinkTypeIsAWarning) {
  Bytes file = capture_at({1, 2});
  file[20] = 147;
  auto files = opened(file);
  EXPECT_TRUE(read_all(*files).empty());
  EXPECT_EQ(files->files()[0].warning, "link type 147 is not understood");
  EXPECT_EQ(files->counters().ignored, 2u);
}

const std::filesystem::path kShared = EW_SHARED_DIR;

TEST(RealCaptures, HaveAsManyPacketsAsCapinfosSays) {
  std::ifstream truth_file(kShared / "corpus/GROUND_TRUTH.json");
  if (!truth_file) GTEST_SKIP() << "../shared is absent";
  auto truth = nlohmann::json::parse(truth_file);
  size_t checked = 0;
  for (const auto& [name, facts] : truth.items()) {
    auto files = CaptureFiles::open({kShared / "corpus" / name});
    if (!files) {
      // capinfos also knows formats that are no captures of packets.
      EXPECT_NE(files.error().message().find("offset 0: expected"), std::string::npos)
          << files.error().message();
      continue;
    }
    read_all(**files, 1000);
    EXPECT_EQ(std::to_string((*files)->files()[0].packets),
              facts["capinfos"]["Number of packets"].get<std::string>())
        << name;
    ++checked;
  }
  EXPECT_GT(checked, 80u);
}

TEST(RealCaptures, AreAllReadOrRefusedWithAWord) {
  if (!std::filesystem::exists(kShared / "corpus")) GTEST_SKIP() << "../shared is absent";
  for (const char* folder : {"corpus", "calls"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kShared / folder)) {
      if (!entry.is_regular_file()) continue;
      std::string path = entry.path();
      auto files = CaptureFiles::open({path});
      if (files) {
        read_all(**files, 1000);
        EXPECT_EQ((*files)->files()[0].warning.find("damaged"), std::string::npos) << path;
      } else {
        EXPECT_NE(files.error().message().find(path), std::string::npos);
        EXPECT_NE(entry.path().extension(), ".pcap");
        EXPECT_NE(entry.path().extension(), ".pcapng");
      }
    }
  }
}

TEST(RealCaptures, TheTcpCallGivesItsSipMessages) {
  auto files = CaptureFiles::open({kShared / "calls/tcp.pcap"});
  if (!files) GTEST_SKIP() << "../shared is absent";
  std::vector<std::string> starts;
  for (const Kept& kept : read_all(**files, 1000)) {
    if (kept.transport == Transport::kTcp)
      starts.push_back(kept.payload.substr(0, kept.payload.find(' ', 8)));
  }
  EXPECT_EQ(starts.size(), 17u);
  EXPECT_EQ((*files)->counters().tcp_gaps, 0u);
}

}  // namespace
}  // namespace ew::capture
