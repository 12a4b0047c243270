#include "edge/auth/api_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using gatehouse::v1::ControlSettings;
using testing::HasSubstr;

void AddKey(ControlSettings& settings, const std::string& name, const std::string& sha256) {
  auto& key = *settings.add_api_keys();
  key.set_name(name);
  key.set_sha256(sha256);
}

// SHA-256 of "abc" and of "" (FIPS 180-4's examples).
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kAbcUpper[] = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
constexpr char kEmpty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(ApiKeysTest, FindTheCallerOfAKeyByItsHash) {
  ControlSettings settings;
  AddKey(settings, "other", kEmpty);
  AddKey(settings, "chat", kAbc);
  const auto keys = ApiKeys::Load(settings);
  ASSERT_TRUE(keys.ok());
  const auto caller = keys->Find("abc");
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->name, "chat");
}

TEST(ApiKeysTest, DoNotKnowAnotherKeyNorTheHashItself) {
  ControlSettings settings;
  AddKey(settings, "chat", kAbc);
  const auto keys = ApiKeys::Load(settings);
  ASSERT_TRUE(keys.ok());
  for (const char* wrong : {"", "ab", "abcd", "Abc", "abc ", kAbc}) {
    EXPECT_FALSE(keys->Find(wrong).has_value()) << wrong;
  }
}

TEST(ApiKeysTest, NoKeysKnowNobody) {
  const auto keys = ApiKeys::Load({});
  ASSERT_TRUE(keys.ok());
  EXPECT_TRUE(keys->empty());
  EXPECT_FALSE(keys->Find("").has_value());
}

TEST(ApiKeysTest, HexDigitsMayBeOfEitherCase) {
  ControlSettings settings;
  AddKey(settings, "chat", kAbcUpper);
  const auto keys = ApiKeys::Load(settings);
  ASSERT_TRUE(keys.ok());
  EXPECT_TRUE(keys->Find("abc").has_value());
}

TEST(ApiKeysTest, RefuseAHashThatIsNot64HexDigits) {
  const std::string good = kAbc;
  for (const std::string& bad : {std::string(), good.substr(1), good + "0", "g" + good.substr(1),
                                 " " + good.substr(1), "0x" + good.substr(2)}) {
    ControlSettings settings;
    AddKey(settings, "chat", bad);
    const auto keys = ApiKeys::Load(settings);
    EXPECT_EQ(keys.status().code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(keys.status().message()), HasSubstr("'chat'"));
  }
}

TEST(ApiKeysTest, RefuseANameGivenTwice) {
  ControlSettings settings;
  AddKey(settings, "chat", kAbc);
  AddKey(settings, "chat", kEmpty);
  EXPECT_EQ(ApiKeys::Load(settings).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ApiKeysTest, RefuseOneKeyWithTwoScopes) {
  ControlSettings settings;
  AddKey(settings, "reader", kAbc);
  AddKey(settings, "admin", kAbcUpper);
  EXPECT_EQ(ApiKeys::Load(settings).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ApiKeysTest, CarryTheScopesOfEachKey) {
  ControlSettings settings;
  AddKey(settings, "chat", kAbc);
  settings.mutable_api_keys(0)->add_rpcs("Broadcast");
  settings.mutable_api_keys(0)->add_rooms("chat:");
  const auto keys = ApiKeys::Load(settings);
  ASSERT_TRUE(keys.ok());
  const CallerScopes& scopes = *keys->Find("abc")->scopes;
  EXPECT_TRUE(scopes.MayCall("Broadcast"));
  EXPECT_FALSE(scopes.MayCall("Kick"));
  EXPECT_TRUE(scopes.MayNameRoom("chat:1"));
  EXPECT_FALSE(scopes.MayNameRoom("game:1"));
  EXPECT_TRUE(scopes.restricted_to_rooms());
}

TEST(CallerScopesTest, EmptyListsMeanEverything) {
  const CallerScopes scopes;
  EXPECT_TRUE(scopes.MayCall("Kick"));
  EXPECT_TRUE(scopes.MayNameRoom("any"));
  EXPECT_FALSE(scopes.restricted_to_rooms());
}

TEST(CallerScopesTest, NamesOfRpcsAreExactAndPrefixesOfRoomsAreText) {
  const CallerScopes scopes{.rpcs = {"Broadcast"}, .room_prefixes = {"chat:", "a"}};
  EXPECT_FALSE(scopes.MayCall("BroadcastStream"));
  EXPECT_FALSE(scopes.MayCall("broadcast"));
  EXPECT_FALSE(scopes.MayNameRoom("chat"));
  EXPECT_TRUE(scopes.MayNameRoom("ab"));
}

}  // namespace
}  // namespace edge
