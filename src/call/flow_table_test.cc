#include "call/flow_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace ew::call {
namespace {

FlowKey key_of(uint32_t number) {
  uint8_t ip[4] = {10, static_cast<uint8_t>(number >> 16), static_cast<uint8_t>(number >> 8),
                   static_cast<uint8_t>(number)};
  return {{IpAddress::v4(ip), static_cast<uint16_t>(4000 + number % 7)}, {IpAddress::v4(ip), 5004}};
}

// Random insertions and removals against a map.
TEST(FlowTable, AgreesWithAMap) {
  std::mt19937 random(7);
  FlowTable table;
  std::map<uint32_t, Flow*> model;
  for (int step = 0; step < 200'000; ++step) {
    uint32_t number = random() % 3000;
    FlowKey key = key_of(number);
    auto known = model.find(number);
    ASSERT_EQ(table.find(key), known == model.end() ? nullptr : known->second);
    if (known != model.end()) {
      table.erase(key);
      model.erase(known);
    } else {
      auto flow = std::make_unique<Flow>();
      flow->key = key;
      model[number] = flow.get();
      table.insert(std::move(flow));
    }
    ASSERT_EQ(table.size(), model.size());
  }
  for (const auto& [number, flow] : model) EXPECT_EQ(table.find(key_of(number)), flow);
  size_t seen = 0;
  table.for_each([&](Flow&) { ++seen; });
  EXPECT_EQ(seen, model.size());
}

TEST(FlowTable, ErasingWhatIsNotThereDoesNothing) {
  FlowTable table;
  table.erase(key_of(1));
  EXPECT_EQ(table.size(), 0u);
}

}  // namespace
}  // namespace ew::call
