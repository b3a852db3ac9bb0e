// What people and the program keep beside the calls: accounts, sessions, API keys, notes, views, jobs,
// settings. It lies in the database of the call log, in tables of its own that a rebuild never touches.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "db/accounts.h"
#include "db/annotations.h"
#include "db/api_keys.h"
#include "db/jobs.h"
#include "db/playbacks.h"
#include "db/sessions.h"
#include "db/settings.h"
#include "db/shared_connection.h"
#include "db/views.h"

namespace ew::db {

// Any thread. Readers have a connection of their own and never wait for whoever writes, neither here nor in a
// call log that is filled meanwhile.
class Workspace {
 public:
  // The URL of the call log (CallLog::open). Applies missing migrations.
  static Result<std::unique_ptr<Workspace>> open(const std::string& url);

  Accounts& accounts() { return accounts_; }
  Sessions& sessions() { return sessions_; }
  ApiKeys& api_keys() { return api_keys_; }
  Playbacks& playbacks() { return playbacks_; }
  Annotations& annotations() { return annotations_; }
  Views& views() { return views_; }
  Jobs& jobs() { return jobs_; }
  Settings& settings() { return settings_; }

 private:
  explicit Workspace(SharedConnection connection) : connection_(std::move(connection)) {}

  SharedConnection connection_;
  Accounts accounts_{connection_};
  Sessions sessions_{connection_};
  ApiKeys api_keys_{connection_};
  Playbacks playbacks_{connection_};
  Annotations annotations_{connection_};
  Views views_{connection_};
  Jobs jobs_{connection_};
  Settings settings_{connection_};
};

}  // namespace ew::db
