// The cage of recorder and keeper: no further programs, no foreign processes, no kernel interfaces that they
// do not need. (Media workers have a tighter one of their own: media/sandbox.h.)
#pragma once

#include "base/result.h"
#include "server/orders.h"

namespace ew::server {

// Once, before threads are started. No core files, no new privileges, no capabilities, umask 077, a name for
// ps, and a seccomp filter: exec kills, a new process that is no thread is refused, and so is what the list
// in the source names. The recorder opens no sockets but Unix ones and, where it receives media of recording
// sessions, UDP ones.
enum class Media : bool { kNone, kReceived };
Status enter_cage(ChildKind kind, Media media = Media::kNone);

}  // namespace ew::server
