// One SIP dialog as it is seen on every hop of its path: requests collect a Via at each node and responses
// shed them, proxies record-route, answer 100, and send ACK and CANCEL of failed transactions hop by hop (RFC
// 3261 sections 16, 17).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "callgen/random.h"
#include "callgen/wire.h"

namespace callgen {

struct Node {
  std::string id, user, agent;
  Host sip;
  bool record_route = false;
};

struct Identity {
  std::string name, user, domain;
};

enum class Side : uint8_t { kCaller = 0, kCallee = 1 };
inline Side other(Side side) { return side == Side::kCaller ? Side::kCallee : Side::kCaller; }

using Headers = std::vector<std::pair<std::string, std::string>>;

// What a message carries beside what its dialog gives it. `node` is the index, from the caller's end, of the
// node that sends the message on, because elements rewrite SDP on its way.
struct Content {
  std::string type;
  std::function<std::string(size_t node)> body;
  Headers headers;
};

struct Transaction {
  Side from = Side::kCaller;
  std::string method;
  uint32_t cseq = 0;
  std::vector<std::string> branches;  // one per hop, from the sender of the request
  bool in_dialog = false;
  std::string target_uri;  // of an INVITE's first hops, when it is not the dialled one
};

// What all branches of a fork have in common.
struct DialogOptions {
  std::string call_id, caller_tag, transport = "udp";
  Identity caller, callee;
  std::string dialled_uri;
  bool compact = false, folded = false;
};

class Dialog {
 public:
  Dialog(Wire& wire, Random random, DialogOptions options, std::vector<const Node*> path);

  const std::string& call_id() const { return options_.call_id; }
  const std::string& tag(Side side) const { return tags_[static_cast<int>(side)]; }
  const DialogOptions& options() const { return options_; }
  const std::vector<const Node*>& path() const { return path_; }
  size_t hops() const { return path_.size() - 1; }
  const std::string& contact(Side side) const { return contacts_[static_cast<int>(side)]; }
  uint32_t cseq(Side side) const { return cseqs_[static_cast<int>(side)]; }
  void set_cseq(Side side, uint32_t cseq) { cseqs_[static_cast<int>(side)] = cseq; }

  Transaction begin(Side from, const std::string& method);
  // Each returns when the last node has the message. Hops count from the sender of the request.
  int64_t request(const Transaction& transaction, int64_t at, const Content& content, size_t first_hop = 0,
                  size_t end_hop = SIZE_MAX);
  int64_t respond(const Transaction& transaction, int64_t at, int code, const std::string& reason,
                  const Content& content, size_t first_hop = SIZE_MAX, size_t last_hop = 0);
  // Of a response other than 2xx, at one hop.
  void acknowledge_failure(const Transaction& transaction, int64_t at, size_t hop);
  // Of a 2xx, from end to end.
  int64_t acknowledge(const Transaction& invite, int64_t at, const Content& content);
  // A final failure from `first_hop` back to `last_hop`, acknowledged hop by hop.
  int64_t fail(const Transaction& invite, int64_t at, int code, const std::string& reason,
               const Headers& headers, size_t first_hop = SIZE_MAX, size_t last_hop = 0);
  int64_t cancel(const Transaction& invite, int64_t at, size_t first_hop = 0);

 private:
  struct Head {
    std::string start;
    Headers headers;
  };

  size_t node_index(Side from, size_t position) const;  // of the position-th node seen from that side
  const Node& node(Side from, size_t position) const { return *path_[node_index(from, position)]; }
  std::string request_uri(const Transaction& transaction, size_t hop) const;
  std::string via(const Transaction& transaction, size_t position, bool received) const;
  std::string party(Side side, bool with_tag) const;
  Headers common(const Transaction& transaction, size_t hop, bool response, bool with_to_tag) const;
  void send(int64_t at, const Node& source, const Node& destination, const std::string& label,
            const std::string& start, const Headers& headers, const std::string& body) const;
  int64_t hop_delay() { return random_.between(250, 700) * ew::kNsPerUs; }

  Wire& wire_;
  Random random_;
  DialogOptions options_;
  std::vector<const Node*> path_;
  std::string tags_[2], contacts_[2];
  uint32_t cseqs_[2];
};

std::string reason_of(int code);

}  // namespace callgen
