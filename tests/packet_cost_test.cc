// A packet of a call that goes on costs no memory from the heap and takes no lock, from its dissection to the
// open frame of its recording. Both are counted on the engine's thread: this program has its own operator new
// and pthread_mutex_lock.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <cstdlib>
#include <new>

#include "capture/packet_decoder.h"
#include "crypto/crypto.h"
#include "io/memory_env.h"
#include "node/data_directory.h"
#include "node/local_import_host.h"
#include "node/recording_chain.h"
#include "pcap/frame_builder.h"

namespace {
thread_local uint64_t allocations = 0, locks = 0;
}

// Every form that libraries call: under a sanitizer the others would be its own.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void* operator new(size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void* operator new(size_t size, std::align_val_t alignment) {
  ++allocations;
  const size_t unit = static_cast<size_t>(alignment);
  if (void* memory = std::aligned_alloc(unit, (size + unit - 1) / unit * unit)) return memory;
  throw std::bad_alloc();
}
void* operator new[](size_t size) { return operator new(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return operator new(size, std::nothrow); }
void* operator new[](size_t size, std::align_val_t alignment) { return operator new(size, alignment); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  using Lock = int (*)(pthread_mutex_t*);
  static const Lock real = reinterpret_cast<Lock>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  ++locks;
  return real(mutex);
}

namespace ew::node {
namespace {

constexpr int kCalls = 50, kWarmUpPackets = 500, kPackets = 1'500;  // of each stream: half a minute
constexpr int64_t kPacketNs = 20 * kNsPerMs;
constexpr uint16_t kEthernet = 1;

Endpoint at(int call, int side, uint16_t port) {
  return *Endpoint::parse("10." + std::to_string(side) + ".0." + std::to_string(call + 1) + ":" +
                          std::to_string(port));
}

struct Ids : call::Ids {
  CallId call_id(const Datagram& first, std::string_view, std::optional<CallId>) override {
    return CallId(crypto::random_uuid(first.at));
  }
  CallId call_id_of_session(const Datagram& first, const std::vector<std::string>&,
                            std::optional<CallId>) override {
    return call_id(first, {}, {});
  }
  InteractionId interaction_id(CallId first) override { return InteractionId(first); }
  std::string source_detail(const Datagram&) override { return "test"; }
};

class PacketCost : public testing::Test, public capture::DatagramSink {
 protected:
  void SetUp() override {
    config::Config config = config::defaults();
    config.data_directory = "/data";
    config.keys_directory = "/keys";
    config.database = "sqlite::memory:";
    data_ = DataDirectory::open(env_, clock_, config).value();
    host_ = std::make_unique<LocalImportHost>(*data_);
    ASSERT_TRUE(host_->begin().ok());
    ChainSettings settings;
    settings.recording_ids = [this](CallId) { return RecordingId(crypto::random_uuid(clock_.wall())); };
    chain_ = RecordingChain::open(*host_, settings, ids_).value();
    chain_->use_kek(host_->current_kek().value());
  }

  void on_datagram(const Datagram& datagram) override { chain_->engine().on_datagram(datagram); }
  void prepare(std::span<const Datagram> coming) override { chain_->engine().prepare(coming); }

  void capture(const Endpoint& from, const Endpoint& to, ByteView payload) {
    pcap::build_udp_frame({from, to}, payload, frame_);
    const capture::CapturedPacket packet{kEthernet, frame_, clock_.wall(), {0, ++packets_, 0}};
    const uint64_t allocations_before = allocations, locks_before = locks;
    decoder_.decode({&packet, 1}, *this);
    allocated_ += allocations - allocations_before;
    locked_ += locks - locks_before;
  }

  void say(int call, const std::string& first_line, int from) {
    const std::string number = std::to_string(call);
    const std::string body = "v=0\r\no=- 1 1 IN IP4 " + at(call, from, 0).ip.text() + "\r\ns=-\r\nc=IN IP4 " +
                             at(call, from, 0).ip.text() + "\r\nt=0 0\r\nm=audio 10000 RTP/AVP 8\r\n";
    const std::string text = first_line + "\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK" + number +
                             "\r\nFrom: <sip:1@a>;tag=a\r\nTo: <sip:2@b>" + (from == 2 ? ";tag=b" : "") +
                             "\r\nCall-ID: " + number +
                             "\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: " +
                             std::to_string(body.size()) + "\r\n\r\n" + body;
    capture(at(call, from, 5060), at(call, 3 - from, 5060), as_bytes(text));
  }

  // So many packets of each stream, and of each RTCP now and then; time passes as it does live.
  void talk(int packets) {
    for (int i = 0; i < packets; ++i, ++sequence_) {
      clock_.advance(kPacketNs);
      for (int call = 0; call < kCalls; ++call)
        for (int side : {1, 2}) {
          rtp_.assign({0x80, 8});
          ByteWriter writer(rtp_);
          writer.u16be(static_cast<uint16_t>(sequence_));
          writer.u32be(sequence_ * 160);
          writer.u32be(static_cast<uint32_t>(call * 2 + side));
          rtp_.resize(12 + 160, static_cast<uint8_t>(sequence_ + static_cast<uint32_t>(side)));
          capture(at(call, side, 10000), at(call, 3 - side, 10000), rtp_);
        }
      chain_->tick_when_due(clock_.wall());
      chain_->commit_when_due();
    }
  }

  FakeClock clock_{WallTime{1'700'000'000 * kNsPerSec}};
  io::MemoryEnv env_;
  std::unique_ptr<DataDirectory> data_;
  std::unique_ptr<LocalImportHost> host_;
  Ids ids_;
  std::unique_ptr<RecordingChain> chain_;
  capture::PacketDecoder decoder_;
  Bytes frame_, rtp_;
  uint64_t packets_ = 0, allocated_ = 0, locked_ = 0;
  uint32_t sequence_ = 1;
};

TEST_F(PacketCost, NoMemoryAndNoLock) {
  for (int call = 0; call < kCalls; ++call) {
    say(call, "INVITE sip:2@b SIP/2.0", 1);
    say(call, "SIP/2.0 200 OK", 2);
  }
  EXPECT_GT(allocated_, 0u) << "allocations are counted";
  talk(kWarmUpPackets);
  allocated_ = locked_ = 0;
  const uint64_t stored_before = chain_->recorder().figures().packets_stored;
  talk(kPackets);
  EXPECT_EQ(chain_->recorder().figures().packets_stored - stored_before, uint64_t{2} * kCalls * kPackets);
  EXPECT_EQ(allocated_, 0u);
  EXPECT_EQ(locked_, 0u);
  chain_->engine().finish("the test is over");
  EXPECT_TRUE(chain_->close().ok());
  EXPECT_GT(locks, 0u) << "locks are counted";
}

}  // namespace
}  // namespace ew::node
