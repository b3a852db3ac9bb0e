#include "node/rating.h"

#include <nlohmann/json.hpp>

namespace ew::node {
namespace {

constexpr uint64_t kMaxFile = 4'096;

}  // namespace

std::string rating_path(const std::string& data_directory) { return io::join(data_directory, "rating.json"); }

Result<std::optional<Rating>> read_rating(io::Env& env, const std::string& data_directory) {
  const std::string path = rating_path(data_directory);
  if (!TRY(env.exists(path))) return std::optional<Rating>();
  const Bytes bytes = TRY(io::read_file(env, path, kMaxFile));
  const auto json = nlohmann::json::parse(as_text(bytes), nullptr, false);
  const bool is_whole = json.is_object() && json.value("calls", nlohmann::json()).is_number_unsigned() &&
                        json.value("is_limit", nlohmann::json()).is_boolean() &&
                        json.value("at_ns", nlohmann::json()).is_number_integer();
  if (!is_whole || json["calls"].get<uint64_t>() > UINT32_MAX)
    return Error(ErrorCode::kCorrupt, path + ": not what `earwitness selftest` writes; run it again");
  return std::optional(Rating{json["calls"].get<uint32_t>(), json["is_limit"].get<bool>(),
                              WallTime{json["at_ns"].get<int64_t>()}});
}

Status write_rating(io::Env& env, const std::string& data_directory, const Rating& rating) {
  const nlohmann::json json = {
      {"calls", rating.calls}, {"is_limit", rating.is_limit}, {"at_ns", rating.at.ns}};
  return io::write_file(env, rating_path(data_directory), as_bytes(json.dump() + "\n"));
}

}  // namespace ew::node
