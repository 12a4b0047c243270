#include "edge/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace edge {
namespace {

using ::testing::HasSubstr;

std::string Expose(const std::vector<const ShardMetrics*>& shards) {
  return ExposeMetrics(shards);
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(ExposeMetricsTest, SumsOverAllShards) {
  ShardMetrics first, second;
  first.deliveries.Add(5);
  second.deliveries.Add();
  second.sessions.Add(3);
  first.sessions.Add(-1);
  const std::string text = Expose({&first, &second});
  EXPECT_THAT(text, HasSubstr("\ngatehouse_deliveries_total 6\n"));
  EXPECT_THAT(text, HasSubstr("\ngatehouse_sessions 2\n"));
}

TEST(ExposeMetricsTest, ShowsEveryMetricAsZeroBeforeAnythingHappened) {
  const ShardMetrics metrics;
  const std::string text = Expose({&metrics});
#define GATEHOUSE_EXPECT_ZERO(member, name, help) EXPECT_THAT(text, HasSubstr("\n" name " 0\n"));
  GATEHOUSE_COUNTERS(GATEHOUSE_EXPECT_ZERO)
  GATEHOUSE_GAUGES(GATEHOUSE_EXPECT_ZERO)
#undef GATEHOUSE_EXPECT_ZERO
}

// The text format 0.0.4: HELP, TYPE and the sample of each metric, once and in this order.
TEST(ExposeMetricsTest, IsHelpTypeAndSampleOnceForEachName) {
  const ShardMetrics metrics;
  const std::string text = Expose({&metrics});
  ASSERT_TRUE(text.ends_with("\n"));
  const std::vector<std::string> lines = LinesOf(text);
  ASSERT_EQ(lines.size() % 3, 0U);
  const std::regex help("# HELP ([a-z_]+) [A-Z].*\\."), type("# TYPE ([a-z_]+) (counter|gauge)"),
      sample("([a-z_]+) -?[0-9.e+]+");
  std::set<std::string> names;
  for (size_t i = 0; i < lines.size(); i += 3) {
    std::smatch of_help, of_type, of_sample;
    ASSERT_TRUE(std::regex_match(lines[i], of_help, help)) << lines[i];
    ASSERT_TRUE(std::regex_match(lines[i + 1], of_type, type)) << lines[i + 1];
    ASSERT_TRUE(std::regex_match(lines[i + 2], of_sample, sample)) << lines[i + 2];
    EXPECT_EQ(of_help[1], of_type[1]);
    EXPECT_EQ(of_help[1], of_sample[1]);
    EXPECT_TRUE(names.insert(of_help[1]).second) << of_help[1] << " twice";
    EXPECT_EQ(of_help[1].str().ends_with("_total"), of_type[2] == "counter") << of_help[1];
    EXPECT_TRUE(of_help[1].str().starts_with("gatehouse_"));
  }
}

TEST(ExposeMetricsTest, WritesLargeNumbersExactly) {
  ShardMetrics metrics;
  metrics.bytes_sent.Add(123456789012345);
  const std::string text = Expose({&metrics});
  const std::string name = "\ngatehouse_bytes_sent_total ";
  const size_t begin = text.find(name) + name.size();
  EXPECT_EQ(std::stod(text.substr(begin)), 123456789012345.0);
}

TEST(AppendMetricTest, EscapesLineEndsAndBackslashesInTheHelp) {
  std::string out;
  AppendMetric("name", "a\\b\nc", "gauge", 1.5, out);
  EXPECT_EQ(out, "# HELP name a\\\\b\\nc\n# TYPE name gauge\nname 1.5\n");
}

TEST(ShardMetricsTest, TwoShardsShareNoCacheLine) {
  EXPECT_EQ(sizeof(ShardMetrics) % 64, 0U);
  EXPECT_EQ(alignof(ShardMetrics), 64U);
}

}  // namespace
}  // namespace edge
