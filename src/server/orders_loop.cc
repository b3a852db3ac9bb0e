#include "server/orders_loop.h"

namespace ew::server {
namespace {

constexpr int64_t kStartTimeoutNs = 10 * kNsPerSec;

Status follow(Order order, ipc::BodyReader& reader, ipc::Message& message, const OrderHandlers& handlers) {
  switch (order) {
    case Order::kPeer:
      if (message.descriptors.size() != 2) return Error(ErrorCode::kInvalid, "an order without its sockets");
      if (handlers.on_peer)
        handlers.on_peer(ipc::Channel(std::move(message.descriptors[0])),
                         ipc::Channel(std::move(message.descriptors[1])));
      return {};
    case Order::kListener: {
      std::string address = reader.text();
      TRY(reader.finish());
      if (message.descriptors.size() != 1) return Error(ErrorCode::kInvalid, "an order without its socket");
      if (handlers.on_listener) handlers.on_listener(address, std::move(message.descriptors[0]));
      return {};
    }
    case Order::kControl:
      if (message.descriptors.size() != 1) return Error(ErrorCode::kInvalid, "an order without its socket");
      if (handlers.on_control) handlers.on_control(std::move(message.descriptors[0]));
      return {};
    case Order::kCapture: {
      CaptureOrder capture = TRY(CaptureOrder::parse(reader));
      if (message.descriptors.size() != 1) return Error(ErrorCode::kInvalid, "an order without its socket");
      capture.socket.descriptor = std::move(message.descriptors[0]);
      if (handlers.on_capture) handlers.on_capture(std::move(capture));
      return {};
    }
    case Order::kSignalling: {
      SignallingOrder sip = TRY(SignallingOrder::parse(reader));
      if (message.descriptors.size() != 1) return Error(ErrorCode::kInvalid, "an order without its socket");
      sip.socket = std::move(message.descriptors[0]);
      if (handlers.on_signalling) handlers.on_signalling(std::move(sip));
      return {};
    }
    case Order::kFacts: {
      Facts facts = TRY(Facts::parse(reader));
      if (handlers.on_facts) handlers.on_facts(std::move(facts));
      return {};
    }
    case Order::kPing:
      if (handlers.on_ping) handlers.on_ping();
      return {};
    case Order::kReload: {
      auto level = log_level(reader.text());
      TRY(reader.finish());
      if (level && handlers.on_reload) handlers.on_reload(*level);
      return {};
    }
    case Order::kQuiet:
      if (handlers.on_quiet) handlers.on_quiet();
      return {};
    case Order::kStart:
    case Order::kStop:
      break;
  }
  return Error(ErrorCode::kInvalid, "an order that is none");
}

}  // namespace

Result<StartOrder> read_start(ipc::Channel& orders) {
  ipc::Message message = TRY(orders.receive(kStartTimeoutNs));
  ipc::BodyReader reader(message.body);
  if (TRY(order_of(reader)) != Order::kStart)
    return Error(ErrorCode::kInvalid, "the first order is another one");
  return StartOrder::parse(reader);
}

Status follow_orders(ipc::Channel& orders, const OrderHandlers& handlers) {
  for (;;) {
    ipc::Message message = TRY(orders.receive(ipc::kForEver));
    ipc::BodyReader reader(message.body);
    Order order = TRY(order_of(reader));
    if (order == Order::kStop) return {};
    TRY(follow(order, reader, message, handlers));
  }
}

Result<config::Config> configuration_of(const StartOrder& start) {
  config::Config config = config::defaults();
  TRY(config::read_text("configuration", start.config, config));
  return config;
}

Log::Options log_options(const config::Config& config, const std::string& process) {
  Log::Options options;
  options.format = config.log.format.value_or(log_format_of_environment());
  options.level = config.log.level;
  options.process = process;
  return options;
}

}  // namespace ew::server
