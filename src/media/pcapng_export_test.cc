#include "media/pcapng_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "media/testing/recording.h"
#include "pcap/dissect.h"
#include "pcap/reader.h"

namespace ew::media {
namespace {

using testing::HasSubstr;

constexpr int64_t kAnswer = 100 * kNsPerMs + 123;

struct Packet {
  WallTime at;
  pcap::Kind kind;
  pcap::Dissected dissected;
};
struct Export {
  Bytes file;
  PcapngReport report;
  std::vector<Packet> packets;  // views into file
};

Export write(FakeRecording& recording) {
  Export made;
  auto report = write_pcapng(recording, [&](ByteView bytes) -> Status {
    made.file.insert(made.file.end(), bytes.begin(), bytes.end());
    return {};
  });
  EXPECT_TRUE(report.ok()) << report.error().message();
  if (report.ok()) made.report = *report;
  pcap::Reader reader;
  pcap::Record record;
  for (ByteView rest = made.file; !rest.empty(); rest = rest.subspan(reader.consumed())) {
    auto step = reader.next(rest, record);
    if (step == pcap::Reader::Step::kOther) continue;
    EXPECT_EQ(step, pcap::Reader::Step::kPacket) << reader.error();
    if (step != pcap::Reader::Step::kPacket) break;
    Packet packet{record.at, {}, {}};
    packet.kind = pcap::dissect(record.link_type, record.bytes, packet.dissected);
    made.packets.push_back(packet);
  }
  return made;
}

void sip(FakeRecording& recording, Transport transport, const char* from, const char* to, std::string text,
         int64_t at_ns) {
  part::Record record;
  record.type = part::RecordType::kSip;
  record.at = FakeRecording::kStart + at_ns;
  record.source = *Endpoint::parse(from);
  record.destination = *Endpoint::parse(to);
  record.transport = transport;
  record.vlan = 42;
  record.dscp = 26;
  recording.add(record, Bytes(text.begin(), text.end()));
}

std::string request(size_t body_size, const std::string& body_start = "") {
  std::string body = body_start + std::string(body_size - std::min(body_size, body_start.size()), 'x');
  return "OPTIONS sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bK1\r\nFrom: "
         "<sip:a@example.com>;tag=1\r\n"
         "To: <sip:b@example.com>\r\nCall-ID: one\r\nCSeq: 1 OPTIONS\r\nContent-Type: "
         "text/plain\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

void rtcp(FakeRecording& recording, uint32_t stream, int64_t at_ns) {
  part::Record record;
  record.type = part::RecordType::kRtcp;
  record.at = FakeRecording::kStart + at_ns;
  record.stream = stream;
  recording.add(record, Bytes{0x80, 201, 0, 1, 0, 0, 0, 42});
}

FakeRecording a_call() {
  FakeRecording recording;
  sip(recording, Transport::kUdp, "10.0.0.1:5060", "10.0.0.2:5060", request(0), 0);
  sip(recording, Transport::kTcp, "10.0.0.1:40000", "10.0.0.2:5060", request(4000), kAnswer);
  sip(recording, Transport::kTcp, "10.0.0.2:5060", "10.0.0.1:40000", request(10), kAnswer + 1);
  sip(recording, Transport::kTcp, "10.0.0.1:40000", "10.0.0.2:5060", request(20), kAnswer + 2);
  recording.stream(1, "caller", kPcma, kNsPerSec,
                   R"(,"paths":[["[2001:db8::1]:6000","[2001:db8::2]:6002"]])");
  recording.rtp({kNsPerSec, 1, 8, 7, 160, Bytes(160, 0xd5)});
  recording.rtp({kNsPerSec + 20, 1, 8, 8, 320, Bytes(160, 0xd5), 1});
  rtcp(recording, 1, kNsPerSec + 40);
  return recording;
}

TEST(Pcapng, KeepsTimesAddressesAndPayloads) {
  auto recording = a_call();
  auto made = write(recording);
  ASSERT_EQ(made.packets.size(), 1u + 4 + 1 + 1 + 3);
  EXPECT_EQ(made.report.packets, made.packets.size());
  const Packet& first = made.packets[0];
  EXPECT_EQ(first.at, FakeRecording::kStart);
  EXPECT_EQ(first.kind, pcap::Kind::kUdp);
  EXPECT_EQ(first.dissected.source.text(), "10.0.0.1:5060");
  EXPECT_EQ(first.dissected.destination.text(), "10.0.0.2:5060");
  EXPECT_EQ(first.dissected.vlan, 42);
  EXPECT_EQ(first.dissected.dscp, 26);
  EXPECT_EQ(as_text(first.dissected.payload), request(0));

  const Packet& rtp = made.packets[7];
  EXPECT_EQ(rtp.at, FakeRecording::kStart + kNsPerSec);
  EXPECT_EQ(rtp.dissected.source.text(), "10.0.0.1:4000");
  EXPECT_EQ(rtp.dissected.payload.size(), 172u);
  EXPECT_EQ(made.packets[8].dissected.source.text(), "[2001:db8::1]:6000");
  EXPECT_EQ(made.packets[8].dissected.destination.text(), "[2001:db8::2]:6002");
  EXPECT_EQ(made.packets[9].dissected.source.port, 4001);
  EXPECT_EQ(made.packets[9].dissected.destination.port, 5001);
}

TEST(Pcapng, TcpMessagesFollowEachOther) {
  auto recording = a_call();
  auto made = write(recording);
  std::string sent;
  uint32_t next = 1;
  for (const Packet& packet : made.packets) {
    if (packet.kind != pcap::Kind::kTcp || packet.dissected.source.port != 40000) continue;
    EXPECT_EQ(packet.dissected.tcp_sequence, next);
    EXPECT_LE(packet.dissected.payload.size(), 1400u);
    next += static_cast<uint32_t>(packet.dissected.payload.size());
    sent += as_text(packet.dissected.payload);
  }
  EXPECT_EQ(sent, request(4000) + request(20));
}

TEST(Pcapng, SaysWhatWasDoneToThePackets) {
  auto plain = a_call();
  auto made = write(plain);
  EXPECT_THAT(as_text(made.file), HasSubstr("Made by Earwitness from stored records"));
  EXPECT_THAT(as_text(made.file), Not(HasSubstr("decrypted")));
  EXPECT_THAT(as_text(made.file), Not(HasSubstr("redacted")));

  FakeRecording secure;
  sip(secure, Transport::kTls, "10.0.0.1:5061", "10.0.0.2:5061",
      request(90, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:REDACTED\r\n"), 0);
  secure.stream(1, "caller", kPcma, 1, R"(,"decrypted":true)");
  made = write(secure);
  EXPECT_THAT(as_text(made.file),
              HasSubstr("SRTP was decrypted and is written as RTP. Keys in SDP are redacted."));
}

TEST(Pcapng, CountsWhatHasNoAddresses) {
  FakeRecording recording;
  recording.stream(1, "caller", kPcma);
  recording.rtp({0, 2, 8, 0, 0, Bytes(160)});
  recording.rtp({0, 1, 8, 0, 0, Bytes(160), 1});  // path 1 is not described
  rtcp(recording, part::kNoStream, 0);
  auto made = write(recording);
  EXPECT_EQ(made.report.without_addresses, 3u);
  EXPECT_EQ(made.packets.size(), 0u);
}

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  while (size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), got);
  pclose(pipe);
  return text;
}

TEST(Pcapng, TsharkSeesTheSame) {
  if (std::system("command -v tshark >/dev/null 2>&1") != 0) GTEST_SKIP() << "tshark is absent";
  auto recording = a_call();
  auto made = write(recording);
  auto path = std::filesystem::temp_directory_path() / ("ew_media_" + std::to_string(getpid()) + ".pcapng");
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(made.file.data()), std::streamsize(made.file.size()));
  std::string tshark =
      "tshark -r " + path.string() + " -d udp.port==4000,rtp -d udp.port==6000,rtp -d udp.port==4001,rtcp ";
  std::string quiet = " 2>/dev/null";
  EXPECT_EQ(output_of(tshark + "-Y sip -T fields -e sip.Method -e sip.Content-Length" + quiet),
            "OPTIONS\t0\nOPTIONS\t4000\nOPTIONS\t10\nOPTIONS\t20\n");
  EXPECT_EQ(output_of(tshark + "-Y rtp -T fields -e rtp.seq -e frame.time_epoch" + quiet),
            "7\t1795000001.000000000\n8\t1795000001.000000020\n");
  EXPECT_EQ(output_of(tshark + "-Y rtcp -T fields -e rtcp.senderssrc" + quiet), "0x0000002a\n");
  EXPECT_EQ(output_of(tshark +
                      "-o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE "
                      "-Y '_ws.expert.severity==error || tcp.analysis.flags'" +
                      quiet),
            "");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace ew::media
