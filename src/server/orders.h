// What supervisor and children say to each other. A child has two sockets to the supervisor: on one it hears
// orders, on the other it asks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "capture/packet_socket.h"
#include "ipc/rpc.h"
#include "net/endpoint.h"

namespace ew::server {

enum class ChildKind : uint8_t { kRecorder, kKeeper };
std::string_view name_of(ChildKind kind);     // "recorder", as in the API
std::string_view command_of(ChildKind kind);  // the hidden command that runs it

inline constexpr int kOrdersFd = 3, kRequestsFd = 4;  // where a child finds its sockets
inline constexpr int kLockFd = 5;                     // and the data directory's lock, which it only holds

enum class Order : uint8_t {
  kStart,       // StartOrder: the first
  kPeer,        // two sockets to the other child: the keeper asks on the first, the recorder on the second
  kListener,    // to the keeper: a listening socket, with its address
  kControl,     // to the keeper: the socket at which commands come
  kCapture,     // to the recorder: CaptureOrder, with the packet socket
  kSignalling,  // to the recorder: SignallingOrder, with the socket
  kFacts,       // to the keeper: Facts, when they change
  kPing,        // say Request::kAlive, if all that matters is
  kReload,      // SIGHUP: the log's level; certificates are read again
  kQuiet,       // to the keeper: take no more requests, then say Request::kQuiet
  kStop,        // finish, exit 0
};

enum class Request : ipc::Method {
  kReady = 1,  // the child works
  kAlive,      // it still does; see Order::kPing
  kQuiet,      // see Order::kQuiet
  kWorker,     // a media worker: its number, and a socket
  kEndWorker,  // number: how it ended (text), empty as long as it has not
};

struct StartOrder {
  std::string config;  // config::to_text
  WallTime started_at;
  Bytes encode() const;
  static Result<StartOrder> parse(ipc::BodyReader& reader);
};

// A packet socket of an interface, whose descriptor comes with it.
struct CaptureOrder {
  std::string interface;
  capture::PacketSocket socket;  // here without its descriptor
  Bytes encode() const;
  static Result<CaptureOrder> parse(ipc::BodyReader& reader);
};

// A socket at which recording clients are served, or HEP is taken, whose descriptor comes with it.
enum class Speaks : uint8_t { kSiprec, kHep };
struct SignallingOrder {
  Speaks speaks = Speaks::kSiprec;
  Endpoint address;
  Transport transport = Transport::kUdp;
  Descriptor socket;
  Bytes encode() const;
  static Result<SignallingOrder> parse(ipc::BodyReader& reader);
};

// What only the supervisor knows, for the alarms and the state in the API.
struct Facts {
  struct Process {
    std::string name;
    int64_t pid = 0;
    WallTime since;
    uint64_t restarts = 0;
    bool operator==(const Process&) const = default;
  };
  std::vector<Process> processes;
  std::vector<std::string> occupied;  // addresses that somebody else listens on
  std::vector<std::string> capture_troubles;
  bool runs_as_root = false;
  bool operator==(const Facts&) const = default;

  Bytes encode() const;
  static Result<Facts> parse(ipc::BodyReader& reader);
};

// The orders' bodies are the order's number and what belongs to it.
ipc::BodyWriter begin_order(Order order);
Result<Order> order_of(ipc::BodyReader& reader);

}  // namespace ew::server
