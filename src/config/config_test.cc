#include "config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ew::config {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& text) {
  Config config = defaults();
  Status status = read_text("test.toml", text, config);
  return status.ok() ? "" : status.error().message();
}

TEST(Config, ReadsEverySetting) {
  Config config = defaults();
  Status status =
      read_text("test.toml",
                "[storage]\ndata = \"/srv/ew\"\nkeys = \"/srv/keys\"\ndatabase = \"postgresql://db/ew\"\n"
                "[recording]\ndefault = \"all\"\ntenant = \"acme\"\n",
                config);
  ASSERT_TRUE(status.ok()) << status.error().message();
  EXPECT_EQ(config.data_directory, "/srv/ew");
  EXPECT_EQ(config.keys_directory, "/srv/keys");
  EXPECT_EQ(config.database, "postgresql://db/ew");
  EXPECT_EQ(config.record_default, RecordDefault::kAll);
  EXPECT_EQ(config.tenant, "acme");
}

TEST(Config, RecordsNothingByDefault) { EXPECT_EQ(defaults().record_default, RecordDefault::kNone); }

TEST(Config, ErrorsNameFileLineAndExpectation) {
  EXPECT_THAT(error_of("[recording]\n\ndefault = \"some\"\n"),
              HasSubstr("test.toml:3: recording.default must be \"none\" or \"all\""));
  EXPECT_THAT(error_of("[recording]\ndefault = 1\n"),
              HasSubstr("test.toml:2: recording.default must be a text"));
  EXPECT_THAT(error_of("[storage]\ndate = \"x\"\n"), HasSubstr("test.toml:2: unknown setting storage.date"));
  EXPECT_THAT(error_of("[storge]\n"), HasSubstr("unknown section [storge]"));
  EXPECT_THAT(error_of("a = \n"), HasSubstr("test.toml:1:"));
}

TEST(Config, MissingFileIsAnError) {
  Config config = defaults();
  EXPECT_FALSE(read_file("/nonexistent/earwitness.toml", config).ok());
}

}  // namespace
}  // namespace ew::config
