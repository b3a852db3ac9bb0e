// The child's side of the supervisor's orders.
#pragma once

#include <functional>

#include "config/config.h"
#include "server/orders.h"

namespace ew::server {

// What a child does on an order. All on the thread that runs the loop.
struct OrderHandlers {
  std::function<void(ipc::Channel keeper_asks, ipc::Channel recorder_asks)> on_peer;
  std::function<void(const std::string& address, Descriptor socket)> on_listener;
  std::function<void(Descriptor socket)> on_control;
  std::function<void(CaptureOrder)> on_capture;
  std::function<void(SignallingOrder)> on_signalling;
  std::function<void(Facts)> on_facts;
  std::function<void()> on_ping;
  std::function<void(LogLevel)> on_reload;
  std::function<void()> on_quiet;
};

// Reads the first order. The other side is our own parent, so trouble here is an error of ours.
Result<StartOrder> read_start(ipc::Channel& orders);
// Follows orders until kStop (good), or until the supervisor is gone.
Status follow_orders(ipc::Channel& orders, const OrderHandlers& handlers);

// The configuration of a start order.
Result<config::Config> configuration_of(const StartOrder& start);
// The child's log, as the configuration wants it.
Log::Options log_options(const config::Config& config, const std::string& process);

}  // namespace ew::server
