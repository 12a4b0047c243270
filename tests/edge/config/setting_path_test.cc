#include "edge/config/setting_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace edge {
namespace {

using ::testing::Contains;

std::string KeyOf(const std::optional<SettingPath>& path) {
  return path ? SettingKey(*path) : "nothing";
}

// N as an index that can be parsed.
std::string WithZero(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from)) {
    text.replace(at, from.size(), to);
  }
  return text;
}

TEST(SettingPathTest, KeysAreWrittenWithDotsAndBrackets) {
  EXPECT_EQ(KeyOf(ParseSettingKey("client.listen")), "client.listen");
  EXPECT_EQ(KeyOf(ParseSettingKey("auth.keys[0].kid")), "auth.keys[0].kid");
  EXPECT_EQ(KeyOf(ParseSettingKey("auth.keys.12.kid")), "auth.keys[12].kid");
  EXPECT_EQ(KeyOf(ParseSettingKey("control.tls.clients[3].rpcs")), "control.tls.clients[3].rpcs");
}

TEST(SettingPathTest, BlocksHaveAKeyToo) {
  EXPECT_EQ(KeyOf(ParseSettingKey("client")), "client");
  EXPECT_EQ(KeyOf(ParseSettingKey("auth.keys")), "auth.keys");
  EXPECT_EQ(KeyOf(ParseSettingKey("auth.keys[1]")), "auth.keys[1]");
}

TEST(SettingPathTest, UnknownKeysAreNothing) {
  for (const char* key :
       {"", ".", "client.", ".client", "client..listen", "client.listen.x", "listen",
        "Client.listen", "auth.keys.kid", "auth.keys[].kid", "auth.keys[-1].kid",
        "auth.keys[00].kid", "auth.keys[10000].kid", "auth.keys[99999999999].kid",
        "client[0].listen", "client.allowed_origins[0]"}) {
    EXPECT_EQ(KeyOf(ParseSettingKey(key)), "nothing") << key;
  }
}

TEST(SettingPathTest, VariablesAreWrittenInCapitals) {
  EXPECT_EQ(KeyOf(ParseEnvironmentName("GATEHOUSE_CLIENT_LISTEN")), "client.listen");
  EXPECT_EQ(KeyOf(ParseEnvironmentName("GATEHOUSE_CLIENT_MAX_ROOMS")), "client.max_rooms");
  EXPECT_EQ(KeyOf(ParseEnvironmentName("GATEHOUSE_AUTH_KEYS_0_SECRET_FILE")),
            "auth.keys[0].secret_file");
  EXPECT_EQ(KeyOf(ParseEnvironmentName("GATEHOUSE_CONTROL_API_KEYS_2_SHA256")),
            "control.api_keys[2].sha256");
}

TEST(SettingPathTest, UnknownVariablesAreNothing) {
  for (const char* name :
       {"GATEHOUSE", "GATEHOUSE_", "GATEHOUSE_X", "CLIENT_LISTEN", "gatehouse_client_listen",
        "GATEHOUSE_CLIENT_LISTEN_", "GATEHOUSE_client_listen", "GATEHOUSEX_CLIENT_LISTEN",
        "GATEHOUSE_AUTH_KEYS_SECRET", "GATEHOUSE_AUTH_KEYS_A_SECRET"}) {
    EXPECT_EQ(KeyOf(ParseEnvironmentName(name)), "nothing") << name;
  }
}

TEST(SettingPathTest, EverySettingIsFoundByItsKeyAndItsVariable) {
  ASSERT_GT(KnownSettings().size(), 60U);
  for (const KnownSetting& known : KnownSettings()) {
    const auto by_key = ParseSettingKey(WithZero(known.key, "[N]", "[0]"));
    const auto by_name = ParseEnvironmentName(WithZero(known.environment, "_N_", "_0_"));
    ASSERT_TRUE(by_key && by_name) << known.key;
    EXPECT_EQ(*by_key, *by_name) << known.key;
    EXPECT_EQ(by_key->back().field, known.field) << known.key;
  }
}

TEST(SettingPathTest, NoTwoSettingsShareAVariable) {
  std::set<std::string> names;
  for (const KnownSetting& known : KnownSettings()) {
    EXPECT_TRUE(names.insert(known.environment).second) << known.environment;
  }
}

TEST(SettingPathTest, KnownKeysAreThoseOfTheSettings) {
  EXPECT_THAT(KnownSettingKeys(), Contains("auth.keys[N].secret"));
  EXPECT_EQ(KnownSettingKeys().size(), KnownSettings().size());
}

}  // namespace
}  // namespace edge
