#include "media/pcapng_export.h"

#include <algorithm>
#include <map>
#include <utility>

#include "media/stream_table.h"
#include "pcap/frame_builder.h"
#include "pcap/writer.h"

namespace ew::media {
namespace {

constexpr size_t kFlushBytes = 64 * 1024;
constexpr size_t kMaxSegment = 1400;        // bytes of a message in one TCP segment
constexpr size_t kMaxConnections = 10'000;  // directions of TCP whose numbers are remembered

// What was done to the packets on their way into the recording.
struct Findings {
  bool decrypted = false, redacted = false;

  Status take(const part::Record& record) {
    if (record.type == part::RecordType::kSip) {
      redacted = redacted || as_text(record.body).find("REDACTED") != std::string_view::npos;
    } else if (record.type == part::RecordType::kStream) {
      TRY(streams.take(record));
      decrypted = decrypted || streams.find(record.stream)->decrypted;
    }
    return {};
  }

  std::string comment() const {
    std::string text = "Made by Earwitness from stored records; link, IP and TCP headers are rebuilt.";
    if (decrypted) text += " SRTP was decrypted and is written as RTP.";
    if (redacted) text += " Keys in SDP are redacted.";
    return text;
  }

  StreamTable streams;
};

class Exporter {
 public:
  Exporter(const Findings& findings, const PcapngOptions& options, const ByteSink& sink) : sink_(sink) {
    pcap::write_section({findings.comment(), options.application, {"earwitness"}}, out_);
  }

  Status take(const part::Record& record) {
    switch (record.type) {
      case part::RecordType::kStream:
        return streams_.take(record);
      case part::RecordType::kSip:
        take_sip(record);
        break;
      case part::RecordType::kRtp:
        take_rtp(record);
        break;
      case part::RecordType::kRtcp:
        take_rtcp(record);
        break;
      default:
        break;
    }
    return out_.size() < kFlushBytes ? Status() : flush();
  }

  Result<PcapngReport> finish() {
    TRY(flush());
    return report_;
  }

 private:
  using Direction = std::pair<Endpoint, Endpoint>;

  void take_sip(const part::Record& record) {
    pcap::Envelope envelope{record.source, record.destination, record.dscp, record.vlan};
    if (record.transport == Transport::kUdp)
      write_udp(envelope, record);
    else
      write_tcp(envelope, record);
  }

  void take_rtp(const part::Record& record) {
    const StreamInfo* stream = streams_.find(record.stream);
    if (!stream || record.path >= stream->paths.size()) return void(++report_.without_addresses);
    const Path& path = stream->paths[record.path];
    write_udp({path.source, path.destination, path.dscp, path.vlan}, record);
  }

  // A record of RTCP names its stream only: even RTP ports have RTCP on the next one (RFC 3550 section 11),
  // others are taken as multiplexed (RFC 5761).
  void take_rtcp(const part::Record& record) {
    const StreamInfo* stream = streams_.find(record.stream);
    if (!stream) return void(++report_.without_addresses);
    Path path = stream->paths[0];
    if (path.source.port % 2 == 0 && path.destination.port % 2 == 0) {
      ++path.source.port;
      ++path.destination.port;
    }
    write_udp({path.source, path.destination, path.dscp, path.vlan}, record);
  }

  void write_udp(const pcap::Envelope& envelope, const part::Record& record) {
    if (envelope.source == Endpoint{}) return void(++report_.without_addresses);
    if (record.body.size() > pcap::kMaxUdpPayload) return void(++report_.too_long);
    pcap::build_udp_frame(envelope, record.body, frame_);
    write_frame(record.at);
  }

  // One message, one PSH segment, or several; numbers go on from the message before in this direction.
  void write_tcp(const pcap::Envelope& envelope, const part::Record& record) {
    if (sent_.size() >= kMaxConnections) sent_.clear();
    auto opposite = sent_.find({envelope.destination, envelope.source});
    uint32_t acknowledged = opposite == sent_.end() ? 1 : opposite->second;
    uint32_t& sequence = sent_.try_emplace({envelope.source, envelope.destination}, 1).first->second;
    for (ByteView rest = record.body; !rest.empty();) {
      ByteView segment = rest.first(std::min(rest.size(), kMaxSegment));
      rest = rest.subspan(segment.size());
      pcap::build_tcp_frame(envelope, sequence, acknowledged, segment, frame_);
      sequence += static_cast<uint32_t>(segment.size());
      write_frame(record.at);
    }
  }

  void write_frame(WallTime at) {
    pcap::write_packet(0, at, frame_, {}, out_);
    ++report_.packets;
  }

  Status flush() {
    if (out_.empty()) return {};
    TRY(sink_(out_));
    out_.clear();
    return {};
  }

  const ByteSink& sink_;
  StreamTable streams_;
  std::map<Direction, uint32_t> sent_;  // TCP: the next sequence number
  Bytes frame_, out_;
  PcapngReport report_;
};

}  // namespace

Result<PcapngReport> write_pcapng(RecordSource& source, const ByteSink& sink, const PcapngOptions& options) {
  Findings findings;
  TRY(read_all(source, findings));
  Exporter exporter(findings, options, sink);
  TRY(read_all(source, exporter));
  return exporter.finish();
}

}  // namespace ew::media
