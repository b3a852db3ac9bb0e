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
                "[recording]\ndefault = \"all\"\nlegal_ground = \"consent\"\ntenant = \"acme\"\n"
                "[server]\nhttp = [\"127.0.0.1:80\", \"[::]:443\"]\ntls_certificate = \"c.pem\"\n"
                "tls_key = \"k.pem\"\nallow_plain_http = true\nuser = \"ew\"\n"
                "[log]\nformat = \"json\"\nlevel = \"debug\"\n",
                config);
  ASSERT_TRUE(status.ok()) << status.error().message();
  EXPECT_EQ(config.data_directory, "/srv/ew");
  EXPECT_EQ(config.keys_directory, "/srv/keys");
  EXPECT_EQ(config.database, "postgresql://db/ew");
  EXPECT_EQ(config.record_default, RecordDefault::kAll);
  EXPECT_TRUE(config.recording_configured);
  EXPECT_EQ(config.legal_ground, "consent");
  EXPECT_EQ(config.tenant, "acme");
  EXPECT_EQ(config.server.http, (std::vector<std::string>{"127.0.0.1:80", "[::]:443"}));
  EXPECT_EQ(config.server.tls_certificate, "c.pem");
  EXPECT_EQ(config.server.tls_key, "k.pem");
  EXPECT_TRUE(config.server.allow_plain_http);
  EXPECT_EQ(config.server.user, "ew");
  EXPECT_EQ(config.log.format, LogFormat::kJson);
  EXPECT_EQ(config.log.level, LogLevel::kDebug);
}

TEST(Config, GoesToAnotherProcessAndBack) {
  Config config = defaults();
  config.data_directory = "/odd \"name\"\\with'every\nthing\t\x01é";
  config.server.http = {"127.0.0.1:1", "[::1]:2"};
  config.log.format = LogFormat::kText;
  config.recording_configured = true;
  Config copy = defaults();
  Status status = read_text("copy", to_text(config), copy);
  ASSERT_TRUE(status.ok()) << status.error().message();
  EXPECT_EQ(copy.data_directory, config.data_directory);
  EXPECT_EQ(copy.server.http, config.server.http);
  EXPECT_EQ(copy.recording_configured, true);
  EXPECT_EQ(to_text(copy), to_text(config));
  Config unsaid = defaults();
  ASSERT_TRUE(read_text("copy", to_text(defaults()), unsaid).ok());
  EXPECT_FALSE(unsaid.recording_configured);
  EXPECT_FALSE(unsaid.log.format);
}

TEST(Config, OtherMachinesNeedTls) {
  Config config = defaults();
  EXPECT_TRUE(check(config).ok());
  config.server.http = {"127.0.0.1:8080", "0.0.0.0:8080"};
  EXPECT_THAT(check(config).error().message(), HasSubstr("0.0.0.0:8080 can be reached by other machines"));
  config.server.allow_plain_http = true;
  EXPECT_TRUE(check(config).ok());
  config.server.allow_plain_http = false;
  config.server.tls_certificate = "c.pem";
  EXPECT_THAT(check(config).error().message(), HasSubstr("set together"));
  config.server.tls_key = "k.pem";
  EXPECT_TRUE(check(config).ok());
}

TEST(Config, RecordsNothingByDefault) { EXPECT_EQ(defaults().record_default, RecordDefault::kNone); }

TEST(Config, ErrorsNameFileLineAndExpectation) {
  EXPECT_THAT(error_of("[recording]\n\ndefault = \"some\"\n"),
              HasSubstr("test.toml:3: recording.default must be \"none\" or \"all\""));
  EXPECT_THAT(error_of("[recording]\ndefault = 1\n"),
              HasSubstr("test.toml:2: recording.default must be \"none\" or \"all\", not 1"));
  EXPECT_THAT(error_of("[storage]\ndata = 1\n"),
              HasSubstr("test.toml:2: storage.data must be a text in quotes, not 1"));
  EXPECT_THAT(error_of("[server]\nhttp = \"8080\"\n"),
              HasSubstr("test.toml:2: server.http must be an address"));
  EXPECT_THAT(error_of("[server]\nhttp = [\"127.0.0.1:80\", \"localhost:80\"]\n"), HasSubstr("test.toml:2:"));
  EXPECT_THAT(error_of("[server]\nhttp = \"127.0.0.1:70000\"\n"), HasSubstr("not \"127.0.0.1:70000\""));
  EXPECT_THAT(error_of("[server]\nallow_plain_http = \"yes\"\n"), HasSubstr("must be true or false"));
  EXPECT_THAT(error_of("[log]\nlevel = \"loud\"\n"), HasSubstr("log.level must be \"error\""));
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
