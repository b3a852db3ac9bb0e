#include "capture/ring_source.h"

#include <linux/if_packet.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace ew::capture {
namespace {

// The kernel and we hand a block to each other by its status.
uint32_t& status_of(uint8_t* block) {
  return reinterpret_cast<tpacket_block_desc*>(block)->hdr.bh1.block_status;
}
bool is_ours(uint8_t* block) { return __atomic_load_n(&status_of(block), __ATOMIC_ACQUIRE) & TP_STATUS_USER; }
// Counts blocks from 1 in the order in which the kernel began to fill them; 0: never.
uint64_t serial_of(uint8_t* block) {
  return __atomic_load_n(&reinterpret_cast<tpacket_block_desc*>(block)->hdr.bh1.seq_num, __ATOMIC_RELAXED);
}

}  // namespace

RingSource::RingSource(PacketSocket socket, uint32_t number) : socket_(std::move(socket)), number_(number) {}

RingSource::~RingSource() {
  if (memory_) ::munmap(memory_, size_t{socket_.ring.blocks} * socket_.ring.block_bytes);
}

Result<std::unique_ptr<RingSource>> RingSource::open(PacketSocket socket, uint32_t number) {
  std::unique_ptr<RingSource> source(new RingSource(std::move(socket), number));
  TRY(source->map());
  return source;
}

Status RingSource::map() {
  const size_t size = size_t{socket_.ring.blocks} * socket_.ring.block_bytes;
  void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor(), 0);
  if (mapped == MAP_FAILED)
    return Error(ErrorCode::kIo,
                 std::string("a packet socket's ring cannot be mapped: ") + std::strerror(errno));
  memory_ = static_cast<uint8_t*>(mapped);
  find_start();
  return {};
}

// The oldest block that is ours; else the one that the kernel is filling, which is the newest. A block that
// became ours while we looked is found by looking again.
void RingSource::find_start() {
  for (int look = 0; look < 2; ++look) {
    uint64_t oldest = UINT64_MAX, newest = 0;
    size_t begin = 0;
    for (size_t i = 0; i < socket_.ring.blocks; ++i) {
      const uint64_t serial = serial_of(block(i));
      if (is_ours(block(i)) && serial < oldest) {
        oldest = serial;
        begin = i;
      }
      if (oldest == UINT64_MAX && serial > newest) {
        newest = serial;
        begin = i;
      }
    }
    next_block_ = begin;
    if (oldest != UINT64_MAX) return;
  }
}

bool RingSource::take_block() {
  if (has_block_) return true;
  uint8_t* memory = block(next_block_);
  if (!is_ours(memory)) return false;
  block_ = RingBlock({memory, socket_.ring.block_bytes}, socket_.link);
  has_block_ = true;
  return true;
}

void RingSource::give_block_back() {
  if (block_.is_damaged()) decoder_.note_malformed();
  __atomic_store_n(&status_of(block(next_block_)), uint32_t{TP_STATUS_KERNEL}, __ATOMIC_RELEASE);
  next_block_ = (next_block_ + 1) % socket_.ring.blocks;
  has_block_ = false;
}

// Packets of one block, whose bytes stay until it is given back. How many were read.
size_t RingSource::take(DatagramSink& sink, size_t limit) {
  std::array<CapturedPacket, PacketDecoder::kAtOnce> taken;
  size_t count = 0, read = 0;
  RingPacket packet;
  while (count < taken.size() && read < limit && block_.next(packet)) {
    ++read;
    if (packet.is_echo) {
      decoder_.note_ignored(packet.frame.size());
      continue;
    }
    taken[count++] = {packet.link_type, packet.frame, packet.at, {number_, ++packets_, 0}};
  }
  decoder_.decode(std::span(taken).first(count), sink);
  return read;
}

Result<bool> RingSource::run(DatagramSink& sink, size_t limit) {
  while (limit > 0 && take_block()) {
    const size_t read = take(sink, limit);
    if (read == 0) give_block_back();
    limit -= read;
  }
  int trouble = 0;
  socklen_t size = sizeof trouble;
  if (limit > 0 && ::getsockopt(descriptor(), SOL_SOCKET, SO_ERROR, &trouble, &size) == 0 && trouble != 0)
    return Error(ErrorCode::kIo, std::strerror(trouble));
  return true;
}

void RingSource::count_drops() {
  tpacket_stats_v3 figures{};
  socklen_t size = sizeof figures;
  if (::getsockopt(descriptor(), SOL_PACKET, PACKET_STATISTICS, &figures, &size) == 0)
    decoder_.note_dropped(figures.tp_drops);
}

}  // namespace ew::capture
