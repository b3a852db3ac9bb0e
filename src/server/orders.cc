#include "server/orders.h"

namespace ew::server {

std::string_view name_of(ChildKind kind) { return kind == ChildKind::kRecorder ? "recorder" : "keeper"; }

std::string_view command_of(ChildKind kind) {
  return kind == ChildKind::kRecorder ? "recorder-process" : "keeper-process";
}

ipc::BodyWriter begin_order(Order order) {
  ipc::BodyWriter writer;
  writer.u8(static_cast<uint8_t>(order));
  return writer;
}

Result<Order> order_of(ipc::BodyReader& reader) {
  uint8_t order = reader.u8();
  if (reader.failed() || order > static_cast<uint8_t>(Order::kStop))
    return Error(ErrorCode::kInvalid, "an order that is none");
  return static_cast<Order>(order);
}

Bytes StartOrder::encode() const {
  return begin_order(Order::kStart).text(config).signed_number(started_at.ns).take();
}

Result<StartOrder> StartOrder::parse(ipc::BodyReader& reader) {
  StartOrder start;
  start.config = reader.text();
  start.started_at.ns = reader.signed_number();
  TRY(reader.finish());
  return start;
}

Bytes CaptureOrder::encode() const {
  return begin_order(Order::kCapture)
      .text(interface)
      .number(socket.interface_index)
      .flag(socket.link == capture::LinkLayer::kCooked)
      .number(socket.ring.block_bytes)
      .number(socket.ring.blocks)
      .take();
}

Result<CaptureOrder> CaptureOrder::parse(ipc::BodyReader& reader) {
  CaptureOrder order;
  order.interface = reader.text();
  order.socket.interface_index = static_cast<uint32_t>(reader.number());
  order.socket.link = reader.flag() ? capture::LinkLayer::kCooked : capture::LinkLayer::kEthernet;
  order.socket.ring.block_bytes = static_cast<uint32_t>(reader.number());
  order.socket.ring.blocks = static_cast<uint32_t>(reader.number());
  TRY(reader.finish());
  return order;
}

Bytes SignallingOrder::encode() const {
  return begin_order(Order::kSignalling)
      .u8(static_cast<uint8_t>(speaks))
      .text(address.text())
      .u8(static_cast<uint8_t>(transport))
      .take();
}

Result<SignallingOrder> SignallingOrder::parse(ipc::BodyReader& reader) {
  const uint8_t speaks = reader.u8();
  auto address = Endpoint::parse(reader.text());
  const uint8_t transport = reader.u8();
  TRY(reader.finish());
  if (!address || transport > static_cast<uint8_t>(Transport::kTls) ||
      speaks > static_cast<uint8_t>(Speaks::kHep))
    return Error(ErrorCode::kInvalid, "an order without its address");
  return SignallingOrder{static_cast<Speaks>(speaks), *address, static_cast<Transport>(transport), {}};
}

Bytes Facts::encode() const {
  ipc::BodyWriter writer = begin_order(Order::kFacts);
  writer.number(processes.size());
  for (const Process& process : processes)
    writer.text(process.name)
        .signed_number(process.pid)
        .signed_number(process.since.ns)
        .number(process.restarts);
  writer.number(occupied.size());
  for (const std::string& address : occupied) writer.text(address);
  writer.number(capture_troubles.size());
  for (const std::string& trouble : capture_troubles) writer.text(trouble);
  return writer.flag(runs_as_root).take();
}

Result<Facts> Facts::parse(ipc::BodyReader& reader) {
  Facts facts;
  for (size_t left = reader.count(18); left > 0; --left) {
    Process& process = facts.processes.emplace_back();
    process.name = reader.text();
    process.pid = reader.signed_number();
    process.since.ns = reader.signed_number();
    process.restarts = reader.number();
  }
  for (size_t left = reader.count(1); left > 0; --left) facts.occupied.push_back(reader.text());
  for (size_t left = reader.count(1); left > 0; --left) facts.capture_troubles.push_back(reader.text());
  facts.runs_as_root = reader.flag();
  TRY(reader.finish());
  return facts;
}

}  // namespace ew::server
