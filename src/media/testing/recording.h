// Recordings made up for tests, and what is heard in a WAV file.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "media/record_source.h"

namespace ew::media {

class FakeRecording : public RecordSource {
 public:
  static constexpr WallTime kStart{1'795'000'000'000'000'000};

  struct Rtp {
    int64_t at_ns = 0;  // after kStart
    uint32_t stream = 1;
    uint8_t payload_type = 8;
    uint16_t sequence = 0;
    uint32_t timestamp = 0;
    Bytes payload;
    uint8_t path = 0;
  };

  void stream(uint32_t number, const std::string& participant, const std::string& formats, int64_t at_ns = 0,
              const std::string& more = "") {
    std::string json =
        R"({"ssrc":"0000002a","source":"10.0.0.1:4000","destination":"10.0.0.2:5000","participant":")" +
        participant + R"(","media":"audio","formats":[)" + formats + "]" + more + "}";
    part::Record record;
    record.type = part::RecordType::kStream;
    record.at = kStart + at_ns;
    record.stream = number;
    add(record, Bytes(json.begin(), json.end()));
  }
  void rtp(const Rtp& packet) {
    Bytes bytes;
    ByteWriter writer(bytes);
    writer.u8(0x80);
    writer.u8(packet.payload_type);
    writer.u16be(packet.sequence);
    writer.u32be(packet.timestamp);
    writer.u32be(42);
    writer.raw(packet.payload);
    part::Record record;
    record.type = part::RecordType::kRtp;
    record.at = kStart + packet.at_ns;
    record.stream = packet.stream;
    record.path = packet.path;
    add(record, std::move(bytes));
  }
  void add(const part::Record& record, Bytes body) { entries_.push_back({record, std::move(body)}); }

  Status for_each(const std::function<void(const part::Record&)>& each) override {
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.record.at < b.record.at; });
    for (Entry& entry : entries_) {
      entry.record.body = entry.body;
      each(entry.record);
    }
    return {};
  }

 private:
  struct Entry {
    part::Record record;
    Bytes body;
  };
  std::vector<Entry> entries_;
};

inline const char* const kPcma = R"({"pt":8,"codec":"PCMA","rate":8000,"channels":1,"fmtp":""})";
inline const char* const kPcmu = R"({"pt":0,"codec":"PCMU","rate":8000,"channels":1,"fmtp":""})";
inline const char* const kG722 = R"({"pt":9,"codec":"G722","rate":8000,"channels":1,"fmtp":""})";
inline const char* const kOpus = R"({"pt":111,"codec":"opus","rate":48000,"channels":2,"fmtp":""})";
inline const char* const kEvents =
    R"({"pt":101,"codec":"telephone-event","rate":8000,"channels":1,"fmtp":""})";

}  // namespace ew::media
