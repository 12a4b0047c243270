#include "edge/config/nearest_name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace edge {
namespace {

const std::vector<std::string> kNames = {"listen", "ping_interval", "pong_timeout", "max_rooms"};

TEST(NearestNameTest, FindsWhatWasProbablyMeant) {
  EXPECT_EQ(NearestName("lisen", kNames), "listen");
  EXPECT_EQ(NearestName("pingInterval", kNames), "ping_interval");
  EXPECT_EQ(NearestName("max-room", kNames), "max_rooms");
  EXPECT_EQ(NearestName("auht", std::vector<std::string>{"auth"}), "auth") << "swapped letters";
}

TEST(NearestNameTest, NothingIsNearWhatIsUnlike) {
  EXPECT_EQ(NearestName("cookies", kNames), std::nullopt);
  EXPECT_EQ(NearestName("", kNames), std::nullopt);
  EXPECT_EQ(NearestName("listen", {}), std::nullopt);
}

TEST(NearestNameTest, TheNearestWins) {
  EXPECT_EQ(NearestName("ac", std::vector<std::string>{"bd", "ab", "ac"}), "ac");
}

TEST(NearestNameTest, OverlongNameIsNearNothing) {
  const std::string exact(129, 'a');
  EXPECT_EQ(NearestName(exact, std::vector<std::string>{exact}), std::nullopt);
}

}  // namespace
}  // namespace edge
