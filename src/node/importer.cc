#include "node/importer.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <deque>
#include <span>
#include <thread>
#include <unordered_map>

#include "node/local_import_host.h"
#include "node/recording_chain.h"

namespace ew::node {
namespace {

constexpr size_t kPacketsAtOnce = 2048;
constexpr auto kRest = std::chrono::milliseconds(20);  // while the keeper catches up
constexpr int kMaxAttempts = 10;  // of the journal, 200 ms apart: an import can be repeated

// Ids of an import follow from the capture, so that a repeat meets its own calls again; and a call that
// another capture brought before keeps the id it has.
class ImportIds : public call::Ids {
 public:
  ImportIds(ImportHost& host, const std::vector<recorder::CaptureIdentity>& captures)
      : host_(host), captures_(captures) {}

  // Calls of other captures can be met only if there are some: an import into an empty call log asks nothing.
  Status prepare() {
    may_meet_others_ = TRY(host_.has_calls());
    return {};
  }

  CallId call_id(const Datagram& first, std::string_view sip_call_id,
                 std::optional<CallId> witnessed) override {
    return call_id_of_session(first, {std::string(sip_call_id)}, witnessed);
  }
  CallId call_id_of_session(const Datagram& first, const std::vector<std::string>& ids,
                            std::optional<CallId> witnessed) override {
    const recorder::CaptureIdentity& capture = captures_[first.ref.capture];
    CallId id(derived("call", first.at, capture.sha256, first.ref));
    std::optional<CallId> known = witnessed;
    for (const std::string& each : ids)
      if (!known) known = known_elsewhere(each, first.at, to_hex(capture.sha256));
    if (known) id = *known;
    recordings_[id].push_back(RecordingId(derived("recording", first.at, capture.sha256, first.ref)));
    return id;
  }
  InteractionId interaction_id(CallId first_call) override { return InteractionId(first_call); }
  std::string source_detail(const Datagram& first) override { return captures_[first.ref.capture].name; }

  // Of the call's next witness, in the order in which they began.
  RecordingId recording_id(CallId call) {
    auto found = recordings_.find(call);
    EW_CHECK(found != recordings_.end());
    RecordingId id = found->second.front();
    found->second.pop_front();
    if (found->second.empty()) recordings_.erase(found);
    return id;
  }

 private:
  static Uuid derived(std::string_view what, WallTime at, ByteView capture, const PacketRef& ref) {
    Bytes seed;
    ByteWriter writer(seed);
    writer.raw(what);
    writer.raw(capture);
    writer.u64le(ref.packet);
    writer.u32le(ref.index);
    return Uuid::v7(at, crypto::sha256(seed));
  }

  std::optional<CallId> known_elsewhere(std::string_view sip_call_id, WallTime at,
                                        const std::string& capture) {
    if (!may_meet_others_ || sip_call_id.empty()) return std::nullopt;
    auto found = host_.call_elsewhere(std::string(sip_call_id), at, capture);
    return found ? *found : std::nullopt;
  }

  ImportHost& host_;
  const std::vector<recorder::CaptureIdentity>& captures_;
  bool may_meet_others_ = false;
  std::unordered_map<CallId, std::deque<RecordingId>, IdHash> recordings_;  // that were not asked for yet
};

// One run of an import: source -> engine -> recorder -> lanes.
class Import : public capture::DatagramSink {
 public:
  Import(ImportHost& host, const ImportOptions& options, std::vector<recorder::CaptureIdentity> captures,
         std::string witness)
      : host_(host),
        options_(options),
        captures_(std::move(captures)),
        witness_(std::move(witness)),
        ids_(host, captures_) {}

  Status prepare();
  Status run(capture::CaptureFiles& source);
  Status finish(ImportReport& report, bool is_whole);

  void prepare(std::span<const Datagram> coming) override { chain_->engine().prepare(coming); }
  void on_datagram(const Datagram& datagram) override {
    if (options_.realtime) wait_for(datagram.at);
    chain_->engine().on_datagram(datagram);
    chain_->tick_when_due(datagram.at);
  }

 private:
  void wait_for(WallTime at);
  Status go_on(const capture::SourceCounters& counters, uint64_t total_bytes);

  ImportHost& host_;
  const ImportOptions& options_;
  std::vector<recorder::CaptureIdentity> captures_;
  std::string witness_;
  ImportIds ids_;
  KnownPackets known_;
  std::unique_ptr<RecordingChain> chain_;
  std::optional<WallTime> first_at_;  // realtime: of the capture
  int64_t began_ns_ = 0;              // realtime: on our clock
};

Status Import::prepare() {
  TRY(ids_.prepare());
  known_ = TRY(host_.known_packets(captures_));
  ChainSettings settings;
  settings.lanes = options_.lanes;
  settings.journal.file_size = options_.journal_file_size;
  settings.journal.max_attempts = kMaxAttempts;
  settings.ack_log_path = options_.ack_log_path;
  settings.recorder.record_reason = "import";
  settings.recorder.witness = witness_;
  settings.recorder.captures = captures_;
  settings.recorder.stored_before = known_.empty() ? nullptr : &known_;
  settings.recording_ids = [this](CallId call) { return ids_.recording_id(call); };
  chain_ = TRY(RecordingChain::open(host_, std::move(settings), ids_));
  return host_.begin();
}

// Sleeps until this packet is due, and lets time pass for the recorder meanwhile.
void Import::wait_for(WallTime at) {
  if (!first_at_) {
    first_at_ = at;
    began_ns_ = host_.clock().monotonic_ns();
  }
  while (true) {
    int64_t elapsed = host_.clock().monotonic_ns() - began_ns_;
    int64_t wait = (at - *first_at_) - elapsed;
    if (wait <= 0) return;
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(wait, RecordingChain::kTickNs)));
    WallTime now = std::min(at, *first_at_ + (host_.clock().monotonic_ns() - began_ns_));
    chain_->engine().advance(now);
    chain_->tick(now);
    chain_->commit_when_due();
  }
}

// Nothing failed, and nobody stopped it.
Status Import::go_on(const capture::SourceCounters& counters, uint64_t total_bytes) {
  TRY(host_.trouble());
  TRY(chain_->status());
  if (options_.progress && !options_.progress(counters.packets, counters.bytes, total_bytes))
    return Error(ErrorCode::kBusy, "the import was stopped");
  return {};
}

Status Import::run(capture::CaptureFiles& source) {
  uint64_t total = 0;
  for (const auto& file : source.files()) total += file.size;
  while (TRY(source.run(*this, kPacketsAtOnce))) {
    chain_->commit_when_due();
    TRY(go_on(source.counters(), total));
    while (host_.must_wait()) {
      chain_->commit_when_due();
      std::this_thread::sleep_for(kRest);
      TRY(go_on(source.counters(), total));
    }
  }
  chain_->engine().finish();
  chain_->recorder().commit();
  return {};
}

// Also of a run that was stopped: what it had appended stays, and a repeat must know it.
Status Import::finish(ImportReport& report, bool is_whole) {
  int64_t began = host_.clock().monotonic_ns();
  if (!is_whole) chain_->recorder().interrupt();
  Status journals = chain_->acknowledge();
  report.acknowledged_seconds = static_cast<double>(host_.clock().monotonic_ns() - began) * 1e-9;
  Status closed = chain_->close();
  report.engine = chain_->engine().counters();
  report.recorder = chain_->recorder().figures();
  TRY(std::move(journals));
  return closed;
}

double process_cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

std::string witness_of(const std::vector<recorder::CaptureIdentity>& captures) {
  std::string text = "import of " + captures.front().name;
  if (captures.size() > 1) text += " and " + std::to_string(captures.size() - 1) + " more";
  return text;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Result<ImportReport> import_captures(ImportHost& host, const std::vector<std::string>& paths,
                                     const ImportOptions& options) {
  ImportReport report;
  int64_t began = host.clock().monotonic_ns();
  auto source = TRY(capture::CaptureFiles::open(paths, options.opened));
  std::vector<recorder::CaptureIdentity> captures;
  bool all_known = true;
  std::vector<std::pair<std::string, std::string>> act;
  for (const capture::CaptureFileInfo& file : source->files()) {
    size_t number = captures.size();
    std::string name = number < options.names.size() ? options.names[number] : file_name(file.path);
    captures.push_back({file.sha256, std::move(name), file.size});
    auto known = TRY(host.capture(to_hex(file.sha256)));
    report.files.push_back({file, known && known->complete});
    report.files.back().info.packets = report.files.back().known ? known->packets : 0;
    all_known &= report.files.back().known;
    act.emplace_back("capture" + std::to_string(act.size() + 1), to_hex(file.sha256));
  }
  if (all_known) return report;

  TRY(host.act("import.started", act));
  Import import(host, options, captures, witness_of(captures));
  TRY(import.prepare());
  Status ran = import.run(*source);
  double read_seconds = static_cast<double>(host.clock().monotonic_ns() - began) * 1e-9;
  Status finished = import.finish(report, ran.ok());
  TRY(std::move(ran));
  TRY(std::move(finished));
  report.acknowledged_seconds += read_seconds;
  report.source = source->counters();
  for (size_t i = 0; i < captures.size(); ++i) {
    report.files[i].info = source->files()[i];
    db::CaptureRow row;
    row.sha256 = to_hex(captures[i].sha256);
    row.name = captures[i].name;
    row.size = captures[i].size;
    row.packets = source->files()[i].packets;
    row.complete = true;
    TRY(host.put_capture(row));
  }
  TRY(host.act("import.finished", act));
  report.cpu_seconds = process_cpu_seconds();
  report.seconds = static_cast<double>(host.clock().monotonic_ns() - began) * 1e-9;
  return report;
}

Result<ImportReport> import_captures(DataDirectory& data, const std::vector<std::string>& paths,
                                     const ImportOptions& options) {
  LocalImportHost host(data);
  ImportReport report = TRY(import_captures(host, paths, options));
  report.recovered_parts = data.recovered_parts();
  report.keeper_cpu_seconds = host.keeper_cpu_seconds();
  return report;
}

}  // namespace ew::node
