// Notes and marks that people put on a call or on its time line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/accounts.h"

namespace ew::db {

using AnnotationId = Id<struct AnnotationTag>;

struct AnnotationContent {
  std::optional<int64_t> from_us, to_us;  // from the call's start; nothing: about the whole call
  std::string kind;                       // "note", "mark"
  std::string text;
  bool operator==(const AnnotationContent&) const = default;
};
struct AnnotationRow {
  std::string tenant = "default";
  CallId call_id;
  AnnotationId annotation_id;
  AnnotationContent content;
  AccountId author;
  std::string author_name;  // as it is shown now; filled on reading
  WallTime created_at, updated_at;
  std::optional<WallTime> deleted_at;
  bool operator==(const AnnotationRow&) const = default;
};

class Annotations {
 public:
  static constexpr size_t kTextMax = 16'000;     // bytes
  static constexpr int64_t kPerCallMax = 5'000;  // the removed ones too

  explicit Annotations(SharedConnection& connection) : connection_(connection) {}

  Status add(const AnnotationRow& annotation);  // kLimit: too long a text, too many in this call
  // Those that are not removed, in order of their place in the call; about the whole call first.
  Result<std::vector<AnnotationRow>> list(const std::string& tenant, CallId call);
  Result<int64_t> count(const std::string& tenant, CallId call);
  Result<std::optional<AnnotationRow>> find(const std::string& tenant, CallId call, AnnotationId id);

  // For the author alone: nothing is changed, and nothing given, if this is no annotation of theirs.
  struct Key {
    std::string tenant;
    CallId call_id;
    AnnotationId annotation_id;
    AccountId author;
  };
  Result<std::optional<AnnotationRow>> change(const Key& key, const AnnotationContent& content, WallTime at);
  Result<bool> remove(const Key& key, WallTime at);
  Result<bool> restore(const Key& key, WallTime at);  // undoes remove()

 private:
  SharedConnection& connection_;
};

}  // namespace ew::db
