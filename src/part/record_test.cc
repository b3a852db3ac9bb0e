#include "part/record.h"

#include <gtest/gtest.h>

#include <random>

namespace ew::part {
namespace {

struct Kept {  // a record that owns its body
  Record record;
  Bytes body;
};

std::vector<Kept> read_all(ByteView bytes, WallTime first_at) {
  std::vector<Kept> kept;
  Status status = for_each_record(bytes, first_at, [&](const Record& record) {
    kept.push_back({record, Bytes(record.body.begin(), record.body.end())});
  });
  EXPECT_TRUE(status.ok());
  return kept;
}

TEST(Record, HasTheSpecifiedBytes) {
  RecordWriter writer;
  Bytes packet = {0x80, 8, 1, 2};
  Record record{.type = RecordType::kRtp,
                .at = {1000},
                .has_ref = true,
                .ref = {2, 300, 0},
                .stream = 5,
                .path = 1,
                .body = packet};
  writer.append(record);
  EXPECT_EQ(to_hex(writer.bytes()),
            "0c"
            "03"
            "00"
            "03ac0200"
            "05"
            "01"
            "80080102");
  record = {.type = RecordType::kEvent, .at = {999}, .body = as_bytes("{}")};
  writer.append(record);
  EXPECT_EQ(to_hex(writer.bytes().subspan(13)),
            "04"
            "05"
            "01"
            "7b7d");
  EXPECT_EQ(writer.first_at().ns, 1000);
  EXPECT_EQ(writer.last_at().ns, 1000);
  Endpoint source = *Endpoint::parse("1.2.3.4:258");
  record = {.type = RecordType::kSip,
            .at = {999},
            .source = source,
            .destination = source,
            .transport = Transport::kTcp,
            .vlan = 130,
            .dscp = 46,
            .body = as_bytes("x")};
  writer.append(record);
  EXPECT_EQ(to_hex(writer.bytes().subspan(18)),
            "2c"
            "01"
            "00"
            "00"
            "00000000000000000000ffff010203040201"
            "00000000000000000000ffff010203040201"
            "01"
            "8201"
            "2e"
            "78");
  writer.clear();
  EXPECT_TRUE(writer.empty());
}

TEST(Record, EveryRecordComesBack) {
  std::mt19937_64 random(1);
  auto number = [&] { return random() >> (random() % 64); };  // of every length
  for (int round = 0; round < 300; ++round) {
    RecordWriter writer;
    std::vector<Kept> written;
    int count = static_cast<int>(random() % 20);
    written.reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
      Kept& kept = written.emplace_back();
      kept.body.resize(random() % 300 + 32);
      for (uint8_t& byte : kept.body) byte = static_cast<uint8_t>(random());
      Record& record = kept.record;
      record.type = static_cast<RecordType>(random() % 7 + 1);
      record.at.ns = static_cast<int64_t>(random() % 3 ? number() : random());
      bool is_packet = record.type == RecordType::kSip || record.type == RecordType::kRtp ||
                       record.type == RecordType::kRtcp;
      record.has_ref = is_packet && random() % 2;
      if (record.has_ref || record.type == RecordType::kCapture)
        record.ref.capture = static_cast<uint32_t>(number());
      if (record.has_ref) record.ref.packet = number();
      if (record.has_ref) record.ref.index = static_cast<uint32_t>(number());
      if (record.type == RecordType::kRtp) record.path = static_cast<uint8_t>(random());
      if (record.type == RecordType::kStream || (is_packet && record.type != RecordType::kSip))
        record.stream = random() % 4 ? static_cast<uint32_t>(number()) : kNoStream;
      if (record.type == RecordType::kSip) {
        for (Endpoint* endpoint : {&record.source, &record.destination}) {
          for (uint8_t& byte : endpoint->ip.bytes) byte = static_cast<uint8_t>(random());
          endpoint->port = static_cast<uint16_t>(random());
        }
        record.transport = static_cast<Transport>(random() % 3);
        record.vlan = static_cast<uint16_t>(number());
        record.dscp = static_cast<uint8_t>(random());
      }
      record.body = kept.body;
      writer.append(record);
    }
    std::vector<Kept> read = read_all(writer.bytes(), writer.first_at());
    ASSERT_EQ(read.size(), written.size());
    for (size_t i = 0; i < read.size(); ++i) {
      const Record &a = written[i].record, &b = read[i].record;
      EXPECT_EQ(a.type, b.type);
      EXPECT_EQ(a.at.ns, b.at.ns);
      EXPECT_EQ(a.has_ref, b.has_ref);
      EXPECT_EQ(a.ref, b.ref);
      EXPECT_EQ(a.source, b.source);
      EXPECT_EQ(a.destination, b.destination);
      EXPECT_EQ(a.transport, b.transport);
      EXPECT_EQ(a.vlan, b.vlan);
      EXPECT_EQ(a.dscp, b.dscp);
      EXPECT_EQ(a.stream, b.stream);
      EXPECT_EQ(a.path, b.path);
      EXPECT_EQ(written[i].body, read[i].body);
    }
  }
}

TEST(Record, UnknownTypesAreSkippedAndBadBytesAreNone) {
  auto status_of = [](std::initializer_list<uint8_t> bytes, int& count) {
    Bytes exact(bytes);
    count = 0;
    return for_each_record(exact, {}, [&](const Record&) { ++count; });
  };
  int count = 0;
  EXPECT_TRUE(status_of({2, 99, 1, 2, 5, 0, 1, 0}, count).ok());
  EXPECT_EQ(count, 1);
  EXPECT_EQ(status_of({0}, count).error().code(), ErrorCode::kCorrupt);              // no type
  EXPECT_EQ(status_of({3, 5, 0}, count).error().code(), ErrorCode::kCorrupt);        // ends early
  EXPECT_EQ(status_of({0x80}, count).error().code(), ErrorCode::kCorrupt);           // half a length
  EXPECT_EQ(status_of({1, 5}, count).error().code(), ErrorCode::kCorrupt);           // no time
  EXPECT_EQ(status_of({4, 3, 0, 0, 1}, count).error().code(), ErrorCode::kCorrupt);  // rtp without path
  EXPECT_EQ(status_of({4, 7, 0, 0, 1}, count).error().code(), ErrorCode::kCorrupt);  // capture without digest
}

TEST(Record, TheBufferIsReused) {
  RecordWriter writer;
  Bytes packet(172);
  Record record{.type = RecordType::kRtp, .at = {1}, .body = packet};
  for (int i = 0; i < 100; ++i) writer.append(record);
  const uint8_t* before = writer.bytes().data();
  for (int frame = 0; frame < 10; ++frame) {
    writer.clear();
    for (int i = 0; i < 100; ++i) writer.append(record);
    EXPECT_EQ(writer.bytes().data(), before);
  }
}

}  // namespace
}  // namespace ew::part
