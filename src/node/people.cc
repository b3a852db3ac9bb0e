#include "node/people.h"

namespace ew::node {

class People::Acts : public auth::ActLog {
 public:
  explicit Acts(DataDirectory& data) : data_(data) {}
  Status record(const auth::Act& act) override {
    return data_.audit_act(act.kind, {}, act.details, act.actor.empty() ? "nobody" : act.actor,
                           std::string(auth::name_of(act.result)));
  }

 private:
  DataDirectory& data_;
};

Result<std::unique_ptr<People>> People::open(DataDirectory& data) {
  std::unique_ptr<People> people(new People);
  people->workspace_ = TRY(db::Workspace::open(data.database_url()));
  people->acts_ = std::make_unique<Acts>(data);
  auto secret =
      TRY(auth::open_server_secret(data.env(), io::join(data.config().keys_directory, "server.secret")));
  people->auth_ =
      TRY(auth::Service::open({*people->workspace_, *people->acts_, data.clock(), std::move(secret), {}}));
  return people;
}

}  // namespace ew::node
