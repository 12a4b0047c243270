#include "edge/config/setting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "edge/base/text.h"
#include "edge/config/setting_path.h"

namespace edge {
namespace {

using gatehouse::v1::Config;
using gatehouse::v1::ControlSettings;
using gatehouse::v1::TokenKeySettings;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::testing::HasSubstr;
using ::testing::Not;

const FieldDescriptor& Field(const Message& block, const std::string& name) {
  return *block.GetDescriptor()->FindFieldByName(name);
}

// What SetSetting says to `text`, or "" when it takes it.
std::string Refusal(Message& block, const std::string& name, const std::string& text) {
  return std::string(ToStd(SetSetting(Field(block, name), text, block).message()));
}

TEST(SettingTest, EverySettingIsDeclaredWithHelp) {
  for (const KnownSetting& known : KnownSettings()) {
    EXPECT_TRUE(known.field->options().HasExtension(gatehouse::v1::setting)) << known.key;
    EXPECT_FALSE(SettingOf(*known.field).help().empty()) << known.key;
  }
}

TEST(SettingTest, EverySettingHasASupportedType) {
  for (const KnownSetting& known : KnownSettings()) {
    const auto type = known.field->cpp_type();
    EXPECT_TRUE(type == FieldDescriptor::CPPTYPE_STRING ||
                (!known.field->is_repeated() && (type == FieldDescriptor::CPPTYPE_BOOL ||
                                                 type == FieldDescriptor::CPPTYPE_UINT32 ||
                                                 type == FieldDescriptor::CPPTYPE_UINT64)))
        << known.key;
  }
}

TEST(SettingTest, EverySecretIsMarked) {
  for (const KnownSetting& known : KnownSettings()) {
    const std::string& name = known.field->name();
    EXPECT_EQ(SettingOf(*known.field).secret(), name == "secret" || name == "bearer") << known.key;
  }
}

TEST(SettingTest, DefaultsAreThoseDeclared) {
  const Config config = DefaultConfig();
  EXPECT_EQ(config.client().listen(), "0.0.0.0:8080");
  EXPECT_EQ(config.client().ping_interval(), 25000);
  EXPECT_EQ(config.client().max_message_size(), 65536);
  EXPECT_TRUE(config.auth().require_expiry());
  EXPECT_TRUE(config.default_namespace().presence());
  EXPECT_EQ(config.control().unix_socket_mode(), 0600);
}

TEST(SettingTest, NothingInsecureIsADefault) {
  const Config config = DefaultConfig();
  EXPECT_EQ(config.auth().keys_size(), 0);
  EXPECT_EQ(config.client().allowed_origins_size(), 0);
  EXPECT_EQ(config.control().listen(), "127.0.0.1:9090");
  EXPECT_FALSE(config.control().allow_unauthenticated());
}

TEST(SettingTest, BoundsAreInclusive) {
  gatehouse::v1::ClientSettings block;
  EXPECT_EQ(Refusal(block, "ping_interval", "1s"), "");
  EXPECT_EQ(block.ping_interval(), 1000);
  EXPECT_EQ(Refusal(block, "ping_interval", "1h"), "");
  EXPECT_EQ(Refusal(block, "ping_interval", "999ms"), "\"999ms\" is below the least allowed, 1s");
  EXPECT_EQ(Refusal(block, "ping_interval", "3600001ms"),
            "\"3600001ms\" is above the greatest allowed, 1h");
}

TEST(SettingTest, BadValuesSayWhatIsAllowedAndChangeNothing) {
  gatehouse::v1::ClientSettings block;
  block.set_max_rooms(7);
  EXPECT_THAT(Refusal(block, "max_rooms", "many"), HasSubstr("1 to 10000"));
  EXPECT_THAT(Refusal(block, "max_rooms", "4294967297"), HasSubstr("10000"));
  EXPECT_EQ(block.max_rooms(), 7U);
  EXPECT_THAT(Refusal(block, "max_message_size", "64KB"), HasSubstr("64KiB"));
  EXPECT_THAT(Refusal(block, "refuse_after_upgrade", "yes"), HasSubstr("true or false"));
  EXPECT_THAT(Refusal(block, "listen", ":80"), HasSubstr("HOST:PORT"));
}

TEST(SettingTest, OnlyListedValuesAreAllowed) {
  TokenKeySettings key;
  EXPECT_EQ(Refusal(key, "algorithm", "ES256"), "");
  EXPECT_THAT(Refusal(key, "algorithm", "none"), HasSubstr("one of HS256, HS384"));
  EXPECT_EQ(key.algorithm(), "ES256");
}

TEST(SettingTest, TextMustBeCleanUtf8) {
  TokenKeySettings key;
  EXPECT_EQ(Refusal(key, "kid", "schl\xc3\xbcssel"), "");
  EXPECT_THAT(Refusal(key, "kid", "\xff\xfe"), HasSubstr("UTF-8"));
  EXPECT_THAT(Refusal(key, "kid", std::string("a\0b", 3)), HasSubstr("control character"));
  EXPECT_THAT(Refusal(key, "kid", "a\x7f"), HasSubstr("control character"));
  EXPECT_EQ(Refusal(key, "public_key", "-----BEGIN PUBLIC KEY-----\nMFkw\n"), "");
}

TEST(SettingTest, SecretIsNotShownInAnError) {
  TokenKeySettings key;
  const std::string message = Refusal(key, "secret", "hunter2\x01");
  EXPECT_THAT(message, HasSubstr("control character"));
  EXPECT_THAT(message, Not(HasSubstr("hunter2")));
}

TEST(SettingTest, AListGrowsByOne) {
  gatehouse::v1::ClientSettings block;
  EXPECT_EQ(Refusal(block, "allowed_origins", "https://a.example"), "");
  EXPECT_EQ(Refusal(block, "allowed_origins", "https://b.example"), "");
  EXPECT_THAT(block.allowed_origins(),
              testing::ElementsAre("https://a.example", "https://b.example"));
}

TEST(SettingTest, AllowedTextNamesTheKind) {
  EXPECT_EQ(AllowedText(Field(ControlSettings(), "listen")), "HOST:PORT or [IPV6]:PORT");
  EXPECT_EQ(AllowedText(Field(ControlSettings(), "reflection")), "true or false");
  EXPECT_EQ(AllowedText(Field(ControlSettings(), "max_deadline")), "100ms to 10m");
  EXPECT_EQ(AllowedText(Field(TokenKeySettings(), "secret_file")), "path of a readable file");
}

TEST(SettingTest, QuotedIsOneShortLine) {
  EXPECT_EQ(Quoted("a\nb\x1b"), "\"a\\x0ab\\x1b\"");
  EXPECT_EQ(Quoted(std::string(64, 'x')).size(), 66U);
  EXPECT_EQ(Quoted(std::string(65, 'x')), "\"" + std::string(64, 'x') + "...\"");
}

}  // namespace
}  // namespace edge
