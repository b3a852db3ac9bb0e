// How many recording sessions the SIPREC server sets up and holds, without media: a client of one thread in
// the same process, over loopback UDP, with a journal that confirms after `--sync-ms`.
//
//   siprec_bench [--dialogs 12000] [--rate 250] [--sync-ms 20]
//
// Prints dialogs, failures, INVITE-to-200 percentiles, processor time of the SIP thread, memory before and
// after.
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "net/socket_address.h"
#include "sip/message.h"
#include "srs/recording_server.h"

using namespace ew;
using std::chrono::steady_clock;

namespace {

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

// As the journal does it: what came in until a sync began is confirmed when it ends.
class SlowJournal : public srs::SessionSink {
 public:
  explicit SlowJournal(int sync_ms) : sync_ms_(sync_ms), thread_([this] { run(); }) {}
  ~SlowJournal() override {
    is_over_ = true;
    thread_.join();
  }
  void on_signalling(const srs::SessionName&, const Datagram& datagram,
                     std::function<void()> durable) override {
    bytes += datagram.payload.size();
    if (!durable) return;
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(durable));
  }
  void on_media_port(const srs::MediaPort&) override { ++rules; }
  void on_refusal(const srs::Refusal&) override { ++refusals; }

  std::atomic<uint64_t> bytes = 0, rules = 0, refusals = 0;

 private:
  void run() {
    while (!is_over_) {
      std::vector<std::function<void()>> group;
      {
        std::lock_guard lock(mutex_);
        group.swap(waiting_);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(std::max(sync_ms_, 1)));
      for (auto& durable : group) durable();
    }
  }
  const int sync_ms_;
  std::mutex mutex_;
  std::vector<std::function<void()>> waiting_;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  size_t pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

class Client {
 public:
  Client(const Endpoint& server) {
    sockaddr_storage storage;
    socklen_t size = to_sockaddr(server, storage);
    fd_ = socket(storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    int buffer = 8 << 20;
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&storage), size) < 0) std::abort();
  }
  ~Client() { close(fd_); }

  void invite(int number) {
    std::string sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        "m=audio 9 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 "
        "telephone-event/8000\r\na=label:1\r\na=sendonly\r\n"
        "m=audio 9 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 "
        "telephone-event/8000\r\na=label:2\r\na=sendonly\r\n";
    std::string xml =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><recording xmlns='urn:ietf:params:xml:ns:recording:1'>"
        "<datamode>complete</datamode><session session_id=\"" +
        std::to_string(number) + "\"/></recording>";
    std::string body = "--b\r\nContent-Type: application/sdp\r\n\r\n" + sdp +
                       "\r\n--b\r\nContent-Type: application/rs-metadata+xml\r\n\r\n" + xml + "\r\n--b--\r\n";
    std::string id = std::to_string(number);
    send("INVITE sip:srs@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKi" + id +
         ";rport\r\nFrom: <sip:src@127.0.0.1>;tag=t" + id + "\r\nTo: <sip:srs@127.0.0.1>\r\nCall-ID: " + id +
         "\r\nCSeq: 1 INVITE\r\nContact: <sip:src@127.0.0.1>;+sip.src\r\nRequire: siprec\r\n"
         "Content-Type: multipart/mixed;boundary=b\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body);
    asked_[number] = steady_clock::now();
  }

  // Takes what is there.
  void read() {
    char buffer[65'536];
    for (ssize_t count; (count = recv(fd_, buffer, sizeof buffer, 0)) > 0;) {
      sip::Message message;
      ByteView bytes(reinterpret_cast<uint8_t*>(buffer), static_cast<size_t>(count));
      if (sip::parse(bytes, message) != sip::ParseError::kNone || message.is_request || message.status < 200)
        continue;
      auto asked = asked_.find(std::atoi(std::string(message.call_id()).c_str()));
      if (message.status == 200) {
        std::string id(message.call_id());
        send("ACK sip:srs@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKa" + id +
             ";rport\r\nFrom: <sip:src@127.0.0.1>;tag=t" + id +
             "\r\nTo: " + std::string(message.value(sip::Header::kTo)) + "\r\nCall-ID: " + id +
             "\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n");
      }
      if (asked == asked_.end()) continue;
      if (message.status == 200) {
        latencies.push_back(seconds_since(asked->second));
      } else {
        ++failures;
      }
      asked_.erase(asked);
    }
  }
  size_t open() const { return asked_.size(); }

  std::vector<double> latencies;
  size_t failures = 0;

 private:
  void send(const std::string& text) {
    while (::send(fd_, text.data(), text.size(), 0) < 0) std::this_thread::yield();
  }
  int fd_;
  std::unordered_map<int, steady_clock::time_point> asked_;
};

int option(int argc, char** argv, const char* name, int otherwise) {
  for (int i = 1; i + 1 < argc; ++i)
    if (!std::strcmp(argv[i], name)) return std::atoi(argv[i + 1]);
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  int dialogs = option(argc, argv, "--dialogs", 12'000), rate = option(argc, argv, "--rate", 250);
  int sync_ms = option(argc, argv, "--sync-ms", 20);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  SystemClock clock;
  Log log(clock, {LogFormat::kText, LogLevel::kError, "", 2, ""});
  metrics::Registry registry;
  SlowJournal journal(sync_ms);
  srs::Settings settings;
  settings.listeners = {{{IpAddress::v4(Bytes{127, 0, 0, 1}), 0}, Transport::kUdp, -1}};
  settings.accept_unknown_peers = true;
  settings.media_port_first = 10'000;
  settings.media_port_last = 65'535;
  settings.max_messages_per_s_and_address = 1'000'000;
  auto server = srs::RecordingServer::create(settings, clock, log, registry, journal);
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.error().message().c_str());
    return 1;
  }
  clockid_t sip_clock{};
  std::thread sip([&] { (*server)->run(); });
  pthread_getcpuclockid(sip.native_handle(), &sip_clock);

  Client client((*server)->listeners()[0].bound);
  size_t before = resident_bytes();
  auto begin = steady_clock::now();
  for (int i = 0; i < dialogs; ++i) {
    while (seconds_since(begin) * rate < i) {
      client.read();
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    client.invite(i);
    client.read();
  }
  for (auto end = steady_clock::now(); client.open() > 0 && seconds_since(end) < 5;) client.read();
  double took = seconds_since(begin);
  timespec cpu{};
  clock_gettime(sip_clock, &cpu);
  // Transactions of the set-up last 32 s longer than it: what is left then is what a dialog costs.
  std::this_thread::sleep_for(std::chrono::seconds(35));
  size_t sessions = (*server)->sessions().size();
  size_t after = resident_bytes();
  std::sort(client.latencies.begin(), client.latencies.end());
  auto percentile = [&](double p) {
    if (client.latencies.empty()) return 0.0;
    return client.latencies[static_cast<size_t>(p * static_cast<double>(client.latencies.size() - 1))] * 1e3;
  };
  std::printf("dialogs %zu of %d, failures %zu, unanswered %zu, in %.1f s (%.0f/s)\n", sessions, dialogs,
              client.failures, client.open(), took, dialogs / took);
  std::printf("INVITE to 200: p50 %.1f ms, p99 %.1f ms, max %.1f ms, journal sync %d ms\n", percentile(0.5),
              percentile(0.99), percentile(1), sync_ms);
  std::printf("SIP thread: %.2f s of processor time, %.0f us per dialog\n",
              static_cast<double>(cpu.tv_sec) + static_cast<double>(cpu.tv_nsec) / 1e9,
              (static_cast<double>(cpu.tv_sec) * 1e6 + static_cast<double>(cpu.tv_nsec) / 1e3) / dialogs);
  std::printf("memory: %.1f MB before, %.1f MB with %zu idle dialogs, %.1f kB each\n",
              static_cast<double>(before) / 1e6, static_cast<double>(after) / 1e6, sessions,
              static_cast<double>(after - before) / 1e3 / static_cast<double>(std::max<size_t>(sessions, 1)));
  (*server)->stop(false);
  sip.join();
  return 0;
}
