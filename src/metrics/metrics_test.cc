#include "metrics/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ew::metrics {
namespace {

TEST(Registry, ShowsFiguresAsPrometheusReadsThem) {
  Registry registry;
  registry.counter("earwitness_requests_total", "Requests answered", {{"status", "200"}}).add(3);
  registry.counter("earwitness_requests_total", "Requests answered", {{"status", "404"}}).add();
  registry.gauge("earwitness_disk_free_bytes", "Free").set(1.5);
  EXPECT_EQ(registry.text(),
            "# HELP earwitness_disk_free_bytes Free\n"
            "# TYPE earwitness_disk_free_bytes gauge\n"
            "earwitness_disk_free_bytes 1.5\n"
            "# HELP earwitness_requests_total Requests answered\n"
            "# TYPE earwitness_requests_total counter\n"
            "earwitness_requests_total{status=\"200\"} 3\n"
            "earwitness_requests_total{status=\"404\"} 1\n");
}

TEST(Registry, GivesTheSameFigureAgain) {
  Registry registry;
  Counter& one = registry.counter("a_total", "", {{"x", "1"}});
  EXPECT_EQ(&registry.counter("a_total", "", {{"x", "1"}}), &one);
  EXPECT_NE(&registry.counter("a_total", "", {{"x", "2"}}), &one);
}

TEST(Registry, HistogramsAreCumulative) {
  Registry registry;
  Histogram& histogram = registry.histogram("wait_seconds", "Waits", {0.1, 1});
  for (double value : {0.05, 0.1, 0.5, 7.0}) histogram.observe(value);
  EXPECT_EQ(registry.text(),
            "# HELP wait_seconds Waits\n"
            "# TYPE wait_seconds histogram\n"
            "wait_seconds_bucket{le=\"0.1\"} 2\n"
            "wait_seconds_bucket{le=\"1\"} 3\n"
            "wait_seconds_bucket{le=\"+Inf\"} 4\n"
            "wait_seconds_sum 7.65\n"
            "wait_seconds_count 4\n");
}

TEST(Exposition, EscapesWhatWouldBreakALine) {
  Family family{"x", "back\\slash\nand \"quote\"", Type::kGauge, {{"", {{"l", "a\"b\\c\nd"}}, 1}}};
  EXPECT_EQ(to_text({family}),
            "# HELP x back\\\\slash\\nand \"quote\"\n# TYPE x gauge\nx{l=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(Exposition, NamesOddNumbers) {
  auto text = [](double value) { return to_text({{"x", "", Type::kGauge, {{"", {}, value}}}}); };
  EXPECT_NE(text(std::numeric_limits<double>::infinity()).find("x +Inf\n"), std::string::npos);
  EXPECT_NE(text(std::nan("")).find("x NaN\n"), std::string::npos);
  EXPECT_NE(text(123456789012345).find("x 123456789012345\n"), std::string::npos);
}

TEST(Exposition, GoesToAnotherProcessAndBack) {
  Registry recorder, keeper;
  recorder.counter("errors_total", "Errors", {{"process", "recorder"}}).add(2);
  recorder.histogram("sync_seconds", "Syncs", {0.5}).observe(0.2);
  keeper.counter("errors_total", "Errors", {{"process", "keeper"}}).add(5);
  auto families = decode(encode(recorder.collect()));
  ASSERT_TRUE(families.ok());
  EXPECT_EQ(to_text(*families), recorder.text());
  keeper.adopt("recorder", *families);
  std::string text = keeper.text();
  EXPECT_NE(text.find("errors_total{process=\"keeper\"} 5\nerrors_total{process=\"recorder\"} 2\n"),
            std::string::npos);
  EXPECT_NE(text.find("sync_seconds_count 1\n"), std::string::npos);
  keeper.adopt("recorder", {});
  EXPECT_EQ(keeper.text().find("sync_seconds"), std::string::npos);
}

TEST(Exposition, RefusesWhatIsNotWhole) {
  Registry registry;
  registry.counter("errors_total", "Errors", {{"process", "recorder"}}).add(2);
  Bytes whole = encode(registry.collect());
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode(ByteView(whole).first(size)).ok()) << size;
  Bytes forged = encode({{"bad\nname 1", "", Type::kGauge, {}}});
  EXPECT_FALSE(decode(forged).ok());
  Family many{"x", "", Type::kGauge, std::vector<Sample>(kMaxSamples + 1)};
  EXPECT_EQ(decode(encode({many})).error().code(), ErrorCode::kLimit);
}

}  // namespace
}  // namespace ew::metrics
