#include "node/data_directory.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"

namespace ew::node {
namespace {

constexpr std::string_view kAuditKeyHead = "earwitness audit log key 1\n";

// The node's id as its file holds it: with a checksum, since a UUID with a changed digit is one as well.
std::string encode_identity(NodeId node) {
  const std::string id = node.text();
  std::array<uint8_t, 4> checksum;
  for (size_t i = 0; i < checksum.size(); ++i)
    checksum[i] = static_cast<uint8_t>(crypto::crc32c(as_bytes(id)) >> (24 - 8 * i));
  return id + " " + to_hex(checksum) + "\n";
}

// The seed of the log's signing key, with a checksum, since every byte of a key file counts.
std::string encode_audit_key(ByteView seed) {
  std::string text = std::string(kAuditKeyHead) + to_hex(seed) + "\n";
  return text + to_hex(crypto::sha256(as_bytes(text))) + "\n";
}

Result<crypto::SigningKey> decode_audit_key(const std::string& path, std::string_view text) {
  size_t seed_at = kAuditKeyHead.size();
  crypto::Secret seed(32);
  bool fits = text.size() == seed_at + 65 + 65 && text.substr(0, seed_at) == kAuditKeyHead &&
              from_hex(text.substr(seed_at, 64), seed.span()) && text == encode_audit_key(seed.view());
  if (!fits) return Error(ErrorCode::kCorrupt, path + ": the audit log's key is damaged");
  return crypto::ed25519_from_seed(seed.view());
}

}  // namespace

DataDirectory::DataDirectory(io::Env& env, const Clock& clock, config::Config config, Access access)
    : env_(env), clock_(clock), config_(std::move(config)), access_(access) {}
DataDirectory::~DataDirectory() = default;

std::string DataDirectory::path(const std::string& name) const {
  return io::join(config_.data_directory, name);
}

std::string DataDirectory::database_url() const {
  return config_.database == "sqlite" ? "sqlite:" + path("calls.sqlite") : config_.database;
}

std::string DataDirectory::journal_directory(size_t lane) const {
  return io::join(path("journal"), std::to_string(lane));
}

Result<std::unique_ptr<DataDirectory>> DataDirectory::open(io::Env& env, const Clock& clock,
                                                           const config::Config& config, Access access) {
  std::unique_ptr<DataDirectory> directory(new DataDirectory(env, clock, config, access));
  TRY(env.make_directories(config.data_directory));
  if (access == Access::kAlone) TRY(directory->take_lock());
  TRY(directory->open_identity());
  TRY(directory->open_storage());
  if (access == Access::kAlone) TRY(directory->recover_journals());
  TRY(directory->indexer_->run());
  return directory;
}

Status DataDirectory::take_lock() {
  auto lock = env_.lock(path("lock"));
  if (!lock && lock.error().code() == ErrorCode::kBusy)
    return Error(ErrorCode::kBusy,
                 config_.data_directory + ": another earwitness is at work here; wait for it or stop it");
  lock_ = TRY(std::move(lock));
  return {};
}

Status DataDirectory::open_identity() {
  std::string node_path = path("node");
  if (TRY(env_.exists(node_path))) {
    Bytes text = TRY(io::read_file(env_, node_path, 100));
    auto id = NodeId::parse(as_text(text).substr(0, as_text(text).find_first_of(" \n")));
    const bool is_before_checksums = id && as_text(text) == id->text() + "\n";
    if (!id || (!is_before_checksums && as_text(text) != encode_identity(*id)))
      return Error(ErrorCode::kCorrupt, node_path + ": expected the node's id (a UUID) and its checksum");
    node_ = *id;
    if (is_before_checksums) TRY(io::write_file(env_, node_path, as_bytes(encode_identity(node_))));
  } else {
    node_ = NodeId(crypto::random_uuid(clock_.wall()));
    TRY(io::write_file(env_, node_path, as_bytes(encode_identity(node_))));
  }
  TRY(env_.make_directories(config_.keys_directory));
  std::string key_path = io::join(config_.keys_directory, "audit-log.key");
  if (TRY(env_.exists(key_path))) {
    Bytes text = TRY(io::read_file(env_, key_path, 1000));
    audit_key_ = TRY(decode_audit_key(key_path, as_text(text)));
  } else {
    audit_key_ = crypto::generate_ed25519();
    TRY(io::write_file(env_, key_path, as_bytes(encode_audit_key(audit_key_.seed.view()))));
  }
  return {};
}

Status DataDirectory::open_storage() {
  TRY(env_.make_directories(path("vault")));
  objects_ = vault::make_directory_store(env_, io::join(path("vault"), "objects"), clock_);
  auto use = access_ == Access::kServed ? vault::KeyStoreUse::kKeeper : vault::KeyStoreUse::kAlone;
  keys_ = TRY(vault::make_file_key_store(env_, path("keys"), use));
  keks_ = TRY(vault::make_local_kek_provider(env_, config_.keys_directory));
  vault_ = std::make_unique<vault::Vault>(*objects_, *keys_, *keks_);
  arrivals_ = TRY(vault::Arrivals::open(env_, io::join(path("vault"), "arrivals")));
  evidence::Options audit;
  audit.origin = "earwitness/" + node_.text();
  audit_ = TRY(evidence::AuditLog::open(env_, path("audit"), audit_key_, clock_, audit));
  // SQLite would make it root's where root is the first to come.
  if (config_.database == "sqlite") TRY(env_.open(path("calls.sqlite"), io::OpenMode::kCreate));
  calls_ = TRY(db::CallLog::open(database_url()));
  indexer_ = std::make_unique<index::Indexer>(*vault_, *calls_, *arrivals_);
  sealer_ = std::make_unique<recorder::Sealer>(*objects_, *keys_, *audit_, *arrivals_, clock_);
  return {};
}

Status DataDirectory::recover_journals(std::optional<uint64_t> before_run) {
  TRY(env_.make_directories(path("journal")));
  const uint64_t before = sealer_->figures().parts;
  for (const std::string& name : TRY(env_.list(path("journal")))) {
    auto number = parse_number(name, UINT64_MAX);
    if (!before_run || !number || *number < *before_run) TRY(recover_run(name));
  }
  recovered_parts_ += sealer_->figures().parts - before;
  return {};
}

// A folder holds a command's lane, or the lanes of a server's run.
Status DataDirectory::recover_run(const std::string& run) {
  const std::string directory = io::join(path("journal"), run);
  std::vector<std::string> lanes;
  for (const std::string& name : TRY(env_.list(directory)))
    if (parse_number(name, UINT64_MAX)) lanes.push_back(name);
  for (const std::string& lane : lanes) {
    TRY(recover_journal(io::join(run, lane)));
    TRY(env_.remove_directory(io::join(directory, lane)));
  }
  TRY(recover_journal(run));
  return lanes.empty() ? Status() : env_.remove_directory(directory);
}

// A kill or a power loss leaves a journal that is sound up to its last acknowledged entry. Anything else is
// damage: it is said, noted in the audit log, and the files are kept as they are.
Status DataDirectory::recover_journal(const std::string& name) {
  using State = recorder::Sealer::JournalState;
  std::string directory = io::join(path("journal"), name);
  std::string lane = name;
  std::replace(lane.begin(), lane.end(), '/', '-');
  auto checked = TRY(journal::check(env_, directory, false));
  if (checked.findings.empty()) {
    TRY(sealer_->recover(env_, directory, State::kSound));
    return journal::remove_files(env_, directory);
  }
  TRY(sealer_->recover(env_, directory, State::kDamaged));
  std::string kept = std::to_string(clock_.wall().ns / kNsPerMs) + "-" + lane;
  evidence::Event event;
  event.at = clock_.wall();
  event.kind = "journal.damaged";
  event.actor = "recorder";
  event.result = "failed";
  event.details = {{"lane", lane}, {"findings", std::to_string(checked.findings.size())}, {"kept", kept}};
  TRY(audit_->record(event));
  TRY(journal::move_files(env_, directory, io::join(path("journal-damaged"), kept)));
  std::move(checked.findings.begin(), checked.findings.end(), std::back_inserter(journal_damage_));
  return {};
}

Status DataDirectory::audit_act(std::string kind, RecordingId recording,
                                std::vector<std::pair<std::string, std::string>> details, std::string actor,
                                std::string result) {
  evidence::Event event;
  event.at = clock_.wall();
  event.kind = std::move(kind);
  event.recording = recording;
  event.actor = std::move(actor);
  event.result = std::move(result);
  event.details = std::move(details);
  return audit_->record(event);
}

Status DataDirectory::close() {
  TRY(keys_->sync());
  return audit_->checkpoint();
}

}  // namespace ew::node
