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
  Status status = read_text(
      "test.toml",
      "[storage]\ndata = \"/srv/ew\"\nkeys = \"/srv/keys\"\ndatabase = \"postgresql://db/ew\"\n"
      "[recording]\ndefault = \"all\"\nlegal_ground = \"consent\"\ntenant = \"acme\"\nmax_calls = 50\n"
      "[server]\nhttp = [\"127.0.0.1:80\", \"[::]:443\"]\ntls_certificate = \"c.pem\"\n"
      "tls_key = \"k.pem\"\nallow_plain_http = true\nuser = \"ew\"\n"
      "[capture]\ninterfaces = [\"eth0\", \"any\"]\nring_mb = 16\ntcp_ports = [8060]\n"
      "[sip]\nlisten = \"0.0.0.0:5060\"\nlisten_tls = [\"[::]:5061\"]\ntls_certificate = \"s.pem\"\n"
      "tls_key = \"sk.pem\"\ntls_client_authorities = \"ca.pem\"\nadvertised_address = \"192.0.2.1\"\n"
      "tls_client_revocations = \"crl.pem\"\ntls_require_client_certificate = true\n"
      "media_addresses = [\"192.0.2.7\", \"2001:db8::7\"]\nsession_expires_s = 600\n"
      "when_not_ready = \"inactive\"\nwithheld_metadata = [\"nameID\"]\n"
      "media_ports = \"30000-30099\"\n"
      "[[sip.peer]]\nname = \"sbc\"\nnetworks = [\"192.0.2.0/24\"]\nstrict = true\n"
      "[[sip.peer]]\nname = \"pbx\"\ncertificate_names = [\"pbx.example.org\"]\n"
      "[hep]\nlisten = \"0.0.0.0:9060\"\nkey = \"myhep\"\nnetworks = \"192.0.2.0/24\"\n"
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
  EXPECT_EQ(config.max_calls, 50u);
  EXPECT_EQ(config.server.http, (std::vector<std::string>{"127.0.0.1:80", "[::]:443"}));
  EXPECT_EQ(config.server.tls_certificate, "c.pem");
  EXPECT_EQ(config.server.tls_key, "k.pem");
  EXPECT_TRUE(config.server.allow_plain_http);
  EXPECT_EQ(config.server.user, "ew");
  EXPECT_EQ(config.capture.interfaces, (std::vector<std::string>{"eth0", "any"}));
  EXPECT_EQ(config.capture.ring_mb, 16u);
  EXPECT_EQ(config.capture.tcp_ports, std::vector<uint16_t>{8060});
  EXPECT_EQ(config.sip.listen, std::vector<std::string>{"0.0.0.0:5060"});
  EXPECT_EQ(config.sip.listen_tls, std::vector<std::string>{"[::]:5061"});
  EXPECT_EQ(config.sip.tls_certificate + config.sip.tls_key + config.sip.tls_client_authorities,
            "s.pemsk.pemca.pem");
  EXPECT_EQ(config.sip.advertised_address, "192.0.2.1");
  EXPECT_EQ(config.sip.tls_client_revocations, "crl.pem");
  EXPECT_TRUE(config.sip.tls_require_client_certificate);
  EXPECT_EQ(config.sip.media_addresses, (std::vector<std::string>{"192.0.2.7", "2001:db8::7"}));
  EXPECT_EQ(config.sip.session_expires_s, 600u);
  EXPECT_TRUE(config.sip.inactive_when_not_ready);
  EXPECT_EQ(config.sip.withheld_metadata, std::vector<std::string>{"nameID"});
  EXPECT_EQ(config.sip.media_port_first, 30'000);
  EXPECT_EQ(config.sip.media_port_last, 30'099);
  ASSERT_EQ(config.sip.peers.size(), 2u);
  EXPECT_EQ(config.sip.peers[0].name, "sbc");
  EXPECT_EQ(config.sip.peers[0].networks, std::vector<std::string>{"192.0.2.0/24"});
  EXPECT_TRUE(config.sip.peers[0].strict);
  EXPECT_EQ(config.sip.peers[1].certificate_names, std::vector<std::string>{"pbx.example.org"});
  EXPECT_FALSE(config.sip.peers[1].strict);
  EXPECT_EQ(config.hep.listen, std::vector<std::string>{"0.0.0.0:9060"});
  EXPECT_EQ(config.hep.key, "myhep");
  EXPECT_EQ(config.hep.networks, std::vector<std::string>{"192.0.2.0/24"});
  EXPECT_TRUE(check(config).ok());
  EXPECT_EQ(config.log.format, LogFormat::kJson);
  EXPECT_EQ(config.log.level, LogLevel::kDebug);
}

TEST(Config, GoesToAnotherProcessAndBack) {
  Config config = defaults();
  config.data_directory = "/odd \"name\"\\with'every\nthing\t\x01é";
  config.server.http = {"127.0.0.1:1", "[::1]:2"};
  config.log.format = LogFormat::kText;
  config.recording_configured = true;
  config.capture = {{"lo", "br-1.2"}, 7, {8060, 9060}};
  config.sip.listen = {"192.0.2.1:5070"};
  config.sip.media_addresses = {"192.0.2.7"};
  config.sip.withheld_metadata = {"nameID", "name"};
  config.sip.session_expires_s = 90;
  config.sip.inactive_when_not_ready = true;
  config.sip.peers = {
      {.name = "a", .networks = {"10.0.0.0/8", "::1"}, .learn_source = true, .digest_password = "\"x"}};
  config.hep = {{"[::1]:9060"}, "\"key\"", {"10.0.0.0/8"}};
  Config copy = defaults();
  Status status = read_text("copy", to_text(config), copy);
  ASSERT_TRUE(status.ok()) << status.error().message();
  EXPECT_EQ(copy.data_directory, config.data_directory);
  EXPECT_EQ(copy.server.http, config.server.http);
  EXPECT_EQ(copy.recording_configured, true);
  EXPECT_EQ(copy.capture.interfaces, config.capture.interfaces);
  EXPECT_EQ(copy.capture.ring_mb, 7u);
  EXPECT_EQ(copy.sip.listen, config.sip.listen);
  EXPECT_EQ(copy.sip.peers, config.sip.peers);
  EXPECT_EQ(copy.hep.key, config.hep.key);
  EXPECT_EQ(copy.capture.tcp_ports, config.capture.tcp_ports);
  EXPECT_EQ(to_text(copy), to_text(config));
  Config unsaid = defaults();
  ASSERT_TRUE(read_text("copy", to_text(defaults()), unsaid).ok());
  EXPECT_FALSE(unsaid.recording_configured);
  EXPECT_FALSE(unsaid.max_calls);
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

TEST(Config, ServesRecordingClientsByDefaultAndWithACertificateOverTls) {
  Config config = defaults();
  EXPECT_TRUE(config.sip.is_on());
  EXPECT_FALSE(config.sip.speaks_tls());
  EXPECT_TRUE(check(config).ok());
  ASSERT_TRUE(read_text("test.toml", "[sip]\nlisten = []\n", config).ok());
  EXPECT_FALSE(config.sip.is_on());
  ASSERT_TRUE(read_text("test.toml", "[sip]\ntls_certificate = \"c\"\ntls_key = \"k\"\n", config).ok());
  EXPECT_TRUE(config.sip.is_on());
  EXPECT_EQ(config.sip.listen_tls, (std::vector<std::string>{"0.0.0.0:5061", "[::]:5061"}));
  Config without = defaults();
  ASSERT_TRUE(read_text("test.toml", "[sip]\nlisten_tls = \"[::]:5061\"\n", without).ok());
  EXPECT_THAT(check(without).error().message(), HasSubstr("sip.listen_tls needs sip.tls_certificate"));
}

TEST(Config, APeerIsKnownBySomethingThatCanBeChecked) {
  auto checked = [](const std::string& peer) {
    Config config = defaults();
    Status read = read_text("test.toml", "[[sip.peer]]\nname = \"sbc\"\n" + peer, config);
    EXPECT_TRUE(read.ok()) << read.error().message();
    Status good = check(config);
    return good.ok() ? std::string() : good.error().message();
  };
  EXPECT_EQ(checked("networks = [\"10.0.0.0/8\", \"::1\"]\n"), "");
  EXPECT_THAT(checked(""), HasSubstr("sip.peer \"sbc\" needs networks"));
  EXPECT_THAT(checked("certificate_names = \"x\"\n"), HasSubstr("need sip.tls_certificate"));
  EXPECT_THAT(checked("networks = \"::1\"\ndigest_user = \"x\"\n"), HasSubstr("or neither"));
}

TEST(Config, APeerIsCalledAtAnAddressOfItsOwn) {
  auto checked = [](const std::string& call) {
    Config config = defaults();
    Status read =
        read_text("test.toml",
                  "[[sip.peer]]\nname = \"sbc\"\nnetworks = [\"10.0.0.0/8\", \"2001:db8::/32\"]\ncall = \"" +
                      call + "\"\n",
                  config);
    EXPECT_TRUE(read.ok()) << read.error().message();
    Status good = check(config);
    return good.ok() ? std::string() : good.error().message();
  };
  for (const char* good : {"sip:src@10.1.2.3:5070", "sip:src@10.1.2.3", "sip:10.1.2.3",
                           "sip:src@[2001:db8::1]:5060", "sip:src@[2001:db8::1]"})
    EXPECT_EQ(checked(good), "") << good;
  for (const char* bad : {"10.1.2.3", "sips:src@10.1.2.3", "sip:src@sbc.example.org",
                          "sip:", "sip:src@10.1.2.3;transport=tcp", "sip:src@10.1.2.3:0"})
    EXPECT_THAT(checked(bad), HasSubstr("is no SIP address such as sip:src@192.0.2.1:5060")) << bad;
  EXPECT_THAT(checked("sip:src@192.0.2.1"),
              HasSubstr("sip.peer \"sbc\" call: 192.0.2.1 is in none of its networks"));
}

TEST(Config, AgentsOfOtherMachinesAreKnownByAddressOrKey) {
  Config config = defaults();
  EXPECT_FALSE(config.hep.is_on());
  config.hep.listen = {"127.0.0.1:9060"};
  EXPECT_TRUE(check(config).ok());
  config.hep.listen = {"127.0.0.1:9060", "0.0.0.0:9060"};
  EXPECT_THAT(check(config).error().message(), HasSubstr("hep.listen: 0.0.0.0:9060 can be reached"));
  config.hep.networks = {"192.0.2.0/24"};
  EXPECT_TRUE(check(config).ok());
  config.hep.networks = {};
  config.hep.key = "secret";
  EXPECT_TRUE(check(config).ok());
  config.hep.key = std::string(257, 'k');
  EXPECT_FALSE(check(config).ok());
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
  EXPECT_THAT(error_of("[capture]\ninterfaces = \"no such name at all\"\n"),
              HasSubstr("capture.interfaces must be the name of a network interface such as \"eth0\""));
  EXPECT_THAT(error_of("[capture]\nring_mb = 0\n"),
              HasSubstr("capture.ring_mb must be a number of megabytes from 1 to 4096, not 0"));
  EXPECT_THAT(error_of("[capture]\ntcp_ports = [0]\n"), HasSubstr("capture.tcp_ports must be a list"));
  EXPECT_THAT(error_of("[sip]\nmedia_ports = \"9-8\"\n"), HasSubstr("must be a range of ports"));
  EXPECT_THAT(error_of("[[sip.peer]]\nnane = \"x\"\n"),
              HasSubstr("sip.peer must be tables [[sip.peer]] with name"));
  EXPECT_THAT(error_of("[[sip.peer]]\nname = \"x\"\nnetworks = \"10.0.0.1/8\"\n"),
              HasSubstr("test.toml:1: sip.peer must be"));
  EXPECT_THAT(error_of("[sip]\nadvertised_address = \"pbx\"\n"), HasSubstr("must be an IP address"));
  EXPECT_THAT(error_of("[sip]\nmedia_addresses = [\"10.0.0.1\", \"10.0.0.2\"]\n"),
              HasSubstr("must be an IP address, or a list of one IPv4 and one IPv6 address"));
  EXPECT_THAT(error_of("[sip]\nsession_expires_s = 30\n"), HasSubstr("seconds from 90 to 86400, not 30"));
  EXPECT_THAT(error_of("[sip]\nwhen_not_ready = \"wait\"\n"), HasSubstr("\"refuse\" or \"inactive\""));
  EXPECT_THAT(error_of("[sip]\nwithheld_metadata = \"<x>\"\n"), HasSubstr("sip.withheld_metadata must be"));
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
