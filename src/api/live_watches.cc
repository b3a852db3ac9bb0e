#include "api/live_watches_internal.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "crypto/crypto.h"

namespace ew::api {
namespace {

using media::LiveMixer;

std::string holder_of(const auth::Identity& who) {
  return who.session ? who.session->text() : who.key ? who.key->text() : who.actor();
}

std::string random_token() {
  std::array<uint8_t, 32> bytes;
  crypto::random_bytes(bytes);
  return to_hex(bytes);
}
std::string hash_of(const std::string& token) { return to_hex(crypto::sha256(as_bytes(token))); }

}  // namespace

std::optional<LiveCall> find_live(const Parts& parts, const std::string& tenant, CallId call) {
  if (!parts.live) return std::nullopt;
  auto calls = parts.live->calls();
  for (const LiveCall& each : *calls)
    if (each.call == call && each.tenant == tenant) return each;
  return std::nullopt;
}

// What is open for this call, with what came since.
Result<node::LiveSound*> LiveWatches::watched(const LiveCall& call) {
  const int64_t now = parts_.clock.monotonic_ns();
  if (worker_ && !worker_->alive()) {
    watched_.clear();
    worker_.reset();
  }
  auto found = watched_.find(call.call);
  if (found == watched_.end()) {
    if (watched_.size() >= kMaxWatched) {
      auto oldest = std::min_element(watched_.begin(), watched_.end(), [](const auto& a, const auto& b) {
        return a.second.used_ns < b.second.used_ns;
      });
      watched_.erase(oldest);
    }
    if (!worker_) worker_ = TRY(parts_.workers.connect());
    Watched opened{std::make_unique<node::LiveSound>(parts_.data, parts_.live->open(call), worker_), 0, 0};
    found = watched_.emplace(call.call, std::move(opened)).first;
  }
  Watched& watched = found->second;
  watched.used_ns = now;
  if (watched.advanced_ns == 0 || now - watched.advanced_ns >= kStepNs) {
    watched.advanced_ns = now;
    Status advanced = watched.sound->advance();
    // Paused or ended: what was heard before stays.
    if (!advanced.ok() && advanced.error().code() != ErrorCode::kNotFound) {
      watched_.erase(found);
      return advanced.error();
    }
  }
  return watched.sound.get();
}

Result<std::vector<LiveMixer::Level>> LiveWatches::levels(const auth::Identity& who, const LiveCall& call) {
  std::lock_guard lock(mutex_);
  const int64_t now = parts_.clock.monotonic_ns();
  auto [noted, is_new] = acts_.try_emplace({holder_of(who), call.call}, now);
  if (is_new) {
    Status act = parts_.data.audit_act("live.levels_viewed", *call.recording, {{"call", call.call.text()}},
                                       who.actor());
    if (!act.ok()) {
      acts_.erase(noted);
      return act.error();
    }
  }
  return TRY(watched(call))->mixer().levels(parts_.clock.wall());
}

Result<std::string> LiveWatches::grant(const auth::Identity& who, const LiveCall& call) {
  TRY(parts_.data.audit_act("live.listened", *call.recording, {{"call", call.call.text()}}, who.actor()));
  std::string token = random_token();
  std::lock_guard lock(mutex_);
  if (grants_.size() >= kMaxGrants) return Error(ErrorCode::kBusy, "too many people listen");
  grants_[hash_of(token)] = {
      holder_of(who), who.actor(), call.call, *call.recording, parts_.clock.monotonic_ns(), 0};
  (void)watched(call);  // so that the first sound is there when it is asked for
  return token;
}

Result<LiveWatches::Heard> LiveWatches::hear(const auth::Identity& who, const std::string& token,
                                             std::optional<int64_t> after) {
  std::lock_guard lock(mutex_);
  auto found = grants_.find(hash_of(token));
  if (found == grants_.end() || found->second.holder != holder_of(who))
    return Error(ErrorCode::kNotFound, "there is no such grant");
  Grant& grant = found->second;
  grant.used_ns = parts_.clock.monotonic_ns();
  Heard heard;
  auto call = find_live(parts_, who.tenant, grant.call);
  heard.has_ended = !call || call->recording != grant.recording;
  if (heard.has_ended) return heard;
  heard.state = call->state;
  const LiveMixer& mixer = TRY(watched(*call))->mixer();
  constexpr int64_t kFirst = LiveMixer::kRate / 2;
  heard.sound = mixer.sound(after.value_or(std::max<int64_t>(0, mixer.position() - kFirst)));
  grant.samples += static_cast<int64_t>(heard.sound.samples.size() / LiveMixer::kChannels);
  return heard;
}

Status LiveWatches::note_ended(const Grant& grant) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", static_cast<double>(grant.samples) / LiveMixer::kRate);
  return parts_.data.audit_act("live.listen_ended", grant.recording,
                               {{"call", grant.call.text()}, {"heard_seconds", seconds}}, grant.actor);
}

Status LiveWatches::end(const auth::Identity& who, const std::string& token) {
  std::lock_guard lock(mutex_);
  auto found = grants_.find(hash_of(token));
  if (found == grants_.end() || found->second.holder != holder_of(who))
    return Error(ErrorCode::kNotFound, "there is no such grant");
  TRY(note_ended(found->second));
  grants_.erase(found);
  return {};
}

void LiveWatches::tend() {
  std::lock_guard lock(mutex_);
  const int64_t now = parts_.clock.monotonic_ns();
  std::erase_if(watched_, [&](const auto& each) { return now - each.second.used_ns > kIdleNs; });
  std::erase_if(acts_, [&](const auto& each) { return now - each.second > kActNs; });
  std::erase_if(grants_, [&](const auto& each) {
    if (now - each.second.used_ns <= kIdleNs) return false;
    if (Status noted = note_ended(each.second); !noted.ok())
      parts_.log("live listening: " + noted.error().message());
    return true;
  });
  if (watched_.empty()) worker_.reset();
}

}  // namespace ew::api
