// The works behind this node's jobs (jobs/runner.h): what runs for a job of which kind, repeatable as jobs
// must be.
#pragma once

#include "jobs/runner.h"
#include "node/data_directory.h"
#include "node/importer.h"

namespace ew::node {

// Kind "import". Parameters: path; name, for people; remove, whether the file is ours and goes away at the
// end. Result: packets, calls, sip_messages, rtp_packets, known, warning, and from and to, the starts of its
// first and last call.
Result<std::string> import_work(DataDirectory& data, const ImportFunction& import, jobs::Run& run);

// Kind "verify". Result: objects, frames, calls, keys, audit_entries, findings (texts, at most 1,000).
Result<std::string> verify_work(DataDirectory& data, jobs::Run& run);

}  // namespace ew::node
