#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>

#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "capture/packet_filter_internal.h"

namespace ew::capture {
namespace {

constexpr uint32_t kNetwork = static_cast<uint32_t>(SKF_NET_OFF);
constexpr uint32_t kProtocol = static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL);
constexpr uint32_t kPacketType = static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
constexpr uint16_t kFirstSipPort = 5060, kLastSipPort = 5099;
constexpr uint32_t kIpv6Header = 40;
constexpr uint32_t kEtherIp = 97;  // RFC 3378

// Instructions with jumps by name; all jumps go forward.
class Program {
 public:
  void add(uint16_t code, uint32_t k) { code_.push_back({code, 0, 0, k}); }
  // If the accumulator compares so with k, on to the label; else to the next instruction.
  void jump_if(uint16_t comparison, uint32_t k, std::string_view label) {
    jumps_.emplace_back(code_.size(), label);
    add(static_cast<uint16_t>(BPF_JMP | BPF_K | comparison), k);
  }
  void label(std::string_view name) { labels_.emplace_back(name, code_.size()); }
  std::vector<sock_filter> take() {
    for (const auto& [from, name] : jumps_)
      for (const auto& [label, to] : labels_)
        if (label == name) {
          EW_CHECK(to > from && to - from - 1 <= UINT8_MAX);
          code_[from].jt = static_cast<uint8_t>(to - from - 1);
        }
    return std::move(code_);
  }

 private:
  std::vector<sock_filter> code_;
  std::vector<std::pair<size_t, std::string_view>> jumps_;
  std::vector<std::pair<std::string_view, size_t>> labels_;
};

constexpr uint16_t kLoadHalf = BPF_LD | BPF_H | BPF_ABS, kLoadByte = BPF_LD | BPF_B | BPF_ABS,
                   kLoadHalfAtX = BPF_LD | BPF_H | BPF_IND, kReturn = BPF_RET | BPF_K;

void accept_sip_port(Program& program, const std::vector<uint16_t>& more, std::string_view otherwise) {
  for (uint16_t port : more) program.jump_if(BPF_JEQ, port, "accept");
  program.jump_if(BPF_JGT, kLastSipPort, otherwise);
  program.jump_if(BPF_JGE, kFirstSipPort, "accept");
}

}  // namespace

std::vector<sock_filter> packet_filter(const std::vector<uint16_t>& tcp_ports) {
  EW_CHECK(tcp_ports.size() <= kMaxTcpPorts);
  Program program;
  program.add(BPF_LD | BPF_W | BPF_ABS, kProtocol);
  program.jump_if(BPF_JEQ, ETH_P_IP, "ipv4");
  program.jump_if(BPF_JEQ, ETH_P_IPV6, "ipv6");
  // A tag that the kernel has not taken off, a label or a session: we look into them ourselves.
  for (uint32_t type : {ETH_P_8021Q, ETH_P_8021AD, ETH_P_QINQ1, ETH_P_MPLS_UC, ETH_P_MPLS_MC, ETH_P_PPP_SES})
    program.jump_if(BPF_JEQ, type, "accept");
  program.add(kReturn, 0);

  program.label("ipv4");
  program.add(kLoadByte, kNetwork + 9);
  for (uint32_t protocol :
       std::initializer_list<uint32_t>{IPPROTO_UDP, IPPROTO_GRE, IPPROTO_IPIP, IPPROTO_IPV6, IPPROTO_AH,
                                       kEtherIp, IPPROTO_MPLS})
    program.jump_if(BPF_JEQ, protocol, "accept");
  program.jump_if(BPF_JEQ, IPPROTO_TCP, "tcp over ipv4");
  program.add(kReturn, 0);
  program.label("tcp over ipv4");
  program.add(kLoadHalf, kNetwork + 6);
  program.jump_if(BPF_JSET, 0x1fff, "accept");  // a later fragment, which has no ports
  program.add(BPF_LDX | BPF_B | BPF_MSH, kNetwork);
  program.jump_if(BPF_JGE, 0, "tcp");  // always

  program.label("ipv6");
  program.add(kLoadByte, kNetwork + 6);
  for (uint32_t protocol : std::initializer_list<uint32_t>{
           IPPROTO_UDP, IPPROTO_FRAGMENT, IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS, IPPROTO_AH,
           IPPROTO_MH, IPPROTO_GRE, IPPROTO_IPV6, IPPROTO_IPIP, kEtherIp, IPPROTO_MPLS})
    program.jump_if(BPF_JEQ, protocol, "accept");
  program.jump_if(BPF_JEQ, IPPROTO_TCP, "tcp over ipv6");
  program.add(kReturn, 0);
  program.label("tcp over ipv6");
  program.add(BPF_LDX | BPF_W | BPF_IMM, kIpv6Header);

  program.label("tcp");
  program.add(kLoadHalfAtX, kNetwork);
  accept_sip_port(program, tcp_ports, "other source port");
  program.label("other source port");
  program.add(kLoadHalfAtX, kNetwork + 2);
  accept_sip_port(program, tcp_ports, "other ports");
  program.label("other ports");
  program.add(kReturn, 0);
  program.label("accept");
  program.add(kReturn, UINT32_MAX);
  return program.take();
}

std::vector<sock_filter> media_filter(PortRange ports) {
  Program program;
  program.add(BPF_LD | BPF_W | BPF_ABS, kPacketType);
  program.jump_if(BPF_JEQ, PACKET_HOST, "for us");
  program.add(kReturn, 0);
  program.label("for us");
  program.add(BPF_LD | BPF_W | BPF_ABS, kProtocol);
  program.jump_if(BPF_JEQ, ETH_P_IP, "ipv4");
  program.jump_if(BPF_JEQ, ETH_P_IPV6, "ipv6");
  program.add(kReturn, 0);

  program.label("ipv4");
  program.add(BPF_LDX | BPF_B | BPF_MSH, kNetwork);
  program.add(kLoadByte, kNetwork + 9);
  program.jump_if(BPF_JEQ, IPPROTO_UDP, "udp over ipv4");
  program.add(kReturn, 0);
  program.label("udp over ipv4");
  program.add(kLoadHalf, kNetwork + 6);
  program.jump_if(BPF_JSET, 0x1fff, "accept");  // a later fragment, which has no ports
  program.jump_if(BPF_JGE, 0, "udp");           // always

  program.label("ipv6");
  program.add(BPF_LDX | BPF_W | BPF_IMM, kIpv6Header);
  program.add(kLoadByte, kNetwork + 6);
  program.jump_if(BPF_JEQ, IPPROTO_FRAGMENT, "accept");
  program.jump_if(BPF_JEQ, IPPROTO_UDP, "udp");
  program.add(kReturn, 0);

  program.label("udp");
  program.add(kLoadHalfAtX, kNetwork + 2);
  program.jump_if(BPF_JGT, ports.last, "other port");
  program.jump_if(BPF_JGE, ports.first, "accept");
  program.label("other port");
  program.add(kReturn, 0);
  program.label("accept");
  program.add(kReturn, UINT32_MAX);
  return program.take();
}

}  // namespace ew::capture
