// ObjectStore: where finished parts live. A directory by default; memory and a faulty one for tests; S3 when
// outgrown. One contract suite (vault/object_store_contract.h) is run by every implementation.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "io/env.h"

namespace ew::vault {

struct ObjectInfo {
  std::string name;
  uint64_t size = 0;
};
struct ObjectEnds {
  uint64_t size = 0;  // of the object
  Bytes head, tail;
};
struct NewObject {
  std::string name;
  std::vector<ByteView> pieces;  // concatenated
};

// Names: [a-z0-9/.-], at most 200 bytes, no empty, "." or ".." segment; never made from anything but our own
// ids.
bool is_valid_name(std::string_view name);

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  // Puts all objects, each only if absent, durably, and reads each back and compares before returning.
  // Several at once so that the syncs are shared. kExists (nothing else undone) if one is there with other
  // content; the same content is success. After an error each object is either absent or whole.
  virtual Status put(const std::vector<NewObject>& objects) = 0;
  virtual Result<Bytes> get(const std::string& name) = 0;  // kNotFound
  virtual Result<Bytes> get_range(const std::string& name, uint64_t offset,
                                  uint64_t length) = 0;  // kTruncated beyond the end
  virtual Result<ObjectInfo> stat(const std::string& name) = 0;
  virtual Status remove(const std::string& name) = 0;  // kDenied while locked
  // In order of name, those after `after` with the prefix, at most `limit`.
  virtual Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after,
                                               size_t limit) = 0;
  virtual Status lock_until(const std::string& name, WallTime until) = 0;  // never shortens
  // Its first and last bytes, all of them where it has fewer.
  virtual Result<ObjectEnds> get_ends(const std::string& name, uint64_t head, uint64_t tail);
};

std::unique_ptr<ObjectStore> make_directory_store(io::Env& env, std::string directory, const Clock& clock);
std::unique_ptr<ObjectStore> make_memory_store(const Clock& clock);
// Asks `fault(operation, name)` before each operation of `inner`; an error it returns is returned instead.
std::unique_ptr<ObjectStore> make_faulty_store(
    std::unique_ptr<ObjectStore> inner,
    std::function<Status(std::string_view operation, const std::string& name)> fault);

}  // namespace ew::vault
