#include "db/workspace.h"

#include "db/connect.h"
#include "db/schema.h"

namespace ew::db {

Result<std::unique_ptr<Workspace>> Workspace::open(const std::string& url) {
  auto writer = TRY(connect(url));
  TRY(migrate(*writer, migrations()));
  std::unique_ptr<Connection> reader;
  if (!is_in_memory(url)) reader = TRY(connect(url));
  return std::unique_ptr<Workspace>(new Workspace({std::move(writer), std::move(reader)}));
}

}  // namespace ew::db
