#include "pcap/reader.h"

#include <gtest/gtest.h>

#include <string>

namespace ew::pcap {
namespace {

// Writes numbers in the byte order under test.
class FileBuilder {
 public:
  explicit FileBuilder(bool big_endian) : big_endian_(big_endian) {}
  void u16(uint16_t value) { number(value, 2); }
  void u32(uint32_t value) { number(value, 4); }
  void u64(uint64_t value) { number(value, 8); }
  void raw(ByteView view) { bytes.insert(bytes.end(), view.begin(), view.end()); }
  void pad() { bytes.resize((bytes.size() + 3) / 4 * 4); }
  // Both lengths of a block whose type was written at `start`, after its body.
  void end_block(size_t start) {
    pad();
    u32(0);
    set_length(start, static_cast<uint32_t>(bytes.size() - start));
  }
  void set_length(size_t start, uint32_t length) {
    for (size_t at : {start + 4, bytes.size() - 4}) {
      for (int i = 0; i < 4; ++i)
        bytes[at + i] = static_cast<uint8_t>(length >> 8 * (big_endian_ ? 3 - i : i));
    }
  }
  Bytes bytes;

 private:
  void number(uint64_t value, int count) {
    for (int i = 0; i < count; ++i) {
      bytes.push_back(static_cast<uint8_t>(value >> 8 * (big_endian_ ? count - 1 - i : i)));
    }
  }
  bool big_endian_;
};

struct Packet {
  int64_t ns;
  uint16_t link_type;
  uint32_t original_length;
  std::string bytes;
  std::string comment;
  bool operator==(const Packet&) const = default;
};
void PrintTo(const Packet& packet, std::ostream* out) {
  *out << packet.ns << " link " << packet.link_type << " of " << packet.original_length << ": "
       << packet.bytes;
}

struct Contents {
  std::vector<Packet> packets;
  bool truncated = false;
  std::string error;
};

Contents read(ByteView file) {
  Contents contents;
  Reader reader;
  Record record;
  while (!file.empty()) {
    switch (reader.next(file, record)) {
      case Reader::Step::kPacket:
        contents.packets.push_back({record.at.ns, record.link_type, record.original_length,
                                    std::string(as_text(record.bytes)), std::string(comment_of(record))});
        [[fallthrough]];
      case Reader::Step::kOther:
        if (reader.consumed() > file.size()) {
          contents.truncated = true;
          return contents;
        }
        file = file.subspan(reader.consumed());
        break;
      case Reader::Step::kNeedMore:
        EXPECT_GT(reader.needed(), file.size());
        EXPECT_LE(reader.needed(), kMaxBlock);
        contents.truncated = true;
        return contents;
      case Reader::Step::kDamaged:
        contents.error = reader.error();
        return contents;
    }
  }
  return contents;
}

Bytes pcap_file(bool big_endian, bool nanoseconds) {
  FileBuilder file(big_endian);
  file.u32(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
  file.u16(2);
  file.u16(4);
  file.u64(0);
  file.u32(10);
  file.u32(0x04000001);  // Ethernet, with frame check sequences
  file.u32(1000);
  file.u32(500);
  file.u32(3);
  file.u32(60);
  file.raw(as_bytes("abc"));
  file.u32(4000000000);
  file.u32(7);
  file.u32(2);
  file.u32(2);
  file.raw(as_bytes("de"));
  return file.bytes;
}

class BothByteOrders : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Reader, BothByteOrders, testing::Bool());

TEST_P(BothByteOrders, ReadsPcapWithBothResolutions) {
  Contents micro = read(pcap_file(GetParam(), false));
  std::vector<Packet> expected = {{1000000500000, 1, 60, "abc", ""}, {4000000000000007000, 1, 2, "de", ""}};
  EXPECT_EQ(micro.packets, expected);
  expected[0].ns = 1000000000500;
  expected[1].ns = 4000000000000000007;
  EXPECT_EQ(read(pcap_file(GetParam(), true)).packets, expected);
}

void add_section(FileBuilder& file) {
  size_t start = file.bytes.size();
  file.u32(0x0a0d0d0a);
  file.u32(0);
  file.u32(0x1a2b3c4d);
  file.u16(1);
  file.u16(0);
  file.u64(UINT64_MAX);
  file.end_block(start);
}

struct Option {
  uint16_t code;
  Bytes value;
};

void add_options(FileBuilder& file, const std::vector<Option>& options) {
  for (const Option& option : options) {
    file.u16(option.code);
    file.u16(static_cast<uint16_t>(option.value.size()));
    file.raw(option.value);
    file.pad();
  }
  if (!options.empty()) file.u32(0);
}

void add_interface(FileBuilder& file, uint16_t link_type, uint32_t snap_length,
                   const std::vector<Option>& options = {}) {
  size_t start = file.bytes.size();
  file.u32(1);
  file.u32(0);
  file.u16(link_type);
  file.u16(0);
  file.u32(snap_length);
  add_options(file, options);
  file.end_block(start);
}

void add_packet(FileBuilder& file, uint32_t interface, uint64_t ticks, std::string_view bytes,
                std::string_view comment = "") {
  size_t start = file.bytes.size();
  file.u32(6);
  file.u32(0);
  file.u32(interface);
  file.u32(static_cast<uint32_t>(ticks >> 32));
  file.u32(static_cast<uint32_t>(ticks));
  file.u32(static_cast<uint32_t>(bytes.size()));
  file.u32(100);
  file.raw(as_bytes(bytes));
  file.pad();
  ByteView text = as_bytes(comment);
  if (!comment.empty()) add_options(file, {{2, {0, 0, 0, 1}}, {1, Bytes(text.begin(), text.end())}});
  file.end_block(start);
}

void add_simple_packet(FileBuilder& file, uint32_t original_length, std::string_view bytes) {
  size_t start = file.bytes.size();
  file.u32(3);
  file.u32(0);
  file.u32(original_length);
  file.raw(as_bytes(bytes));
  file.end_block(start);
}

void add_obsolete_packet(FileBuilder& file, uint16_t interface, uint64_t ticks, std::string_view bytes) {
  size_t start = file.bytes.size();
  file.u32(2);
  file.u32(0);
  file.u16(interface);
  file.u16(0xffff);
  file.u32(static_cast<uint32_t>(ticks >> 32));
  file.u32(static_cast<uint32_t>(ticks));
  file.u32(static_cast<uint32_t>(bytes.size()));
  file.u32(static_cast<uint32_t>(bytes.size()));
  file.raw(as_bytes(bytes));
  file.end_block(start);
}

void add_unknown_block(FileBuilder& file, size_t size) {
  size_t start = file.bytes.size();
  file.u32(0x0bad);
  file.u32(0);
  file.raw(Bytes(size, 0xee));
  file.end_block(start);
}

Bytes pcapng_file(bool big_endian, bool second_section_big_endian) {
  FileBuilder file(big_endian);
  Bytes offset = {0, 0, 0, 0, 0, 0, 0, 100};
  if (!big_endian) std::swap(offset[0], offset[7]);
  add_section(file);
  add_interface(file, 1, 0);
  add_interface(file, 113, 4, {{2, {'e', 't', 'h'}}, {9, {9}}});
  add_unknown_block(file, 40);
  add_interface(file, 101, 0, {{9, {0x80 | 10}}, {14, offset}});
  add_packet(file, 0, 1000001, "first", "said");
  add_packet(file, 1, 2000000001, "second");
  add_packet(file, 2, 1024 * 3 + 512, "third");
  add_simple_packet(file, 3, "abc");
  add_obsolete_packet(file, 1, 5, "old");

  FileBuilder second(second_section_big_endian);
  add_section(second);
  add_interface(second, 276, 2);
  add_simple_packet(second, 5, "ab");
  add_packet(second, 0, 9, "");
  file.raw(second.bytes);
  return file.bytes;
}

TEST_P(BothByteOrders, ReadsPcapngWithSeveralInterfacesAndSections) {
  for (bool second : {false, true}) {
    Contents contents = read(pcapng_file(GetParam(), second));
    std::vector<Packet> expected = {
        {1000001000, 1, 100, "first", "said"},
        {2000000001, 113, 100, "second", ""},
        {103500000000, 101, 100, "third", ""},
        {103500000000, 1, 3, "abc", ""},
        {5, 113, 3, "old", ""},
        {5, 276, 5, "ab", ""},
        {9000, 276, 100, "", ""},
    };
    EXPECT_EQ(contents.packets, expected);
    EXPECT_EQ(contents.error, "");
    EXPECT_FALSE(contents.truncated);
  }
}

TEST_P(BothByteOrders, EveryTruncationYieldsAPrefix) {
  for (const Bytes& file : {pcap_file(GetParam(), true), pcapng_file(GetParam(), !GetParam())}) {
    Contents whole = read(file);
    size_t most = 0;
    for (size_t size = 0; size < file.size(); ++size) {
      Bytes exact(file.begin(), file.begin() + static_cast<ptrdiff_t>(size));
      Contents part = read(exact);
      ASSERT_EQ(part.error, "");
      ASSERT_LE(part.packets.size(), whole.packets.size());
      ASSERT_GE(part.packets.size(), most);
      most = part.packets.size();
      for (size_t i = 0; i < most; ++i) ASSERT_EQ(part.packets[i], whole.packets[i]);
    }
  }
}

TEST_P(BothByteOrders, AbsurdLengthsAreDamage) {
  Bytes pcap = pcap_file(GetParam(), false);
  for (int i = 0; i < 4; ++i) pcap[24 + 8 + i] = 0x7f;
  EXPECT_EQ(read(pcap).error, "a record of an impossible length");

  FileBuilder file(GetParam());
  add_section(file);
  add_interface(file, 1, 0);
  size_t packet = file.bytes.size();
  add_packet(file, 0, 0, "abc");
  Bytes good = file.bytes;
  EXPECT_EQ(read(good).error, "");
  file.bytes[packet + 8 + 12 + (GetParam() ? 3 : 0)] = 200;  // captured length
  EXPECT_EQ(read(file.bytes).error, "a packet longer than its block");
  file.bytes = good;
  file.bytes.back() ^= 1;
  EXPECT_EQ(read(file.bytes).error, "a block with two different lengths");
  file.bytes = good;
  file.set_length(packet, 0x7fffffff);
  EXPECT_EQ(read(file.bytes).error, "a block of an impossible length");
  file.set_length(packet, 8);
  EXPECT_EQ(read(file.bytes).error, "a block of an impossible length");
}

TEST(Reader, APacketNeedsItsInterface) {
  FileBuilder file(false);
  add_section(file);
  add_packet(file, 0, 0, "abc");
  EXPECT_EQ(read(file.bytes).error, "a packet of an interface that was not described");
}

TEST(Reader, AnythingElseIsNoCapture) {
  EXPECT_EQ(read(as_bytes("RIFF....WAVE")).error, "no pcap or pcapng file");
  EXPECT_FALSE(looks_like_capture(as_bytes("abc")));
}

TEST(Reader, HostileTimesStayInBounds) {
  for (uint8_t resolution : {0, 9, 19, 127, 0x80, 0x80 | 63, 0x80 | 64, 0xff}) {
    for (uint8_t offset : {0x00, 0x7f, 0xff}) {
      FileBuilder file(false);
      add_section(file);
      add_interface(file, 1, 0, {{9, {resolution}}, {14, Bytes(8, offset)}});
      add_packet(file, 0, UINT64_MAX, "abc");
      add_packet(file, 0, 0, "abc");
      Contents contents = read(file.bytes);
      ASSERT_EQ(contents.packets.size(), 2u);
      for (const Packet& packet : contents.packets) {
        EXPECT_GE(packet.ns, 0);
        EXPECT_LE(packet.ns, kMaxTimeNs);
      }
    }
  }
}

}  // namespace
}  // namespace ew::pcap
