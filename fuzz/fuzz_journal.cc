// A hostile journal file: recovery and check read it, and what is recovered is whole parts.
#include <cstdint>

#include "io/memory_env.h"
#include "journal/journal.h"

using namespace ew;

namespace {

bool has_key(const part::Header& of) { return of.part.bytes[0] % 2 == 0; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  io::MemoryEnv env;
  EW_CHECK(env.make_directories("/lane").ok());
  EW_CHECK(io::write_file(env, "/lane/00000001.ewj", {data, size}).ok());
  Status recovered = journal::recover(env, "/lane", has_key, [](journal::Recovered&& part) -> Status {
    uint64_t total = part.bytes.header_size;
    for (size_t i = 0; i < part.bytes.frames.size(); ++i) {
      EW_CHECK(part.bytes.frames[i].number == i);
      total += part.bytes.frames[i].length;
    }
    EW_CHECK(total == part.bytes.bytes.size());
    EW_CHECK(part::make_footer(part.bytes.header_size, part.bytes.frames, part.bytes.end).ok());
    return {};
  });
  EW_CHECK(recovered.ok());
  EW_CHECK(journal::check(env, "/lane", true).ok());
  EW_CHECK(journal::check(env, "/lane", false).ok());
  return 0;
}
