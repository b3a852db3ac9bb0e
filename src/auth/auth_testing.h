// A whole Service over a database in memory and a clock that stands still, for the tests of this folder.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auth/service.h"

namespace ew::auth {

class ListedActs : public ActLog {
 public:
  Status record(const Act& act) override {
    if (broken) return Error(ErrorCode::kIo, "the audit log is away");
    std::string line = act.kind + " " + std::string(name_of(act.result));
    for (const auto& [key, value] : act.details) {
      line.append(" ").append(key);
      if (key == "reason" || key == "changed") line.append("=").append(value);
    }
    lines.push_back(line);
    all.push_back(act);
    return {};
  }
  std::vector<std::string> take() { return std::exchange(lines, {}); }

  std::vector<std::string> lines;
  std::vector<Act> all;
  bool broken = false;
};

// The cheapest Argon2id that libsodium allows: the tests count hashings and measure none.
inline Options quick_options() {
  Options options;
  options.password = {.passes = 1, .memory_bytes = 8192, .at_once = 2, .waiting_max = 32};
  return options;
}

class ServiceTest : public ::testing::Test {
 protected:
  static constexpr const char* kPassword = "correct horse battery";
  const IpAddress home_ = *IpAddress::parse("192.0.2.1"), elsewhere_ = *IpAddress::parse("198.51.100.7");

  void SetUp() override {
    clock_.set({1'800'000'000 * kNsPerSec});
    workspace_ = db::Workspace::open("sqlite::memory:").value();
    start();
  }
  // As after a restart: only the database is as before.
  void start(Options options = quick_options()) {
    auto opened = Service::open({*workspace_, acts_, clock_, crypto::Secret::copy_of(Bytes(32, 7)), options});
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    service_ = std::move(*opened);
  }
  void pass(int64_t seconds) { clock_.advance(seconds * kNsPerSec); }

  Accounts& accounts() { return service_->accounts(); }
  Sessions& sessions() { return service_->sessions(); }

  AccountId add(const std::string& name, std::vector<Role> roles) {
    auto added = accounts().add(Identity::local("cli"), {.name = name,
                                                         .display_name = name,
                                                         .password = kPassword,
                                                         .roles = std::move(roles),
                                                         .language = "en"});
    EXPECT_TRUE(added.ok()) << name_of(added.error().problem);
    return added.ok() ? added->account_id : AccountId();
  }
  Outcome<OpenedSession> sign_in(const std::string& name, const std::string& password = kPassword,
                                 const std::string& totp = {}) {
    return sessions().sign_in({name, password, totp, home_});
  }
  OpenedSession opened(const std::string& name, const std::string& totp = {}) {
    auto session = sign_in(name, kPassword, totp);
    EXPECT_TRUE(session.ok()) << name_of(session.error().problem);
    return std::move(session).value();
  }
  Outcome<Identity> identity(const std::string& token) { return sessions().authenticate(token, {}); }

  FakeClock clock_;
  ListedActs acts_;
  std::unique_ptr<db::Workspace> workspace_;
  std::unique_ptr<Service> service_;
};

template <typename T>
std::string problem_of(const Outcome<T>& outcome) {
  return outcome.ok() ? "ok" : std::string(name_of(outcome.error().problem));
}

}  // namespace ew::auth
