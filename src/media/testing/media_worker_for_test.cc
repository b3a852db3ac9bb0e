// The media worker with decoders that misbehave: what a taken-over or broken decoder would do.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "media/worker_process.h"

namespace ew::media {
namespace {

// Does what its payload's text says.
class Misbehaving : public Decoder {
 public:
  Status decode(ByteView payload, std::vector<int16_t>& out) override {
    std::string_view deed = as_text(payload);
    if (deed == "crash") raise(SIGSEGV);
    if (deed == "hang") {
      for (;;) pause();
    }
    if (deed == "spin") {
      volatile bool forever = true;
      while (forever) {
      }
    }
    if (deed == "exec") execl("/bin/true", "true", nullptr);
    if (deed == "fork") fork();
    if (deed == "breach") (void)!write(kWorkerFd, "\xff\xff\xff\xff", 4);
    if (deed == "short") (void)!write(kWorkerFd, "\x02\0\0\0\0\0", 6);
    if (deed == "files") report(open("/etc/passwd", O_RDONLY), out);
    if (deed == "create") report(open("/tmp/earwitness-media-worker", O_CREAT | O_WRONLY, 0600), out);
    if (deed == "network") report(socket(AF_INET, SOCK_STREAM, 0), out);
    if (deed == "code") report(map_executable(), out);
    if (deed == "signal") report(kill(getppid(), 0), out);
    if (deed == "descriptors") out.push_back(open_descriptors());
    if (deed == "memory") out.push_back(malloc(size_t{1} << 30) ? 1 : 0);
    return {};
  }
  Status finish(std::vector<int16_t>&) override { return {}; }

 private:
  static void report(int result, std::vector<int16_t>& out) {
    out.push_back(result < 0 ? static_cast<int16_t>(errno) : int16_t{0});
  }
  static int map_executable() {
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? -1 : 0;
  }
  // write() of nothing tells an open descriptor from a closed one with what the sandbox allows.
  static int16_t open_descriptors() {
    int16_t count = 0;
    for (int fd = 0; fd < 1024; ++fd) count += write(fd, "", 0) == 0 || errno != EBADF;
    return count;
  }
};

}  // namespace
}  // namespace ew::media

int main() {
  using namespace ew;
  using namespace ew::media;
  return worker_main(kWorkerFd, [](const DecoderSpec& spec) -> Result<std::unique_ptr<Decoder>> {
    if (spec.codec == "misbehave") return std::unique_ptr<Decoder>(std::make_unique<Misbehaving>());
    return create_decoder(spec);
  });
}
