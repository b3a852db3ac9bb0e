// Vault: finished parts and their keys behind one door. Puts objects with their names, opens frames for
// readers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "part/part.h"
#include "vault/keys.h"
#include "vault/object_store.h"

namespace ew::vault {

// The name of a part's object: TENANT/KIND/XX/PART-GENERATION, XX being the last byte of the part's id in
// hex; with -NUMBER behind it for a derived part, which has the id of its media part.
std::string object_name(const part::Header& header);

struct StoredPart {
  std::string name;
  uint64_t size = 0;
  part::Header header;
  part::Footer footer;
};

class Vault {
 public:
  Vault(ObjectStore& objects, KeyStore& keys, KekProvider& keks);

  // What is known without a key: header and footer, by at most two range reads.
  Result<StoredPart> describe(const std::string& name);
  // Opens a part's frames [first, last] (by default all) in order and hands over each plaintext.
  Status read(const StoredPart& part,
              const std::function<Status(const part::FrameInfo&, ByteView plaintext)>& each,
              uint64_t first = 0, uint64_t last = UINT64_MAX);
  // The whole object, every check of the format, with the key. The error says what is wrong; the caller adds
  // the name.
  Status verify(const std::string& name);
  // Every object name in order.
  Status for_each(const std::string& prefix, const std::function<Status(const ObjectInfo&)>& each);
  // Of a derived part: what follows from its media part's key. It need not be stored yet.
  Result<crypto::Secret> open_key(const part::Header& header);

 private:
  ObjectStore& objects_;
  KeyStore& keys_;
  KekProvider& keks_;
};

}  // namespace ew::vault
