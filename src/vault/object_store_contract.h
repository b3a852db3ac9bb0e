// What every ObjectStore promises, as a suite that each implementation runs:
//   INSTANTIATE_TEST_SUITE_P(Memory, ObjectStoreContract, testing::Values(ObjectStoreMaker{...}));
#pragma once

#include <gtest/gtest.h>

#include "vault/object_store.h"

namespace ew::vault {

struct ObjectStoreMaker {
  std::string name;
  std::function<std::unique_ptr<ObjectStore>(const Clock&)> make;
};
inline void PrintTo(const ObjectStoreMaker& maker, std::ostream* out) { *out << maker.name; }

class ObjectStoreContract : public testing::TestWithParam<ObjectStoreMaker> {
 protected:
  Status put(const std::string& name, std::string_view content) {
    return store->put({NewObject{name, {as_bytes(content)}}});
  }
  std::string get(const std::string& name) {
    auto bytes = store->get(name);
    return bytes.ok() ? std::string(as_text(*bytes)) : "error: " + bytes.error().message();
  }
  std::vector<std::string> names(const std::string& prefix = "", const std::string& after = "",
                                 size_t limit = 100) {
    const std::vector<ObjectInfo> infos = store->list(prefix, after, limit).value();
    std::vector<std::string> names;
    for (const ObjectInfo& info : infos) names.push_back(info.name);
    return names;
  }
  template <typename T>
  static std::optional<ErrorCode> code(const Result<T>& result) {
    return result.ok() ? std::nullopt : std::optional(result.error().code());
  }

  FakeClock clock{WallTime{1'000}};
  std::unique_ptr<ObjectStore> store = GetParam().make(clock);
};

TEST_P(ObjectStoreContract, PutAndGet) {
  ASSERT_TRUE(put("a/b/c", "content").ok());
  EXPECT_EQ(get("a/b/c"), "content");
  EXPECT_EQ(store->stat("a/b/c")->size, 7u);
  EXPECT_EQ(store->stat("a/b/c")->name, "a/b/c");
}

TEST_P(ObjectStoreContract, PiecesAreJoinedAndEmptyObjectsExist) {
  ASSERT_TRUE(store->put({NewObject{"a", {as_bytes("one"), {}, as_bytes("two")}}, NewObject{"b", {}}}).ok());
  EXPECT_EQ(get("a"), "onetwo");
  EXPECT_EQ(get("b"), "");
}

TEST_P(ObjectStoreContract, LargeObject) {
  std::string content(3 * 1024 * 1024 + 7, 'x');
  for (size_t i = 0; i < content.size(); i += 1000) content[i] = static_cast<char>(i / 1000);
  ASSERT_TRUE(put("large", content).ok());
  EXPECT_EQ(get("large"), content);
  EXPECT_TRUE(put("large", content).ok());
  content.back() ^= 1;
  EXPECT_EQ(code(put("large", content)), ErrorCode::kExists);
}

TEST_P(ObjectStoreContract, SameContentAgainIsSuccessOtherContentIsNot) {
  ASSERT_TRUE(put("a", "one").ok());
  EXPECT_TRUE(put("a", "one").ok());
  for (const char* other : {"two", "on", "onee", ""}) EXPECT_EQ(code(put("a", other)), ErrorCode::kExists);
  EXPECT_EQ(get("a"), "one");
}

TEST_P(ObjectStoreContract, ABatchIsPutBesideOneThatExists) {
  ASSERT_TRUE(put("b", "old").ok());
  Status status = store->put(
      {NewObject{"a", {as_bytes("1")}}, NewObject{"b", {as_bytes("2")}}, NewObject{"c", {as_bytes("3")}}});
  EXPECT_EQ(code(status), ErrorCode::kExists);
  EXPECT_EQ(get("a") + get("b") + get("c"), "1old3");
}

TEST_P(ObjectStoreContract, ManyAtOnce) {
  std::vector<NewObject> objects;
  for (int i = 0; i < 200; ++i) objects.push_back({"many/" + std::to_string(i), {as_bytes("content")}});
  ASSERT_TRUE(store->put(objects).ok());
  EXPECT_EQ(names("", "", 1000).size(), 200u);
}

TEST_P(ObjectStoreContract, Ranges) {
  ASSERT_TRUE(put("a", "0123456789").ok());
  EXPECT_EQ(as_text(*store->get_range("a", 2, 3)), "234");
  EXPECT_EQ(as_text(*store->get_range("a", 10, 0)), "");
  EXPECT_EQ(code(store->get_range("a", 8, 3)), ErrorCode::kTruncated);
  EXPECT_EQ(code(store->get_range("a", 11, 0)), ErrorCode::kTruncated);
  EXPECT_EQ(code(store->get_range("a", 1, UINT64_MAX)), ErrorCode::kTruncated);
  for (uint64_t length : {0u, 3u, 10u, 11u}) {
    auto ends = store->get_ends("a", length, length);
    ASSERT_TRUE(ends.ok());
    const uint64_t there = std::min<uint64_t>(length, 10);
    EXPECT_EQ(ends->size, 10u);
    EXPECT_EQ(ends->head, *store->get_range("a", 0, there));
    EXPECT_EQ(ends->tail, *store->get_range("a", 10 - there, there));
  }
}

TEST_P(ObjectStoreContract, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(code(store->get("a/b")), ErrorCode::kNotFound);
  EXPECT_EQ(code(store->get_range("a", 0, 0)), ErrorCode::kNotFound);
  EXPECT_EQ(code(store->get_ends("a", 0, 0)), ErrorCode::kNotFound);
  EXPECT_EQ(code(store->stat("a")), ErrorCode::kNotFound);
  EXPECT_EQ(code(store->remove("a")), ErrorCode::kNotFound);
  EXPECT_EQ(code(store->lock_until("a", WallTime{5})), ErrorCode::kNotFound);
  EXPECT_TRUE(names().empty());
}

TEST_P(ObjectStoreContract, RemovedAndPutAnew) {
  ASSERT_TRUE(put("a/b", "one").ok());
  EXPECT_TRUE(store->remove("a/b").ok());
  EXPECT_EQ(code(store->get("a/b")), ErrorCode::kNotFound);
  EXPECT_TRUE(names().empty());
  EXPECT_TRUE(put("a/b", "two").ok());
  EXPECT_EQ(get("a/b"), "two");
}

TEST_P(ObjectStoreContract, ListsInOrderOfNameByPages) {
  // '-' and '.' sort before '/', so the order of names is not the order of a walk through folders.
  const std::vector<std::string> all = {"a",     "a-b",   "a-b/c", "a.b",   "a/b",
                                        "a/b-c", "a/b/c", "a0",    "b/a/a", "b/b"};
  for (size_t i = all.size(); i-- > 0;) ASSERT_TRUE(put(all[i], all[i]).ok());
  EXPECT_EQ(names(), all);
  for (size_t limit : {1u, 2u, 3u, 100u}) {
    std::vector<std::string> paged;
    for (std::vector<std::string> page;
         !(page = names("", paged.empty() ? "" : paged.back(), limit)).empty();)
      paged.insert(paged.end(), page.begin(), page.end());
    EXPECT_EQ(paged, all) << limit;
  }
  for (std::string prefix : {"a", "a/", "a/b", "b/", "b/a/", "c", "a-"}) {
    std::vector<std::string> expected;
    for (const std::string& name : all)
      if (name.starts_with(prefix)) expected.push_back(name);
    EXPECT_EQ(names(prefix), expected) << prefix;
  }
  EXPECT_EQ(names("a/", "a/b"), (std::vector<std::string>{"a/b-c", "a/b/c"}));
  EXPECT_EQ(store->list("", "", 1).value()[0].size, 1u);
}

TEST_P(ObjectStoreContract, LocksHoldUntilTheirEndAndNeverShorten) {
  ASSERT_TRUE(put("a/b", "content").ok());
  ASSERT_TRUE(store->lock_until("a/b", WallTime{2'000}).ok());
  ASSERT_TRUE(store->lock_until("a/b", WallTime{1'500}).ok());
  for (int64_t now : {1'000, 1'500, 1'999}) {
    clock.set(WallTime{now});
    EXPECT_EQ(code(store->remove("a/b")), ErrorCode::kDenied);
  }
  EXPECT_EQ(names(), std::vector<std::string>{"a/b"});
  clock.set(WallTime{2'000});
  EXPECT_TRUE(store->remove("a/b").ok());
  // The lock went with its object.
  clock.set(WallTime{1'000});
  ASSERT_TRUE(put("a/b", "content").ok());
  EXPECT_TRUE(store->remove("a/b").ok());
}

TEST_P(ObjectStoreContract, BadNamesAreRefused) {
  for (std::string bad :
       {"", "/", "a//b", "/a", "a/", ".", "..", "a/../b", "./a", "A", "a_b", "a b", "\xc3\xa4"}) {
    EXPECT_FALSE(is_valid_name(bad)) << bad;
    EXPECT_EQ(code(put(bad, "x")), ErrorCode::kInvalid) << bad;
  }
  EXPECT_FALSE(is_valid_name(std::string(201, 'a')));
  EXPECT_TRUE(is_valid_name(std::string(200, 'a')));
  EXPECT_TRUE(is_valid_name("default/media/3f/0190-a.b/..c"));
}

}  // namespace ew::vault
