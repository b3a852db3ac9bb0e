#include "auth/service.h"

#include <algorithm>

#include "auth/context_internal.h"

namespace ew::auth {
namespace {

constexpr size_t kSecretSize = 32;
constexpr int64_t kUseStep = 30 * kNsPerSec;    // what is used all the time is written this often
constexpr int64_t kCleanStep = 60 * kNsPerSec;  // and what has ended goes away this often

bool is_constant(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [&](uint8_t byte) { return byte == bytes[0]; });
}

}  // namespace

Result<crypto::Secret> open_server_secret(io::Env& env, const std::string& path) {
  if (!TRY(env.exists(path))) {
    TRY(env.make_directories(io::parent_of(path)));
    TRY(io::write_file(env, path, crypto::Secret::random(kSecretSize).view()));
  }
  Bytes bytes = TRY(io::read_file(env, path, kSecretSize + 1));
  bool sound = bytes.size() == kSecretSize && !is_constant(bytes);
  crypto::Secret secret = crypto::Secret::copy_of(bytes);
  crypto::wipe(bytes);
  if (!sound) return Error(ErrorCode::kInvalid, path + ": expected 32 random bytes");
  return secret;
}

struct Service::Impl {
  explicit Impl(Parts&& parts) : context(std::move(parts)) {}

  Context context;
  Accounts accounts{context};
  Sessions sessions{context};
  ApiKeys api_keys{context};
  PlaybackGrants playback{context};
  std::mutex tending;
  WallTime cleaned_at;  // guarded by tending
};

Service::Service(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::open(Parts parts) {
  EW_CHECK(parts.secret.size() == kSecretSize);
  auto impl = std::make_unique<Impl>(std::move(parts));
  TRY(impl->context.hasher.prepare());
  return std::unique_ptr<Service>(new Service(std::move(impl)));
}

Accounts& Service::accounts() { return impl_->accounts; }
Sessions& Service::sessions() { return impl_->sessions; }
ApiKeys& Service::api_keys() { return impl_->api_keys; }
PlaybackGrants& Service::playback() { return impl_->playback; }
const PasswordHasher& Service::hasher() const { return impl_->context.hasher; }

Status Service::tend() {
  std::lock_guard lock(impl_->tending);
  Context& context = impl_->context;
  db::Workspace& workspace = context.workspace;
  const WallTime now = context.now();
  if (auto active = context.activity.take_due(kUseStep); !active.empty())
    TRY(workspace.sessions().note_activity(active));
  if (auto used = context.key_uses.take_due(kUseStep); !used.empty())
    TRY(workspace.api_keys().note_use(used));
  {
    std::lock_guard writing(context.grants_writing);
    if (auto grants = context.grants.take_due(kUseStep); !grants.empty())
      TRY(workspace.playbacks().put(grants));
  }
  if (now - impl_->cleaned_at < kCleanStep) return {};
  impl_->cleaned_at = now;
  // Another keeper may know of activity that it has not written yet.
  const WallTime idle_since = now + -(context.options.session_idle_sec * kNsPerSec + kCleanStep);
  TRY(workspace.sessions().remove_ended(now, idle_since));
  context.activity.forget_unused(idle_since);
  context.key_uses.forget_unused(idle_since);
  const WallTime unused_since = now + -(context.options.playback_idle_sec * kNsPerSec + kCleanStep);
  context.grants.forget_unused(unused_since);
  return workspace.playbacks().remove_unused(unused_since);
}

}  // namespace ew::auth
