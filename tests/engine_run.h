// Runs captures through the call engine alone and keeps what it says.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "call/call.h"
#include "call/engine.h"
#include "capture/capture_file.h"
#include "crypto/crypto.h"

namespace ew::testing {

struct EngineRun : call::Listener, call::Ids, capture::DatagramSink {
  call::Settings settings;
  std::unique_ptr<call::Engine> engine;
  std::map<CallId, CallRecord> records;         // as last said
  std::map<CallId, std::vector<std::pair<uint32_t, uint64_t>>> stored;  // stream, packet number
  std::map<CallId, size_t> messages;
  std::map<CallId, CallId> witnessed;  // by the later witness, the earlier
  capture::SourceCounters source;
  std::vector<capture::CaptureFileInfo> files;

  void on_call(call::Call& call, call::Change) override { records[call.record.call_id] = call.record; }
  void on_signalling(call::Call& call, const Datagram&, const sip::Message&) override { ++messages[call.record.call_id]; }
  void on_media(call::Call& call, call::Stream* stream, const call::MediaPacket& packet) override {
    if (stream && !packet.is_rtcp) stored[call.record.call_id].emplace_back(stream->number, packet.ref.packet);
  }
  // Witnesses of one call stay apart here; which call they would be is kept.
  CallId call_id(const Datagram& first, std::string_view, std::optional<CallId> of) override {
    Bytes seed;
    ByteWriter(seed).u64le(first.ref.packet * 64 + first.ref.capture);
    if (first.ref.index >> 16) ByteWriter(seed).u32le(first.ref.index);  // one of several that a message begins
    CallId id(Uuid::v7(first.at, crypto::sha256(seed)));
    if (of) witnessed[id] = *of;
    return id;
  }
  CallId call_id_of_session(const Datagram& first, const std::vector<std::string>&, std::optional<CallId> of) override {
    return call_id(first, {}, of);
  }
  InteractionId interaction_id(CallId first) override { return InteractionId(first); }
  std::string source_detail(const Datagram&) override { return "test"; }
  void on_datagram(const Datagram& datagram) override { engine->on_datagram(datagram); }

  Status run(const std::vector<std::string>& paths) {
    engine = std::make_unique<call::Engine>(settings, *this, *this);
    auto captures = TRY(capture::CaptureFiles::open(paths));
    while (TRY(captures->run(*this, 1000))) {
    }
    engine->finish();
    source = captures->counters();
    files = captures->files();
    return {};
  }
  std::vector<CallRecord> calls() const {  // by start
    std::vector<CallRecord> sorted;
    for (const auto& [id, record] : records) sorted.push_back(record);
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.start_at < b.start_at; });
    return sorted;
  }
};

}  // namespace ew::testing
