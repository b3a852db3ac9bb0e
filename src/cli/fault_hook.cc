#include "cli/fault_hook.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "io/fault_env.h"

namespace ew::cli {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    size_t colon = text.find(':');
    words.emplace_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return words;
    text.remove_prefix(colon + 1);
  }
}

io::Disorder disorder_named(std::string_view name) {
  if (name == "enospc") return io::Disorder::kEnospc;
  if (name == "erofs") return io::Disorder::kErofs;
  if (name == "short") return io::Disorder::kShortWrite;
  return io::Disorder::kEio;
}

class CountingEnv : public io::FaultEnv {
 public:
  CountingEnv(io::Env& inner, std::string path) : FaultEnv(inner), path_(std::move(path)) {}
  ~CountingEnv() override {
    if (std::FILE* file = std::fopen(path_.c_str(), "w")) {
      std::fprintf(file, "%llu\n", static_cast<unsigned long long>(calls()));
      std::fclose(file);
    }
  }

 private:
  std::string path_;
};

}  // namespace

std::unique_ptr<io::Env> fault_env_from_environment() {
  const char* asked = std::getenv("EARWITNESS_FAULT");
  if (!asked || !*asked) return nullptr;
  std::vector<std::string> words = split(asked);
  if (words[0] == "count" && words.size() == 2)
    return std::make_unique<CountingEnv>(io::posix_env(), words[1]);
  if (words[0] == "call" && words.size() >= 3) {
    uint64_t number = parse_number(words[1], UINT64_MAX).value_or(0);
    auto persistence = words.size() > 3 ? io::Persistence::kForEver : io::Persistence::kOnce;
    return std::make_unique<io::FaultEnv>(io::posix_env(),
                                          io::fail_call(number, disorder_named(words[2]), persistence));
  }
  if (words[0] == "sync-ms" && words.size() == 2) {
    auto pause = std::chrono::milliseconds(parse_number(words[1], 60'000).value_or(0));
    return std::make_unique<io::FaultEnv>(io::posix_env(),
                                          io::delay_syncs([pause] { std::this_thread::sleep_for(pause); }));
  }
  std::fprintf(stderr, "earwitness: EARWITNESS_FAULT is not understood: %s\n", printable(asked).c_str());
  std::exit(2);
}

}  // namespace ew::cli
