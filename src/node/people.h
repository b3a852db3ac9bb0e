// Accounts and what people keep beside the calls, opened for one node: for the server and for the command
// line.
#pragma once

#include <memory>

#include "auth/service.h"
#include "db/workspace.h"
#include "node/data_directory.h"

namespace ew::node {

// `data` outlives it. What people do with accounts goes into the audit log like every other act.
class People {
 public:
  static Result<std::unique_ptr<People>> open(DataDirectory& data);

  db::Workspace& workspace() { return *workspace_; }
  auth::Service& auth() { return *auth_; }

 private:
  class Acts;
  People() = default;

  std::unique_ptr<db::Workspace> workspace_;
  std::unique_ptr<auth::ActLog> acts_;
  std::unique_ptr<auth::Service> auth_;
};

}  // namespace ew::node
