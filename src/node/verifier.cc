#include "node/verifier.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "base/text.h"

namespace ew::node {
namespace {

constexpr uint64_t kSaveEvery = 200;           // objects between two notes of how far we are
constexpr int64_t kSettleNs = 10 * kNsPerSec;  // after which what looks wrong is wrong
constexpr auto kLookAgain = std::chrono::milliseconds(200);

using Findings = std::vector<std::string>;

// What the audit log says was stored.
struct Committed {
  std::string root, recording;
};

class Verification {
 public:
  Verification(DataDirectory& data, const VerifyOptions& options) : data_(data), options_(options) {}

  Result<VerifyReport> run() {
    TRY(check_audit());
    TRY(check_objects());
    if (options_.is_whole()) {
      TRY(check_missing());
      TRY(check_keys());
      TRY(check_journals());
      TRY(check_arrivals());
    }
    TRY(check_rows());
    TRY(settle());
    TRY(forget_progress());
    return std::move(report_);
  }

 private:
  void find(std::string finding) { report_.findings.push_back(std::move(finding)); }

  // What looks wrong, and how to look again.
  using Check = std::function<Result<Findings>()>;
  struct Doubt {
    Check check;
    Findings found;
  };
  Status examine(Check check) {
    Findings found = TRY(check());
    if (!found.empty()) doubts_.push_back({std::move(check), std::move(found)});
    return {};
  }

  // Doubts become findings; beside a recorder those that do not go away.
  Status settle() {
    const int64_t until = data_.clock().monotonic_ns() + kSettleNs;
    while (data_.access() == Access::kServed && (!doubts_.empty() || !audit_findings_.empty()) &&
           data_.clock().monotonic_ns() < until) {
      std::this_thread::sleep_for(kLookAgain);
      TRY(check_audit());
      for (Doubt& doubt : doubts_) doubt.found = TRY(doubt.check());
      std::erase_if(doubts_, [](const Doubt& doubt) { return doubt.found.empty(); });
      if (!goes_on()) return stopped();
    }
    for (std::string& finding : audit_findings_) find("audit log: " + finding);
    for (Doubt& doubt : doubts_)
      for (std::string& finding : doubt.found) find(std::move(finding));
    return {};
  }

  bool goes_on() const { return !options_.progress || options_.progress(report_.objects); }
  static Error stopped() { return Error(ErrorCode::kBusy, "the verification was stopped"); }

  // Read again for those who doubt: the last reading counts.
  Status check_audit() {
    auto each = [&](uint64_t, std::string_view entry) { note_event(entry); };
    auto checked = TRY(evidence::check(data_.env(), data_.path("audit"), data_.audit_key(), each));
    report_.audit_entries = checked.entries;
    audit_findings_ = std::move(checked.findings);
    return {};
  }

  void note_event(std::string_view entry) {
    auto json = nlohmann::json::parse(entry, nullptr, false);
    if (!json.is_object() || !json.contains("kind") || json["kind"] != "part.stored") return;
    auto text = [&](const char* name) {
      return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : std::string();
    };
    committed_[text("part")] = {text("root"), text("recording")};
  }

  bool is_wanted(const part::Header& header) const {
    if (options_.recording && header.recording != *options_.recording) return false;
    if (options_.since && header.anchor_wall < *options_.since) return false;
    double place = (header.part.bytes[14] * 256 + header.part.bytes[15]) * 100.0 / 65536;
    return place < options_.sample_percent;
  }

  // An object that cannot be described is wanted too: nobody can say that it is not.
  Status check_objects() {
    std::string after = options_.resume ? load_progress() : "";
    return data_.vault().for_each("", [&](const vault::ObjectInfo& object) -> Status {
      auto part = data_.vault().describe(object.name);
      if (!part) {
        find("object " + object.name + ": " + part.error().message());
        seen_.insert(part_of_name(object.name));
        return {};
      }
      // What can be made again is opened like everything, but neither log knows of it.
      bool is_derived = part->header.kind == part::Kind::kDerived;
      if (!is_derived) {
        seen_.insert(part->header.part.text());
        by_call_[part->header.call].push_back(object.name);
      }
      if (!is_wanted(part->header)) return {};
      wanted_calls_.insert(part->header.call);
      if (object.name <= after) return {};
      Status checked = data_.vault().verify(object.name);
      ++report_.objects;
      report_.frames += part->footer.frames.size();
      std::string who = "recording " + part->header.recording.text() + ", " + object.name + ": ";
      if (!checked) find(who + checked.error().message());
      if (!is_derived)
        TRY(examine([this, id = part->header.part.text(), root = to_hex(part->footer.root), who] {
          return check_commitment(id, root, who);
        }));
      if (vault::object_name(part->header) != object.name)
        find(who + "the object lies under a name that is not its own");
      if (report_.objects % kSaveEvery == 0) TRY(save_progress(object.name));
      return goes_on() ? Status() : stopped();
    });
  }

  static std::string part_of_name(const std::string& name) {
    std::string last = name.substr(name.rfind('/') + 1);
    return last.substr(0, 36);
  }

  Result<Findings> check_commitment(const std::string& part, const std::string& root,
                                    const std::string& who) {
    auto committed = committed_.find(part);
    if (committed == committed_.end()) return Findings{who + "the audit log knows nothing of it"};
    if (committed->second.root != root)
      return Findings{who + "its Merkle root is not the one that the audit log committed to"};
    return Findings{};
  }

  Status check_missing() {
    for (const auto& [part, committed] : committed_)
      if (!seen_.contains(part))
        find("recording " + committed.recording + ": part " + part + " was stored and is not there");
    return {};
  }

  Status check_keys() {
    report_.keys = TRY(data_.keys().count());
    return examine([this]() -> Result<Findings> {
      Findings found = TRY(data_.keys().check());
      for (std::string& finding : found) finding = "keys: " + finding;
      return found;
    });
  }

  // A command's journals were closed by now; a server's are being written.
  Status check_journals() {
    const bool are_closed = data_.access() == Access::kAlone;
    TRY(examine([this, are_closed] { return check_journals_in(data_.path("journal"), are_closed); }));
    std::string damaged = data_.path("journal-damaged");
    if (!TRY(data_.env().exists(damaged))) return {};
    return examine([this, damaged] { return check_journals_in(damaged, false); });
  }

  // The journals below `directory`: a folder each, or one in the folder of a server's run.
  Result<Findings> check_journals_in(const std::string& directory, bool closed_cleanly) {
    Findings found;
    for (const std::string& name : TRY(data_.env().list(directory)))
      check_journal(io::join(directory, name), closed_cleanly, found);
    return found;
  }

  void check_journal(const std::string& directory, bool closed_cleanly, Findings& found) {
    auto checked = journal::check(data_.env(), directory, closed_cleanly);
    auto names = data_.env().list(directory);
    // A journal that is done with goes away while it is read.
    for (const Error* error : {checked ? nullptr : &checked.error(), names ? nullptr : &names.error()})
      if (error) found.push_back("journal: " + error->message());
    if (checked)
      for (std::string& finding : checked->findings) found.push_back("journal: " + finding);
    if (!names) return;
    for (const std::string& lane : *names)
      if (parse_number(lane, UINT64_MAX)) check_journal(io::join(directory, lane), closed_cleanly, found);
  }

  Status check_arrivals() {
    return examine([this]() -> Result<Findings> {
      uint64_t cursor = 0;
      while (true) {
        auto batch = data_.arrivals().read(cursor, 1000);
        if (!batch) return Findings{batch.error().message()};
        if (batch->names.empty()) break;
        cursor = batch->next;
      }
      auto indexed = TRY(data_.calls().cursor(index::Indexer::kCursor));
      if (!indexed || parse_number(*indexed, UINT64_MAX).value_or(0) == cursor) return Findings{};
      return Findings{data_.path("vault/arrivals") + ": ends at offset " + std::to_string(cursor) +
                      ", the call log has read up to " + *indexed};
    });
  }

  // Each machine-made row is made again from the vault and compared.
  Status check_rows() {
    std::set<CallId> in_vault;
    for (const auto& [call, names] : by_call_) {
      in_vault.insert(call);
      if (!wanted_calls_.contains(call)) continue;
      ++report_.calls;
      TRY(examine([this, call = call, &names = names] { return check_call(call, names); }));
      if (!goes_on()) return stopped();
    }
    if (!options_.is_whole()) return {};
    for (const std::string& tenant : TRY(data_.calls().tenants())) {
      std::optional<CallId> after;
      while (true) {
        auto ids = data_.calls().all_calls(tenant, after, 1000);
        if (!ids) find("call log: tenant " + printable(tenant, 80) + ": " + ids.error().message());
        if (!ids || ids->empty()) break;
        for (CallId id : *ids)
          if (!in_vault.contains(id))
            TRY(examine([this, tenant, id] { return check_has_objects(tenant, id); }));
        after = ids->back();
      }
    }
    return {};
  }

  // `names` are the call's objects as they were listed.
  Result<Findings> check_call(CallId call, const std::vector<std::string>& names) {
    std::set<std::string> objects(names.begin(), names.end());
    auto first = data_.vault().describe(names.front());
    if (!first) return Findings{};  // found before
    const std::string tenant = first->header.tenant;
    if (data_.access() == Access::kServed) TRY(add_arrived(tenant, call, objects));
    std::vector<vault::StoredPart> parts;
    for (const std::string& name : objects) {
      auto part = data_.vault().describe(name);
      if (!part) return Findings{};  // found before
      parts.push_back(std::move(*part));
    }
    auto rows = index::rows_of(data_.vault(), std::move(parts));
    if (!rows)
      return Findings{"call " + call.text() +
                      ": its rows cannot be made from the vault: " + rows.error().message()};
    Findings expected = db::CallLog::dump_of(*rows);
    auto stored = data_.calls().dump_call(tenant, call);
    if (!stored) return Findings{"call log: call " + call.text() + ": " + stored.error().message()};
    if (expected == *stored) return Findings{};
    std::sort(expected.begin(), expected.end());
    std::sort(stored->begin(), stored->end());
    Findings different;
    std::set_symmetric_difference(expected.begin(), expected.end(), stored->begin(), stored->end(),
                                  std::back_inserter(different));
    return Findings{"call log: call " + call.text() + ": a row is not what the vault says: " +
                    printable(different.empty() ? "order" : different.front(), 160)};
  }

  // What of a call came after the vault was listed, as the call log knows it.
  Status add_arrived(const std::string& tenant, CallId call, std::set<std::string>& objects) {
    auto known = data_.calls().find(tenant, call);
    if (!known || !*known) return {};  // its rows are compared as they are
    for (const db::PartRow& part : (*known)->parts)
      if (data_.objects().stat(part.object)) objects.insert(part.object);
    return {};
  }

  // A call that came after the vault was listed has them.
  Result<Findings> check_has_objects(const std::string& tenant, CallId call) {
    std::set<std::string> objects;
    if (data_.access() == Access::kServed) TRY(add_arrived(tenant, call, objects));
    if (!objects.empty()) return Findings{};
    return Findings{"call log: call " + call.text() + " has no objects in the vault"};
  }

  std::string progress_path() const { return data_.path("verify.progress"); }
  std::string load_progress() {
    auto text = io::read_file(data_.env(), progress_path(), 1000);
    return text ? std::string(trim(as_text(*text))) : "";
  }
  Status save_progress(const std::string& name) {
    return io::write_file(data_.env(), progress_path(), as_bytes(name + "\n"));
  }
  Status forget_progress() {
    Status removed = data_.env().remove(progress_path());
    return removed.ok() || removed.error().code() == ErrorCode::kNotFound ? Status() : std::move(removed);
  }

  DataDirectory& data_;
  const VerifyOptions& options_;
  VerifyReport report_;
  std::map<std::string, Committed> committed_;  // by part
  std::set<std::string> seen_;                  // parts that have an object
  std::map<CallId, std::vector<std::string>> by_call_;
  std::set<CallId> wanted_calls_;
  Findings audit_findings_;
  std::vector<Doubt> doubts_;
};

}  // namespace

Result<VerifyReport> verify(DataDirectory& data, const VerifyOptions& options) {
  return Verification(data, options).run();
}

}  // namespace ew::node
