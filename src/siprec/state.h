// State: what is known of a recording session's calls after any number of metadata documents. A complete
// snapshot replaces what its client said before; a partial update replaces the objects and associations that
// it names and leaves the others (RFC 7866 section 9.1, RFC 7865 section 5.1.2).
#pragma once

#include "siprec/metadata.h"

namespace ew::siprec {

class State {
 public:
  // A document that was not understood changes nothing. Adds to `findings` what only the state can tell.
  void apply(const Document& document, Findings& findings);

  const Content& content() const { return content_; }
  // A complete snapshot has been met.
  bool has_snapshot() const { return has_snapshot_; }
  // Updates came without a snapshot before them: the client should be asked for one.
  bool wants_snapshot() const { return wants_snapshot_; }

 private:
  Content content_;
  bool has_snapshot_ = false;
  bool wants_snapshot_ = false;
};

}  // namespace ew::siprec
