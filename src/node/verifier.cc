#include "node/verifier.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"

namespace ew::node {
namespace {

constexpr uint64_t kSaveEvery = 200;  // objects between two notes of how far we are

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
    TRY(forget_progress());
    return std::move(report_);
  }

 private:
  void find(std::string finding) { report_.findings.push_back(std::move(finding)); }

  Status check_audit() {
    auto each = [&](uint64_t, std::string_view entry) { note_event(entry); };
    auto checked = TRY(evidence::check(data_.env(), data_.path("audit"), data_.audit_key(), each));
    report_.audit_entries = checked.entries;
    for (std::string& finding : checked.findings) find("audit log: " + finding);
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
      if (!is_derived) check_commitment(*part, who);
      if (vault::object_name(part->header) != object.name)
        find(who + "the object lies under a name that is not its own");
      if (report_.objects % kSaveEvery == 0) {
        TRY(save_progress(object.name));
        if (options_.progress) options_.progress(report_.objects);
      }
      return {};
    });
  }

  static std::string part_of_name(const std::string& name) {
    std::string last = name.substr(name.rfind('/') + 1);
    return last.substr(0, 36);
  }

  void check_commitment(const vault::StoredPart& part, const std::string& who) {
    auto committed = committed_.find(part.header.part.text());
    if (committed == committed_.end()) {
      find(who + "the audit log knows nothing of it");
    } else if (committed->second.root != to_hex(part.footer.root)) {
      find(who + "its Merkle root is not the one that the audit log committed to");
    }
  }

  Status check_missing() {
    for (const auto& [part, committed] : committed_)
      if (!seen_.contains(part))
        find("recording " + committed.recording + ": part " + part + " was stored and is not there");
    return {};
  }

  Status check_keys() {
    report_.keys = TRY(data_.keys().count());
    for (std::string& finding : TRY(data_.keys().check())) find("keys: " + finding);
    return {};
  }

  // A server's journals are being written.
  Status check_journals() {
    if (data_.access() == Access::kAlone) TRY(check_journals_in(data_.path("journal"), true));
    std::string damaged = data_.path("journal-damaged");
    if (TRY(data_.env().exists(damaged))) TRY(check_journals_in(damaged, false));
    return {};
  }

  Status check_journals_in(const std::string& directory, bool closed_cleanly) {
    for (const std::string& lane : TRY(data_.env().list(directory))) {
      auto checked = TRY(journal::check(data_.env(), io::join(directory, lane), closed_cleanly));
      for (std::string& finding : checked.findings) find("journal: " + finding);
    }
    return {};
  }

  Status check_arrivals() {
    uint64_t cursor = 0;
    while (true) {
      auto batch = data_.arrivals().read(cursor, 1000);
      if (!batch) {
        find(batch.error().message());
        return {};
      }
      if (batch->names.empty()) break;
      cursor = batch->next;
    }
    auto indexed = TRY(data_.calls().cursor(index::Indexer::kCursor));
    if (indexed && parse_number(*indexed, UINT64_MAX).value_or(0) != cursor)
      find(data_.path("vault/arrivals") + ": ends at offset " + std::to_string(cursor) +
           ", the call log has read up to " + *indexed);
    return {};
  }

  // Each machine-made row is made again from the vault and compared.
  Status check_rows() {
    std::set<CallId> in_vault;
    for (const auto& [call, names] : by_call_) {
      in_vault.insert(call);
      if (!wanted_calls_.contains(call)) continue;
      TRY(check_call(call, names));
    }
    if (!options_.is_whole()) return {};
    for (const std::string& tenant : TRY(data_.calls().tenants())) {
      std::optional<CallId> after;
      while (true) {
        auto ids = data_.calls().all_calls(tenant, after, 1000);
        if (!ids) find("call log: tenant " + printable(tenant, 80) + ": " + ids.error().message());
        if (!ids || ids->empty()) break;
        for (CallId id : *ids)
          if (!in_vault.contains(id)) find("call log: call " + id.text() + " has no objects in the vault");
        after = ids->back();
      }
    }
    return {};
  }

  Status check_call(CallId call, const std::vector<std::string>& names) {
    ++report_.calls;
    std::vector<vault::StoredPart> parts;
    for (const std::string& name : names) {
      auto part = data_.vault().describe(name);
      if (!part) return {};  // found before
      parts.push_back(std::move(*part));
    }
    std::string tenant = parts.front().header.tenant;
    auto rows = index::rows_of(data_.vault(), std::move(parts));
    if (!rows) {
      find("call " + call.text() + ": its rows cannot be made from the vault: " + rows.error().message());
      return {};
    }
    std::vector<std::string> expected = db::CallLog::dump_of(*rows);
    auto stored = data_.calls().dump_call(tenant, call);
    if (!stored) {
      find("call log: call " + call.text() + ": " + stored.error().message());
      return {};
    }
    if (expected == *stored) return {};
    std::sort(expected.begin(), expected.end());
    std::sort(stored->begin(), stored->end());
    std::vector<std::string> different;
    std::set_symmetric_difference(expected.begin(), expected.end(), stored->begin(), stored->end(),
                                  std::back_inserter(different));
    find("call log: call " + call.text() + ": a row is not what the vault says: " +
         printable(different.empty() ? "order" : different.front(), 160));
    return {};
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
};

}  // namespace

Result<VerifyReport> verify(DataDirectory& data, const VerifyOptions& options) {
  return Verification(data, options).run();
}

}  // namespace ew::node
