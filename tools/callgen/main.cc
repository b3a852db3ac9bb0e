// callgen: writes captures of calls together with the truth about them. See README.md in this folder.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "callgen/load.h"
#include "callgen/make.h"

namespace {

constexpr const char* kUsage =
    "usage: callgen make SCENARIO.toml... --out DIR     write NAME.pcap and NAME.truth.json of each "
    "scenario\n"
    "       callgen check SCENARIO.toml... --against DIR  make them again and compare with the files in DIR\n"
    "       callgen load --out FILE [--calls N] [--packets M] [--seconds-per-call S] [--seed X]\n"
    "       callgen long --out FILE [--short-calls K] [--hours H] [--rtp-per-short-call P] [--seed X]\n";

const std::set<std::string> kOptions = {"out",     "against",          "calls",
                                        "packets", "seconds-per-call", "hours",
                                        "seed",    "short-calls",      "rtp-per-short-call"};

struct Arguments {
  bool understood = true;
  std::vector<std::string> files;
  std::map<std::string, std::string> options;

  double number(const std::string& name, double otherwise) const {
    auto found = options.find(name);
    return found == options.end() ? otherwise : std::strtod(found->second.c_str(), nullptr);
  }
  uint64_t count(const std::string& name, uint64_t otherwise) const {
    return static_cast<uint64_t>(number(name, static_cast<double>(otherwise)));
  }
  std::string text(const std::string& name) const {
    auto found = options.find(name);
    return found == options.end() ? "" : found->second;
  }
};

Arguments parse(int count, char** values) {
  Arguments arguments;
  for (int i = 0; i < count; ++i) {
    std::string value = values[i];
    bool option = value.rfind("--", 0) == 0;
    if (!option)
      arguments.files.push_back(value);
    else if (i + 1 < count && kOptions.count(value.substr(2)))
      arguments.options[value.substr(2)] = values[++i];
    else
      arguments.understood = false;
  }
  return arguments;
}

ew::Status load(const Arguments& arguments) {
  callgen::LoadOptions options;
  options.lines = arguments.count("calls", options.lines);
  options.packets = arguments.count("packets", options.packets);
  options.seconds_per_call = arguments.number("seconds-per-call", options.seconds_per_call);
  options.seed = arguments.count("seed", options.seed);
  options.path = arguments.text("out");
  return callgen::write_load(options);
}

ew::Status long_call(const Arguments& arguments) {
  callgen::LongCallOptions options;
  options.short_calls = arguments.count("short-calls", options.short_calls);
  options.hours = arguments.number("hours", options.hours);
  options.rtp_per_short_call = arguments.count("rtp-per-short-call", options.rtp_per_short_call);
  options.seed = arguments.count("seed", options.seed);
  options.path = arguments.text("out");
  return callgen::write_long(options);
}

ew::Status for_each(const Arguments& arguments, ew::Status (*act)(const std::string&, const std::string&),
                    const std::string& folder) {
  for (const std::string& file : arguments.files) {
    ew::Status done = act(file, folder);
    if (!done.ok()) return std::move(done.error()).within(file);
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::string command = argc > 1 ? argv[1] : "";
  Arguments arguments = parse(argc - 2, argv + 2);
  ew::Status done;
  if (!arguments.understood)
    return std::fputs(kUsage, stderr), 2;
  else if (command == "make" && !arguments.text("out").empty() && !arguments.files.empty())
    done = for_each(arguments, callgen::make, arguments.text("out"));
  else if (command == "check" && !arguments.text("against").empty() && !arguments.files.empty())
    done = for_each(arguments, callgen::check, arguments.text("against"));
  else if (command == "load" && !arguments.text("out").empty())
    done = load(arguments);
  else if (command == "long" && !arguments.text("out").empty())
    done = long_call(arguments);
  else
    return std::fputs(kUsage, stderr), 2;
  if (done.ok()) return 0;
  std::fprintf(stderr, "callgen: %s\n", done.error().message().c_str());
  return 1;
}
