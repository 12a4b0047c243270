#include "edge/base/name_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <unordered_map>

#include "edge/base/ids.h"

namespace edge {
namespace {

using ::testing::HasSubstr;

std::string MessageOf(const absl::Status& status) {
  return std::string(ToStd(status.message()));
}

TEST(CheckRoomNameTest, AcceptsExactlyTheDocumentedCharacters) {
  const std::string allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:#@/=+~,!$";
  for (int c = 0; c < 256; ++c) {
    const std::string name(1, static_cast<char>(c));
    EXPECT_EQ(CheckRoomName(name).ok(), allowed.find(static_cast<char>(c)) != std::string::npos)
        << c;
  }
}

TEST(CheckRoomNameTest, AcceptsUpTo255Bytes) {
  EXPECT_TRUE(CheckRoomName(std::string(255, 'a')).ok());
  const absl::Status status = CheckRoomName(std::string(256, 'a'));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MessageOf(status), "room name is 256 bytes, limit 255");
}

TEST(CheckRoomNameTest, RefusesTheEmptyName) {
  EXPECT_EQ(CheckRoomName("").code(), absl::StatusCode::kInvalidArgument);
}

TEST(CheckRoomNameTest, NamesTheByteAndItsPlace) {
  EXPECT_THAT(MessageOf(CheckRoomName("chat:a b")), HasSubstr("0x20 at 6"));
}

TEST(CheckUserIdTest, AcceptsUtf8WithoutControlCharacters) {
  EXPECT_TRUE(CheckUserId("Zo\xc3\xab Smith <zoe@example.com>").ok());
  EXPECT_TRUE(CheckUserId(std::string(255, 'a')).ok());
}

TEST(CheckUserIdTest, RefusesEmptyLongAndControlCharacters) {
  EXPECT_FALSE(CheckUserId("").ok());
  EXPECT_FALSE(CheckUserId(std::string(256, 'a')).ok());
  EXPECT_FALSE(CheckUserId("a\nb").ok());
  EXPECT_FALSE(CheckUserId("a\x7f").ok());
  EXPECT_FALSE(CheckUserId(std::string_view("a\0b", 3)).ok());
}

TEST(NamespaceOfTest, IsThePartBeforeTheFirstColon) {
  EXPECT_EQ(NamespaceOf("chat:lobby:2"), "chat");
  EXPECT_EQ(NamespaceOf("lobby"), "");
  EXPECT_EQ(NamespaceOf(":lobby"), "");
}

TEST(StringIdTest, IsFoundByTextWithoutACopy) {
  std::unordered_map<RoomName, int, IdHash, IdEqual> rooms;
  rooms.emplace(RoomName("a"), 1);
  EXPECT_EQ(rooms.find(std::string_view("a"))->second, 1);
  EXPECT_EQ(rooms.find(std::string_view("b")), rooms.end());
}

}  // namespace
}  // namespace edge
