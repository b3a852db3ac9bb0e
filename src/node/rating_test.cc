#include "node/rating.h"

#include <gtest/gtest.h>

#include "io/memory_env.h"

namespace ew::node {
namespace {

TEST(Rating, IsFoundAgain) {
  io::MemoryEnv env;
  ASSERT_TRUE(env.make_directories("/data").ok());
  EXPECT_FALSE(read_rating(env, "/data").value());
  const Rating rating{1'500, true, WallTime{1'700'000'000 * kNsPerSec}};
  ASSERT_TRUE(write_rating(env, "/data", rating).ok());
  EXPECT_EQ(read_rating(env, "/data").value(), rating);
}

TEST(Rating, WhatIsNoneIsAnError) {
  io::MemoryEnv env;
  ASSERT_TRUE(env.make_directories("/data").ok());
  for (std::string_view text : {"", "7", "[]", "{}", "{\"calls\": -1, \"is_limit\": true, \"at_ns\": 0}",
                                "{\"calls\": 5000000000, \"is_limit\": true, \"at_ns\": 0}",
                                "{\"calls\": 1, \"is_limit\": 1, \"at_ns\": 0}"}) {
    ASSERT_TRUE(io::write_file(env, rating_path("/data"), as_bytes(text)).ok());
    auto rating = read_rating(env, "/data");
    ASSERT_FALSE(rating.ok()) << text;
    EXPECT_EQ(rating.error().code(), ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace ew::node
