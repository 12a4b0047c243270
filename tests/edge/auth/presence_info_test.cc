#include "edge/auth/presence_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/base/text.h"

namespace edge {
namespace {

using testing::HasSubstr;

std::string Nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(PresenceInfoTest, WhiteSpaceBetweenThePartsGoesAndThatInStringsStays) {
  EXPECT_EQ(CompactJson(" { \"a b\" :\t[ 1 ,\r\n \"x  \\\" y\\\\\" , null ] } "),
            R"({"a b":[1,"x  \" y\\",null]})");
  EXPECT_EQ(CompactJson("\"\""), "\"\"");
  EXPECT_EQ(CompactJson(" -1.50e+3 "), "-1.50e+3");
  EXPECT_EQ(CompactJson(""), "");
}

TEST(PresenceInfoTest, IsBoundedInBytesAndDepth) {
  EXPECT_TRUE(CheckPresenceInfo("123456", 6).ok());
  EXPECT_THAT(ToStd(CheckPresenceInfo("1234567", 6).message()), HasSubstr("7 bytes, limit 6"));
  EXPECT_TRUE(CheckPresenceInfo(Nested(kMaxPresenceInfoDepth), 1024).ok());
  const absl::Status deep = CheckPresenceInfo(Nested(kMaxPresenceInfoDepth + 1), 1024);
  EXPECT_EQ(deep.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(ToStd(deep.message()), HasSubstr("33 deep, limit 32"));
}

TEST(PresenceInfoTest, BracketsInStringsAndBesideEachOtherAreNoDepth) {
  EXPECT_TRUE(CheckPresenceInfo("\"" + std::string(100, '[') + "\\\"{\"", 1024).ok());
  std::string wide = "[";
  for (int i = 0; i < 100; ++i) wide += "{},";
  EXPECT_TRUE(CheckPresenceInfo(wide + "[]]", 1024).ok());
}

}  // namespace
}  // namespace edge
