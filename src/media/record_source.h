// The stored records of one recording, wherever they lie.
#pragma once

#include <functional>

#include "base/result.h"
#include "part/record.h"

namespace ew::media {

class RecordSource {
 public:
  virtual ~RecordSource() = default;
  // Calls `each` for every record in order of time (a second of disorder is understood). Can be repeated and
  // then gives the same records again. A record's body is valid during the call.
  virtual Status for_each(const std::function<void(const part::Record&)>& each) = 0;
};

// Gives every record to `taker.take(record)`, until the first error.
template <typename Taker>
Status read_all(RecordSource& source, Taker& taker) {
  Status status;
  TRY(source.for_each([&](const part::Record& record) {
    if (status.ok()) status = taker.take(record);
  }));
  return status;
}

// Takes the next bytes of a file being made; its error ends the making.
using ByteSink = std::function<Status(ByteView)>;

}  // namespace ew::media
