// srcload: SIPREC recording clients for load and attack. See README.md in this folder.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "srcload/attacks.h"
#include "srcload/calls.h"

namespace {

constexpr const char* kUsage =
    "usage: srcload calls --to IP:PORT [--transport udp|tcp|tls] [--calls N] [--rate N] [--hold S] [--media "
    "none|no|plain|srtp]\n"
    "               [--change none|refresh|inactive|zero] [--forged N] [--from IP] [--connections N] "
    "[--media-from IP]\n"
    "               [--media-addresses N] [--media-port N] [--seed N] [--truth FILE]\n"
    "       srcload spray --to IP --ports FIRST-LAST [--from IP] [--from-port N] [--rate N] [--seconds S]\n"
    "       srcload mutate --to IP:PORT [--transport udp|tcp|tls] [--messages N] [--first N] [--seed N] "
    "[--rate N]\n"
    "               [--from IP] [--samples DIR]\n"
    "       srcload flood --to IP:PORT [--rate N] [--seconds S] [--from IP]\n";

// --name value; what is taken is known then, and what is left is a mistake.
class Arguments {
 public:
  Arguments(int count, char** values) {
    for (int i = 0; i < count; i += 2) {
      const std::string name = values[i];
      is_understood_ &= name.starts_with("--") && i + 1 < count;
      if (is_understood_) given_[name.substr(2)] = values[i + 1];
    }
  }
  std::string text(const std::string& name, const std::string& otherwise = "") {
    auto found = given_.extract(name);
    return found.empty() ? otherwise : found.mapped();
  }
  double number(const std::string& name, double otherwise) {
    const std::string value = text(name);
    if (value.empty()) return otherwise;
    char* end = nullptr;
    const double parsed = std::strtod(value.c_str(), &end);
    is_understood_ &= *end == 0 && parsed >= 0;
    return parsed;
  }
  template <typename Value>
  void take(const std::string& name, Value& value) {
    value = static_cast<Value>(number(name, static_cast<double>(value)));
  }
  ew::IpAddress address(const std::string& name, const std::string& otherwise) {
    return parsed(ew::IpAddress::parse(text(name, otherwise)));
  }
  ew::Endpoint endpoint(const std::string& name) { return parsed(ew::Endpoint::parse(text(name))); }
  template <typename Value>
  Value one_of(const std::string& name, const std::map<std::string, Value>& values, Value otherwise) {
    const std::string value = text(name);
    auto found = values.find(value);
    is_understood_ &= value.empty() || found != values.end();
    return found == values.end() ? otherwise : found->second;
  }
  bool are_understood() const { return is_understood_ && given_.empty(); }

 private:
  template <typename Value>
  Value parsed(std::optional<Value> value) {
    is_understood_ &= value.has_value();
    return value.value_or(Value());
  }
  bool is_understood_ = true;
  std::map<std::string, std::string> given_;
};

const std::map<std::string, ew::Transport> kTransports = {
    {"udp", ew::Transport::kUdp}, {"tcp", ew::Transport::kTcp}, {"tls", ew::Transport::kTls}};

ew::Status misunderstood() { return ew::Error(ew::ErrorCode::kUsage, kUsage); }

ew::Status calls(Arguments& arguments) {
  using Change = srcload::CallsOptions::Change;
  srcload::CallsOptions options;
  options.to = arguments.endpoint("to");
  options.transport = arguments.one_of("transport", kTransports, options.transport);
  options.from = arguments.address("from", "127.0.0.1");
  options.media = arguments.address("media-from", "127.1.0.0");
  arguments.take("connections", options.connections);
  arguments.take("media-addresses", options.media_addresses);
  arguments.take("media-port", options.media_port);
  arguments.take("calls", options.calls);
  arguments.take("rate", options.rate);
  arguments.take("hold", options.hold_s);
  arguments.take("forged", options.forged);
  arguments.take("seed", options.seed);
  const std::string media = arguments.text("media", "plain");
  options.offers_lines = media != "none";
  options.has_media = media == "plain" || media == "srtp";
  options.is_encrypted = media == "srtp";
  options.change = arguments.one_of<Change>("change",
                                            {{"none", Change::kNone},
                                             {"refresh", Change::kRefresh},
                                             {"inactive", Change::kInactive},
                                             {"zero", Change::kZeroAddress}},
                                            Change::kNone);
  options.truth = arguments.text("truth");
  const bool makes_sense = options.rate > 0 && options.media_addresses > 0 &&
                           (media == "none" || media == "no" || media == "plain" || media == "srtp");
  if (!arguments.are_understood() || !makes_sense) return misunderstood();
  srcload::print_json(TRY(srcload::play_calls(options)));
  return {};
}

ew::Status spray(Arguments& arguments) {
  srcload::SprayOptions options;
  options.to = arguments.address("to", "");
  options.from = arguments.address("from", "127.66.0.1");
  arguments.take("from-port", options.from_port);
  arguments.take("rate", options.rate);
  arguments.take("seconds", options.seconds);
  const std::string ports = arguments.text("ports");
  const bool has_ports = std::sscanf(ports.c_str(), "%hu-%hu", &options.first, &options.last) == 2;
  if (!arguments.are_understood() || !has_ports || options.first > options.last) return misunderstood();
  return srcload::spray(options);
}

ew::Status mutate(Arguments& arguments) {
  srcload::MutateOptions options;
  options.to = arguments.endpoint("to");
  options.transport = arguments.one_of("transport", kTransports, options.transport);
  options.from = arguments.address("from", "127.0.0.1");
  arguments.take("messages", options.messages);
  arguments.take("first", options.first);
  arguments.take("seed", options.seed);
  arguments.take("rate", options.rate);
  options.samples = arguments.text("samples");
  if (!arguments.are_understood()) return misunderstood();
  return srcload::mutate(options);
}

ew::Status flood(Arguments& arguments) {
  srcload::FloodOptions options;
  options.to = arguments.endpoint("to");
  options.from = arguments.address("from", "127.66.0.2");
  arguments.take("rate", options.rate);
  arguments.take("seconds", options.seconds);
  if (!arguments.are_understood()) return misunderstood();
  return srcload::flood(options);
}

}  // namespace

int main(int argc, char** argv) {
  static const std::map<std::string, ew::Status (*)(Arguments&)> kCommands = {
      {"calls", calls}, {"spray", spray}, {"mutate", mutate}, {"flood", flood}};
  const auto command = kCommands.find(argc > 1 ? argv[1] : "");
  if (command == kCommands.end()) return std::fputs(kUsage, stderr), 2;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  Arguments arguments(argc - 2, argv + 2);
  const ew::Status done = command->second(arguments);
  if (done.ok()) return 0;
  std::fprintf(stderr, "srcload: %s\n", done.error().message().c_str());
  return done.error().code() == ew::ErrorCode::kUsage ? 2 : 1;
}
