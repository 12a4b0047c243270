#include "edge/auth/room_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/base/random.h"

namespace edge {
namespace {

using testing::ElementsAre;

TEST(RoomPatternTest, WithoutAStarIsExactText) {
  EXPECT_TRUE(MatchesRoomPattern("chat:1", "chat:1"));
  EXPECT_FALSE(MatchesRoomPattern("chat:1", "chat:10"));
  EXPECT_FALSE(MatchesRoomPattern("chat:1", "chat:"));
  EXPECT_FALSE(MatchesRoomPattern("chat:1", "Chat:1"));
}

TEST(RoomPatternTest, StarAtTheEndTakesAnythingAlsoNothingAndColons) {
  EXPECT_TRUE(MatchesRoomPattern("chat:*", "chat:1"));
  EXPECT_TRUE(MatchesRoomPattern("chat:*", "chat:"));
  EXPECT_TRUE(MatchesRoomPattern("chat:*", "chat:a:b"));
  EXPECT_FALSE(MatchesRoomPattern("chat:*", "chat"));
  EXPECT_FALSE(MatchesRoomPattern("chat:*", "xchat:1"));
}

TEST(RoomPatternTest, StarAloneTakesEveryRoom) {
  EXPECT_TRUE(MatchesRoomPattern("*", "a"));
  EXPECT_TRUE(MatchesRoomPattern("*", "a:b:c"));
  EXPECT_TRUE(MatchesRoomPattern("**", "a"));
}

TEST(RoomPatternTest, StarInTheMiddleHoldsBothEnds) {
  EXPECT_TRUE(MatchesRoomPattern("user:*:inbox", "user:7:inbox"));
  EXPECT_TRUE(MatchesRoomPattern("user:*:inbox", "user:7:inbox:inbox"));
  EXPECT_FALSE(MatchesRoomPattern("user:*:inbox", "user:7:outbox"));
  EXPECT_FALSE(MatchesRoomPattern("user:*:inbox", "user:inbox"));
}

TEST(RoomPatternTest, StarAtTheFrontHoldsTheEnd) {
  EXPECT_TRUE(MatchesRoomPattern("*:inbox", "user:7:inbox"));
  EXPECT_FALSE(MatchesRoomPattern("*:inbox", "user:7:inbox2"));
}

// The definition, without cleverness.
bool NaiveMatch(std::string_view pattern, std::string_view room) {
  if (pattern.empty()) return room.empty();
  if (pattern[0] != '*') {
    return !room.empty() && room[0] == pattern[0] && NaiveMatch(pattern.substr(1), room.substr(1));
  }
  return NaiveMatch(pattern.substr(1), room) ||
         (!room.empty() && NaiveMatch(pattern, room.substr(1)));
}

std::string RandomText(FastRandom& random, std::string_view alphabet, size_t longest) {
  std::string text;
  for (size_t size = random.Below(longest + 1); size > 0; --size) {
    text += alphabet[random.Below(alphabet.size())];
  }
  return text;
}

TEST(RoomPatternTest, AgreesWithItsDefinitionOnRandomTexts) {
  FastRandom random(7);
  for (int i = 0; i < 50000; ++i) {
    const std::string pattern = RandomText(random, "ab*", 8);
    const std::string room = RandomText(random, "ab", 10);
    ASSERT_EQ(MatchesRoomPattern(pattern, room), NaiveMatch(pattern, room))
        << pattern << " " << room;
  }
}

TEST(RoomPatternTest, ManyStarsDoNotTakeExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 80; ++i) pattern += "a*";
  pattern += "b";
  EXPECT_FALSE(MatchesRoomPattern(pattern, std::string(255, 'a')));
}

TEST(RoomPatternsTest, MatchWhenAnyOfThemDoes) {
  const auto patterns = RoomPatterns::Parse({"lobby", "chat:*"});
  ASSERT_TRUE(patterns.ok());
  EXPECT_TRUE(patterns->Matches("lobby"));
  EXPECT_TRUE(patterns->Matches("chat:1"));
  EXPECT_FALSE(patterns->Matches("game:1"));
  EXPECT_THAT(patterns->patterns(), ElementsAre("lobby", "chat:*"));
}

TEST(RoomPatternsTest, NoneMatchNothing) {
  EXPECT_FALSE(RoomPatterns().Matches("lobby"));
}

TEST(RoomPatternsTest, RefuseWhatNoRoomNameCanBe) {
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("é"),
                                 std::string("a?"), std::string("a\n"), std::string("a\0b", 3)}) {
    EXPECT_EQ(RoomPatterns::Parse({"good", bad}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

TEST(RoomPatternsTest, RefuseOneOver255Bytes) {
  EXPECT_TRUE(RoomPatterns::Parse({std::string(255, 'a')}).ok());
  EXPECT_FALSE(RoomPatterns::Parse({std::string(256, 'a')}).ok());
}

TEST(RoomPatternsTest, RefuseMoreThan64) {
  EXPECT_TRUE(RoomPatterns::Parse(std::vector<std::string>(64, "a")).ok());
  EXPECT_FALSE(RoomPatterns::Parse(std::vector<std::string>(65, "a")).ok());
}

}  // namespace
}  // namespace edge
