#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "db/connect.h"
#include "db/postgres.h"
#include "db/test_backends_internal.h"

namespace ew::db {

const std::filesystem::path& folder() {
  struct Folder {
    std::filesystem::path path;
    Folder() {
      std::string name = (std::filesystem::temp_directory_path() / "db_test.XXXXXX").string();
      path = mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
  };
  static const Folder kFolder;
  return kFolder.path;
}

std::string fresh_name() {
  static int number = 0;
  return "log" + std::to_string(++number);
}

namespace {

// A schema of its own within the server that EW_TEST_POSTGRES names. A name cannot be bound as a parameter of
// CREATE, so the server puts it there.
void make_schema(const std::string& server, const std::string& name) {
  auto connection = open_postgres(server);
  ASSERT_TRUE(connection.ok()) << connection.error().message();
  ASSERT_TRUE(
      (*connection)
          ->execute(
              Sql("CREATE OR REPLACE FUNCTION public.make_schema(name text) RETURNS void LANGUAGE plpgsql AS "
                  "$$ BEGIN EXECUTE format('CREATE SCHEMA %I', name); END $$"))
          .ok());
  auto statement = (*connection)->prepare(Sql("SELECT public.make_schema(?)"));
  (*statement)->bind(std::string_view(name));
  Status made = (*statement)->execute();
  ASSERT_TRUE(made.ok()) << made.error().message();
}

}  // namespace

std::optional<std::string> fresh_postgres() {
  const char* server = std::getenv("EW_TEST_POSTGRES");
  if (!server) return std::nullopt;
  std::string schema = fresh_name() + "_" + std::to_string(getpid());
  make_schema(server, schema);
  std::string url = server;
  return url + (url.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + schema;
}

std::vector<Backend> backends() {
  return {{"file", [] { return std::optional("sqlite:" + (folder() / fresh_name()).string()); }, connect},
          {"memory", [] { return std::optional<std::string>("sqlite::memory:"); }, connect, false},
          {"postgres", fresh_postgres, connect}};
}

}  // namespace ew::db
