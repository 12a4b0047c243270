#include "edge/hooks/trace_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::MatchesRegex;

constexpr char kGiven[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr char kForm[] = "00-[0-9a-f]+-[0-9a-f]+-[0-9a-f][0-9a-f]";

TEST(TraceContextTest, KeepsAClientsTrace) {
  EXPECT_EQ(AdoptTraceparent(kGiven), kGiven);
}

TEST(TraceContextTest, MakesOneWhereThereIsNoneOrOneThatIsNotValid) {
  for (const char* const bad : {"", "x", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x"}) {
    const std::string made = AdoptTraceparent(bad);
    EXPECT_THAT(made, MatchesRegex(kForm)) << bad;
    EXPECT_EQ(made.size(), 55U);
    EXPECT_NE(made, AdoptTraceparent(bad));
  }
}

TEST(TraceContextTest, AQuestionHasTheTraceAndAParentOfItsOwn) {
  const std::string child = ChildTraceparent(kGiven);
  EXPECT_EQ(child.substr(0, 36), std::string(kGiven).substr(0, 36));
  EXPECT_EQ(child.substr(52), "-01");
  EXPECT_NE(child, kGiven);
  EXPECT_NE(child, ChildTraceparent(kGiven));
  EXPECT_EQ(ChildTraceparent(""), "");
}

}  // namespace
}  // namespace edge
