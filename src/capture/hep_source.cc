#include "capture/hep_source.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "capture/receive_buffers_internal.h"
#include "hep/stream.h"
#include "net/socket_address.h"
#include "net/socket_option.h"

namespace ew::capture {
namespace {

constexpr size_t kAtOnce = 16;  // datagrams with one system call
constexpr size_t kReadyAtOnce = 64;
constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kOthers = 0;  // in agents_: who was refused, and who came when there was no more room
// What epoll tells: the index of a listener, or a connection's number.
constexpr uint64_t kUdpTag = uint64_t{1} << 62, kTcpTag = uint64_t{1} << 61, kTags = kUdpTag | kTcpTag;

std::string cause() { return std::string(std::strerror(errno)); }

std::optional<HepReport::Kind> report_of(hep::PayloadType type) {
  switch (type) {
    case hep::PayloadType::kRtcpJson:
      return HepReport::Kind::kRtcp;
    case hep::PayloadType::kReport:
    case hep::PayloadType::kShortReport:
      return HepReport::Kind::kQuality;
    case hep::PayloadType::kLog:
      return HepReport::Kind::kLog;
    default:
      return std::nullopt;
  }
}

// Some agents send RTCP as it was on the wire under the type of its JSON (RFC 3550 section 6.4: version 2).
bool is_binary_rtcp(const hep::Packet& packet) {
  return packet.payload_type == hep::PayloadType::kRtcpJson && !packet.payload.empty() &&
         packet.payload[0] >> 6 == 2;
}

}  // namespace

struct HepSource::Buffers : ReceiveBuffers<kAtOnce, hep::kMaxPacket> {
  std::array<uint8_t, kReadBytes> read;  // of a stream
};

class HepSource::Connection : public hep::Stream::Taker {
 public:
  Connection(HepSource& source, Descriptor descriptor, const IpAddress& address, int64_t now_ns)
      : socket(std::move(descriptor)), from(address), since_ns(now_ns), source_(source) {}

  hep::Stream::Verdict add(ByteView bytes, HepSink& sink) {
    sink_ = &sink;
    return stream_.add(bytes, *this);
  }
  bool on_packet(ByteView packet) override {
    const Taken taken = source_.take(packet, from, source_.clock_.wall(), *sink_);
    ++source_.counters_.packets;
    is_known |= taken == Taken::kGood;
    is_refused = taken == Taken::kRefused;
    return !is_refused;
  }

  const Descriptor socket;
  const IpAddress from;
  const int64_t since_ns;
  bool is_known = false;    // it has sent something that was taken
  bool is_refused = false;  // it has sent something that it may not

 private:
  HepSource& source_;
  hep::Stream stream_;
  HepSink* sink_ = nullptr;
};

HepSource::HepSource(Settings settings, const Clock& clock, uint32_t first_number, Descriptor poll)
    : settings_(std::move(settings)),
      clock_(clock),
      first_number_(first_number),
      poll_(std::move(poll)),
      buffers_(std::make_unique<Buffers>()),
      agents_(1) {}

HepSource::~HepSource() = default;

Result<std::unique_ptr<HepSource>> HepSource::create(Settings settings, const Clock& clock,
                                                     uint32_t first_number) {
  Descriptor poll(::epoll_create1(EPOLL_CLOEXEC));
  if (!poll) return Error(ErrorCode::kIo, "epoll: " + cause());
  return std::unique_ptr<HepSource>(new HepSource(std::move(settings), clock, first_number, std::move(poll)));
}

Status HepSource::watch(int socket, uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag;
  if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, socket, &event) == 0) return {};
  return Error(ErrorCode::kIo, "HEP socket: " + cause());
}

Status HepSource::add(Descriptor socket, const Endpoint& local, Transport transport) {
  const bool is_udp = transport == Transport::kUdp;
  const int fd = socket.get();
  if (is_udp && !set_socket_option(fd, SOL_SOCKET, SO_RXQ_OVFL, int{1}))
    return Error(ErrorCode::kIo, "HEP socket " + local.text() + ": " + cause());
  auto& listeners = is_udp ? udp_ : tcp_;
  TRY(watch(fd, (is_udp ? kUdpTag : kTcpTag) | listeners.size()));
  listeners.push_back(std::make_unique<Listener>(Listener{std::move(socket), local}));
  return {};
}

Result<bool> HepSource::run(DatagramSink& to, size_t limit) {
  auto& sink = dynamic_cast<HepSink&>(to);
  close_silent();
  std::array<epoll_event, kReadyAtOnce> ready;
  while (limit > 0) {
    const int count = ::epoll_wait(poll_.get(), ready.data(), static_cast<int>(ready.size()), 0);
    if (count <= 0) break;
    for (int i = 0; i < count && limit > 0; ++i) {
      const uint64_t tag = ready[static_cast<size_t>(i)].data.u64;
      if (tag & kUdpTag) {
        limit -= receive(*udp_[tag & ~kTags], sink, limit);
      } else if (tag & kTcpTag) {
        accept(*tcp_[tag & ~kTags]);
        --limit;
      } else if (auto found = connections_.find(tag); found != connections_.end()) {
        const size_t taken = read(*found->second, sink);
        if (taken == 0) close(tag);
        limit -= std::min(limit, std::max<size_t>(taken, 1));
      }
    }
  }
  return true;
}

size_t HepSource::receive(Listener& listener, HepSink& sink, size_t limit) {
  buffers_->prepare();
  const auto wanted = static_cast<unsigned>(std::min(limit, kAtOnce));
  const int count =
      ::recvmmsg(listener.socket.get(), buffers_->messages.data(), wanted, MSG_DONTWAIT, nullptr);
  if (count <= 0) return 1;
  const WallTime arrived = clock_.wall();
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    const mmsghdr& message = buffers_->messages[i];
    for (const cmsghdr* extra = CMSG_FIRSTHDR(&message.msg_hdr); extra;
         extra = CMSG_NXTHDR(const_cast<msghdr*>(&message.msg_hdr), const_cast<cmsghdr*>(extra))) {
      if (extra->cmsg_level != SOL_SOCKET || extra->cmsg_type != SO_RXQ_OVFL) continue;
      counters_.dropped += newly_dropped(*extra, listener.dropped);
    }
    ++counters_.packets;
    counters_.bytes += message.msg_len;
    take(ByteView(buffers_->bytes[i]).first(message.msg_len), from_sockaddr(buffers_->from[i]).ip, arrived,
         sink);
  }
  return static_cast<size_t>(count);
}

void HepSource::accept(Listener& listener) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  Descriptor socket(::accept4(listener.socket.get(), reinterpret_cast<sockaddr*>(&storage), &size,
                              SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return;
  const IpAddress from = from_sockaddr(storage).ip;
  const WallTime at = clock_.wall();
  if (!may_send(from)) return refuse(from, 0, at, "it is in none of the networks that may send");
  if (connections_.size() >= kMaxConnections)
    return refuse(from, 0, at, "there are " + std::to_string(kMaxConnections) + " connections already");
  // Who is gone without a word makes room after some minutes.
  set_socket_option(socket.get(), SOL_SOCKET, SO_KEEPALIVE, int{1});
  set_socket_option(socket.get(), IPPROTO_TCP, TCP_KEEPIDLE, int{60});
  set_socket_option(socket.get(), IPPROTO_TCP, TCP_KEEPINTVL, int{20});
  const uint64_t number = next_connection_++ & ~kTags;
  if (!watch(socket.get(), number).ok()) return;
  connections_[number] = std::make_unique<Connection>(*this, std::move(socket), from, clock_.monotonic_ns());
}

// Nothing (0) ends the connection: it has ended itself, or said something that is not to be taken.
size_t HepSource::read(Connection& connection, HepSink& sink) {
  const ssize_t size =
      ::recv(connection.socket.get(), buffers_->read.data(), buffers_->read.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return 1;
  if (size <= 0) return 0;
  const uint64_t before = counters_.packets;
  counters_.bytes += static_cast<uint64_t>(size);
  const ByteView bytes = ByteView(buffers_->read).first(static_cast<size_t>(size));
  const hep::Stream::Verdict verdict = connection.add(bytes, sink);
  const size_t taken = std::max<size_t>(counters_.packets - before, 1);
  if (verdict != hep::Stream::Verdict::kGood) {
    ++counters_.packets;
    note_malformed(connection.from, "the stream holds " + std::string(hep::name_of(verdict)));
    return 0;
  }
  return connection.is_refused ? 0 : taken;
}

void HepSource::close(uint64_t number) { connections_.erase(number); }

void HepSource::close_silent() {
  const int64_t now = clock_.monotonic_ns();
  std::erase_if(connections_, [&](const auto& one) {
    return !one.second->is_known && now - one.second->since_ns > kFirstPacketNs;
  });
}

bool HepSource::may_send(const IpAddress& address) const {
  return settings_.networks.empty() ||
         std::any_of(settings_.networks.begin(), settings_.networks.end(),
                     [&](const Network& network) { return network.contains(address); });
}

void HepSource::refuse(const IpAddress& from, uint32_t id, WallTime at, std::string trouble) {
  HepAgent& others = agents_[kOthers];
  others.address = from;
  others.id = id;
  others.last_at = at;
  ++others.refused;
  others.trouble_at = at;
  others.trouble = std::move(trouble);
}

HepSource::Taken HepSource::take(ByteView bytes, const IpAddress& from, WallTime arrived, HepSink& sink) {
  if (!may_send(from)) {
    ++counters_.ignored;
    refuse(from, 0, arrived, "it is in none of the networks that may send");
    return Taken::kRefused;
  }
  hep::Packet packet;
  hep::ParseError error = hep::parse(bytes, packet);
  if (error == hep::ParseError::kNone && !settings_.key.empty() && !hep::key_matches(packet, settings_.key)) {
    ++counters_.ignored;
    refuse(from, packet.agent_id, arrived, packet.key.empty() ? "it sends no key" : "its key is another one");
    return Taken::kRefused;
  }
  if (error == hep::ParseError::kNone) error = hep::decompress(packet, decompressed_);
  if (error != hep::ParseError::kNone) {
    note_malformed(from, "a packet that cannot be read: " + std::string(hep::name_of(error)));
    return Taken::kMalformed;  // its length was right, so the next one may be good
  }
  const size_t agent = agent_at(from, packet.agent_id);
  agents_[agent].last_at = arrived;
  if (agents_[agent].name.empty() && agent != kOthers) agents_[agent].name = printable(packet.node_name, 64);
  deliver(packet, agent, believed(packet, arrived), sink);
  return Taken::kGood;
}

void HepSource::deliver(const hep::Packet& packet, size_t agent, WallTime at, HepSink& sink) {
  const bool is_sip = packet.payload_type == hep::PayloadType::kSip;
  if (is_sip || is_binary_rtcp(packet)) {
    Datagram datagram;
    datagram.at = at;
    datagram.ref = {first_number_ + static_cast<uint32_t>(agent), ++packets_, 0};
    datagram.source = packet.source;
    datagram.destination = packet.destination;
    // SCTP and what else carries whole messages.
    datagram.transport = hep::transport_of(packet).value_or(Transport::kTcp);
    datagram.vlan = packet.vlan;
    datagram.payload = packet.payload;
    ++counters_.datagrams;
    ++(is_sip ? agents_[agent].sip : agents_[agent].reports);
    sink.on_datagram(datagram);
    return;
  }
  ++counters_.ignored;
  auto kind = report_of(packet.payload_type);
  if (!kind || packet.correlation_id.empty() || packet.payload.size() > kMaxReport) return;
  ++agents_[agent].reports;
  sink.on_report({at, *kind, packet.agent_id, packet.source, packet.destination, packet.correlation_id,
                  as_text(packet.payload)});
}

WallTime HepSource::believed(const hep::Packet& packet, WallTime arrived) const {
  if (!packet.at || *packet.at > arrived || arrived - *packet.at > kBelievedNs) return arrived;
  return *packet.at;
}

// Of an agent at this address that has been heard: what cannot be read says not which.
void HepSource::note_malformed(const IpAddress& from, std::string trouble) {
  ++counters_.malformed;
  auto known = std::find_if(agents_.begin() + 1, agents_.end(),
                            [&](const HepAgent& agent) { return agent.address == from; });
  HepAgent& agent = known != agents_.end() ? *known : agents_[kOthers];
  if (known == agents_.end()) agent.address = from;
  ++agent.malformed;
  agent.trouble_at = clock_.wall();
  agent.trouble = std::move(trouble);
}

size_t HepSource::agent_at(const IpAddress& address, uint32_t id) {
  for (size_t i = kOthers + 1; i < agents_.size(); ++i)
    if (agents_[i].address == address && agents_[i].id == id) return i;
  if (agents_.size() > kMaxAgents) return kOthers;
  HepAgent& agent = agents_.emplace_back();
  agent.address = address;
  agent.id = id;
  return agents_.size() - 1;
}

std::string HepSource::name_of(uint32_t number) const {
  const size_t index = number - first_number_;
  if (number < first_number_ || index >= agents_.size() || index == kOthers) return "hep";
  const HepAgent& agent = agents_[index];
  std::string name = "hep " + agent.address.text() + " (" + std::to_string(agent.id);
  if (!agent.name.empty()) name += ", " + agent.name;
  return name + ")";
}

}  // namespace ew::capture
