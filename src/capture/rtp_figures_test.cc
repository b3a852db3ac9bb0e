// The figures of RTP streams in real captures, compared with tshark's table in the notes beside each capture.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "capture/capture_file.h"
#include "rtp/packet.h"
#include "rtp/stream_statistics.h"

namespace ew::capture {
namespace {

using StreamKey = std::tuple<std::string, std::string, uint32_t>;  // from, to, SSRC

class StatisticsSink : public DatagramSink {
 public:
  void on_datagram(const Datagram& datagram) override {
    rtp::Packet packet;
    if (rtp::parse(datagram.payload, packet) != rtp::ParseError::kNone) return;
    streams[{datagram.source.text(), datagram.destination.text(), packet.ssrc}].add(
        packet.sequence, packet.timestamp, datagram.at, 8000);
  }
  std::map<StreamKey, rtp::StreamStatistics> streams;
};

TEST(RtpFigures, EqualThoseOfTshark) {
  std::filesystem::path folder = std::filesystem::path(EW_SHARED_DIR) / "calls";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "../shared is absent";
  size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".pcap") continue;
    auto files = CaptureFiles::open({entry.path()});
    ASSERT_TRUE(files) << files.error().message();
    StatisticsSink sink;
    while ((*files)->run(sink, 1000).value()) {
    }
    std::ifstream notes(std::filesystem::path(entry.path()).replace_extension(".truth.md"));
    for (std::string line; std::getline(notes, line);) {
      std::istringstream fields(line);
      double start, end;
      std::string from, from_port, to, to_port, ssrc, codec, word;
      if (!(fields >> start >> end >> from >> from_port >> to >> to_port >> ssrc) || ssrc.rfind("0x", 0) != 0)
        continue;
      // The codec's name may have spaces; the count of packets is the number before "N (P%)".
      std::vector<std::string> rest;
      while (fields >> word && word[0] != '(') rest.push_back(word);
      ASSERT_GE(rest.size(), 3u) << line;
      StreamKey key{from + ":" + from_port, to + ":" + to_port,
                    static_cast<uint32_t>(std::stoul(ssrc, nullptr, 16))};
      ASSERT_TRUE(sink.streams.count(key)) << entry.path() << line;
      const rtp::StreamStatistics& statistics = sink.streams[key];
      EXPECT_EQ(statistics.packets() + statistics.duplicated(), std::stoul(rest[rest.size() - 2]))
          << entry.path() << line;
      EXPECT_EQ(statistics.lost(), std::stoul(rest.back())) << entry.path() << line;
      ++compared;
    }
  }
  EXPECT_GT(compared, 15u);
}

}  // namespace
}  // namespace ew::capture
