// How long after a click the first sound of a long recording is there, alone and beside other listeners, what
// the act in the audit log costs of it, and what memory a rendering takes here and in its worker.
//
// usage: playback_bench CAPTURE FOLDER [LISTENERS] [CLICKS]
// Imports the capture into FOLDER (once), makes the index of the longest recording and opens it anew, seeks
// CLICKS times at random for 100 ms of sound, and lets LISTENERS threads click and then listen for some
// seconds, all at once.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "io/env.h"
#include "media/worker_process.h"
#include "node/importer.h"
#include "node/playback.h"

namespace {

using namespace ew;

// Workers that were started before they are wanted, as a server's are.
class Pool : public node::WorkerSource {
 public:
  Status fill(size_t count) {
    while (idle_.size() < count)
      idle_.push_back(TRY(media::Worker::start({"/proc/self/exe", "media-worker"})));
    return {};
  }

  Result<std::shared_ptr<media::Worker>> connect() override {
    std::lock_guard lock(mutex_);
    if (idle_.empty()) return Error(ErrorCode::kBusy, "no worker is free");
    media::Worker* worker = idle_.back().release();
    idle_.pop_back();
    return std::shared_ptr<media::Worker>(worker, [this](media::Worker* used) {
      std::lock_guard guard(mutex_);
      idle_.emplace_back(used);
    });
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<media::Worker>> idle_;
};

struct Recording {
  db::CallRows call;
  RecordingId id;
};

double now_ms() { return static_cast<double>(SystemClock().monotonic_ns()) / 1e6; }

double mib_of(const std::string& process, std::string_view field) {
  std::ifstream status("/proc/" + process + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field)) return std::strtod(line.c_str() + field.size(), nullptr) / 1024;
  return 0;
}

double anonymous_mib() { return mib_of("self", "RssAnon:"); }

// The largest that one of our workers ever was, with what it shares.
double worker_peak_mib() {
  double most = 0;
  std::ifstream children("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  for (std::string pid; children >> pid;) most = std::max(most, mib_of(pid, "VmHWM:"));
  return most;
}

void print_times(const char* what, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  auto share = [&](double part) {
    return times[static_cast<size_t>(part * static_cast<double>(times.size() - 1))];
  };
  std::printf("%-44s p50 %7.2f  p95 %7.2f  max %7.2f ms (%zu)\n", what, share(0.5), share(0.95), times.back(),
              times.size());
}

Result<Recording> longest(node::DataDirectory& data) {
  Recording found;
  uint64_t most = 0;
  auto page = TRY(data.calls().list({}, std::nullopt, 100));
  for (const CallRecord& call : page.calls) {
    auto rows = TRY(data.calls().find(call.tenant, call.call_id));
    auto best = rows ? node::best_recording(*rows) : std::nullopt;
    if (!best) continue;
    for (const RecordingRecord& recording : rows->recordings) {
      if (recording.recording_id != *best || recording.media_bytes <= most) continue;
      most = recording.media_bytes;
      found = {*rows, *best};
    }
  }
  if (most == 0) return Error(ErrorCode::kNotFound, "nothing recorded");
  return found;
}

Result<std::unique_ptr<node::Playback>> open(node::DataDirectory& data, const Recording& recording,
                                             Pool& workers) {
  return node::Playback::open(data, recording.call, recording.id, "call.played", "bench", workers);
}

// Milliseconds until 100 ms of sound at a random place are there.
Result<double> click(node::Playback& playback, std::mt19937_64& random, uint64_t* offset) {
  size_t second = playback.sample_rate() * playback.channels().size() * 2;
  *offset = 44 + random() % (playback.wav_size() - 44);
  Bytes sound(second / 10);
  double begin = now_ms();
  *offset += TRY(playback.read(*offset, sound));
  return now_ms() - begin;
}

// One who clicks somewhere and then listens for four seconds, some times over.
Status listen(node::DataDirectory& data, const Recording& recording, Pool& workers, unsigned seed,
              std::vector<double>& times) {
  auto playback = TRY(open(data, recording, workers));
  std::mt19937_64 random(seed);
  for (int clicks = 0; clicks < 8; ++clicks) {
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1000));
    uint64_t offset = 0;
    times.push_back(TRY(click(*playback, random, &offset)));
    Bytes second(playback->sample_rate() * playback->channels().size() * 2);
    for (int i = 0; i < 4; ++i) {
      offset += TRY(playback->read(offset, second));
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  }
  return {};
}

Status run(const std::string& capture, const std::string& folder, unsigned listeners, unsigned clicks) {
  SystemClock clock;
  config::Config config = config::defaults();
  config.data_directory = folder;
  config.keys_directory = folder + "-keys";
  auto data = TRY(node::DataDirectory::open(io::posix_env(), clock, config));
  TRY(node::import_captures(*data, {capture}, {}));
  Recording recording = TRY(longest(*data));
  Pool workers;
  TRY(workers.fill(listeners + 2));
  double begin = now_ms();
  auto playback = TRY(open(*data, recording, workers));
  std::printf("%.0f s of %u Hz; first opening: %.0f ms\n",
              static_cast<double>(playback->samples()) / playback->sample_rate(), playback->sample_rate(),
              now_ms() - begin);

  std::mt19937_64 random(1);
  std::vector<double> times;
  uint64_t offset = 0;
  for (unsigned i = 0; i < 20; ++i) {
    begin = now_ms();
    playback = TRY(open(*data, recording, workers));
    TRY(click(*playback, random, &offset));
    times.push_back(now_ms() - begin);
  }
  print_times("opened, 100 ms of sound", times);
  double before = anonymous_mib();
  playback.reset();
  playback = TRY(open(*data, recording, workers));
  times.clear();
  for (unsigned i = 0; i < clicks; ++i) times.push_back(TRY(click(*playback, random, &offset)));
  print_times("seek, 100 ms of sound", times);
  times.clear();
  for (unsigned i = 0; i < 20; ++i) {
    begin = now_ms();
    TRY(playback->peaks(0, 1e9, 2000));
    times.push_back(now_ms() - begin);
  }
  print_times("peaks of the whole recording, 2000 points", times);
  times.clear();
  for (unsigned i = 0; i < clicks; ++i) {
    begin = now_ms();
    TRY(data->audit_act("call.played", recording.id, {{"call", recording.call.call.call_id.text()}},
                        "bench"));
    times.push_back(now_ms() - begin);
  }
  print_times("the act in the audit log", times);
  std::printf("memory (RssAnon): %.1f MiB, %.1f before these; a worker at most %.1f\n", anonymous_mib(),
              before, worker_peak_mib());

  std::vector<std::vector<double>> of_each(listeners);
  std::vector<Status> ends(listeners);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < listeners; ++i)
    threads.emplace_back([&, i] { ends[i] = listen(*data, recording, workers, 100 + i, of_each[i]); });
  for (std::thread& thread : threads) thread.join();
  times.clear();
  for (unsigned i = 0; i < listeners; ++i) {
    TRY(std::move(ends[i]));
    times.insert(times.end(), of_each[i].begin(), of_each[i].end());
  }
  if (listeners == 0) return data->close();
  std::printf("%u listeners at once:\n", listeners);
  print_times("seek, 100 ms of sound", times);
  std::printf("memory (RssAnon) of all: %.1f MiB; a worker at most %.1f\n", anonymous_mib(),
              worker_peak_mib());
  return data->close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "media-worker") return media::worker_main(media::kWorkerFd);
  if (argc < 3) {
    std::fprintf(stderr, "usage: playback_bench CAPTURE FOLDER [LISTENERS] [CLICKS]\n");
    return 2;
  }
  auto number = [&](int i, unsigned otherwise) {
    return argc > i ? static_cast<unsigned>(std::strtoul(argv[i], nullptr, 10)) : otherwise;
  };
  Status status = run(argv[1], argv[2], number(3, 20), number(4, 200));
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.error().message().c_str());
  return status.ok() ? 0 : 1;
}
