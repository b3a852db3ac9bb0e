// A process channel whose other side writes whatever it likes.
#include <sys/socket.h>

#include <thread>

#include "ipc/rpc.h"
#include "metrics/exposition.h"

using namespace ew;

namespace {

class Reader : public ipc::Service {
 public:
  Result<ipc::Answer> answer(ipc::Method method, ipc::BodyReader& arguments,
                             std::vector<Descriptor>& descriptors) override {
    EW_CHECK(descriptors.empty());
    uint64_t total = 0;
    for (size_t left = arguments.count(1 + method % 16); left > 0 && !arguments.failed(); --left) {
      total += arguments.text().size() + arguments.number();
      (void)arguments.id();
    }
    TRY(arguments.finish());
    return ipc::Answer{ipc::BodyWriter().number(total).take(), {}};
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 100'000) return 0;  // what a socket holds
  auto ends = ipc::Channel::pair();
  EW_CHECK(ends.ok());
  if (size > 0 && ::send(ends->second.fd(), data, size, MSG_DONTWAIT) < 0) return 0;
  ::shutdown(ends->second.fd(), SHUT_WR);
  // Whoever asks reads the answers; they are more than a socket holds.
  std::thread asking([fd = ends->second.fd()] {
    char buffer[4096];
    while (::recv(fd, buffer, sizeof buffer, 0) > 0) continue;
  });
  Reader reader;
  (void)ipc::serve(ends->first, reader);
  ::shutdown(ends->first.fd(), SHUT_RDWR);
  asking.join();

  auto families = metrics::decode(ByteView(data, size));
  if (families.ok()) EW_CHECK(!metrics::to_text(*families).empty() || families->empty());
  return 0;
}
