// RecordingHost: what a run of the recorder needs of the rest of the node. In one process that is the data
// directory itself (LocalImportHost); the recorder process has no database, and its keeper is elsewhere.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/env.h"
#include "recorder/lane_thread.h"
#include "vault/keys.h"

namespace ew::node {

class RecordingHost {
 public:
  virtual ~RecordingHost() = default;

  virtual io::Env& env() = 0;
  virtual const Clock& clock() = 0;
  virtual vault::KeyStore& keys() = 0;
  virtual const std::string& tenant() = 0;
  virtual Result<NodeId> node() = 0;
  virtual Result<vault::KekPublic> current_kek() = 0;

  // The folder for a lane's journal.
  virtual std::string lane_directory(size_t lane) = 0;
  // A part is ready to become an object. On the journal's writer thread.
  virtual void part_ended(recorder::Lane& lane, PartId part) = 0;
  // The journal had trouble. Any thread.
  virtual void journal_error(const Error& error) = 0;
  // All journals are closed. They are needed as long as parts of them are not stored.
  virtual Status finish(std::vector<std::unique_ptr<recorder::LaneThread>> lanes) = 0;
};

}  // namespace ew::node
