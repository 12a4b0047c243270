#include "edge/config/override_layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "edge/base/text.h"

namespace edge {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Errors(const ConfigDraft& draft) {
  return std::string(ToStd(draft.status().message()));
}

std::string EnvironmentErrors(const NamedTexts& environment) {
  ConfigDraft draft;
  LayEnvironment(environment, draft);
  return Errors(draft);
}

std::string FlagErrors(const NamedTexts& flags) {
  ConfigDraft draft;
  LayFlags(flags, draft);
  return Errors(draft);
}

TEST(OverrideLayerTest, OtherVariablesAreIgnored) {
  EXPECT_EQ(
      EnvironmentErrors({{"HOME", "/"}, {"GATEHOUSEX", "1"}, {"gatehouse_x", "1"}, {"", "x"}}), "");
  for (const auto& [name, use] : OtherVariables())
    EXPECT_EQ(EnvironmentErrors({{name, "x"}}), "") << name;
}

TEST(OverrideLayerTest, UnknownVariableIsAnError) {
  EXPECT_EQ(EnvironmentErrors({{"GATEHOUSE_CLIENT_PING_INTERVALL", "5s"}}),
            "GATEHOUSE_CLIENT_PING_INTERVALL: no setting has this variable; did you mean "
            "GATEHOUSE_CLIENT_PING_INTERVAL?");
  EXPECT_EQ(EnvironmentErrors({{"GATEHOUSE_COLOUR", "red"}}),
            "GATEHOUSE_COLOUR: no setting has this variable; `gatehouse print-config --reference` "
            "lists them");
  EXPECT_THAT(EnvironmentErrors({{"GATEHOUSE_CONFG", "x"}}),
              HasSubstr("did you mean GATEHOUSE_CONFIG?"));
}

TEST(OverrideLayerTest, SuggestionKeepsTheIndex) {
  EXPECT_THAT(EnvironmentErrors({{"GATEHOUSE_AUTH_KEYS_3_SECRT", "x"}}),
              HasSubstr("did you mean GATEHOUSE_AUTH_KEYS_3_SECRET?"));
  EXPECT_THAT(FlagErrors({{"auth.keys.3.kidd", "x"}}), HasSubstr("did you mean auth.keys[3].kid?"));
  EXPECT_THAT(FlagErrors({{"auth.keys[3].kidd", "x"}}),
              HasSubstr("did you mean auth.keys[3].kid?"));
}

TEST(OverrideLayerTest, LinksToAServiceOfThatNameAreNoSettings) {
  EXPECT_EQ(EnvironmentErrors({{"GATEHOUSE_SERVICE_HOST", "10.0.0.1"},
                               {"GATEHOUSE_SERVICE_PORT", "9090"},
                               {"GATEHOUSE_SERVICE_PORT_GRPC", "9090"},
                               {"GATEHOUSE_PORT", "tcp://10.0.0.1:9090"},
                               {"GATEHOUSE_PORT_9090_TCP", "tcp://10.0.0.1:9090"},
                               {"GATEHOUSE_PORT_9090_TCP_ADDR", "10.0.0.1"},
                               {"GATEHOUSE_CLIENT_PORT_8080_TCP_PROTO", "tcp"},
                               {"GATEHOUSE_CONTROL_SERVICE_HOST", "10.0.0.1"}}),
            "");
}

TEST(OverrideLayerTest, WhatOnlyLooksLikeAServiceIsAnError) {
  EXPECT_THAT(EnvironmentErrors({{"GATEHOUSE_CLIENT_PORT", "8080"}}),
              HasSubstr("no setting has this variable"));
  EXPECT_THAT(EnvironmentErrors({{"GATEHOUSE_PORT_X_TCP", "1"}}),
              HasSubstr("no setting has this variable"));
  EXPECT_THAT(EnvironmentErrors({{"GATEHOUSE_TCP", "1"}}),
              HasSubstr("no setting has this variable"));
}

TEST(OverrideLayerTest, ListIsSeparatedByCommas) {
  ConfigDraft draft;
  LayEnvironment({{"GATEHOUSE_CLIENT_ALLOWED_ORIGINS", " https://a.example ,, https://b.example,"}},
                 draft);
  EXPECT_THAT(draft.config.client().allowed_origins(),
              ElementsAre("https://a.example", "https://b.example"));
  LayFlags({{"client.allowed_origins", ""}}, draft);
  EXPECT_EQ(draft.config.client().allowed_origins_size(), 0);
}

TEST(OverrideLayerTest, OrderOfTheEnvironmentDoesNotMatter) {
  ConfigDraft draft;
  NamedTexts environment;
  for (int i = 11; i >= 0; --i) {
    environment.emplace_back("GATEHOUSE_NAMESPACES_" + std::to_string(i) + "_NAME",
                             "n" + std::to_string(i));
  }
  LayEnvironment(environment, draft);
  EXPECT_EQ(Errors(draft), "");
  ASSERT_EQ(draft.config.namespaces_size(), 12);
  EXPECT_EQ(draft.config.namespaces(10).name(), "n10");
}

TEST(OverrideLayerTest, AddedBlockHasItsDefaults) {
  ConfigDraft draft;
  LayFlags({{"namespaces.0.name", "chat"}}, draft);
  EXPECT_TRUE(draft.config.namespaces(0).client_publish());
  EXPECT_EQ(draft.config.namespaces(0).max_members(), 100000U);
}

TEST(OverrideLayerTest, NoIndexIsLeftOut) {
  EXPECT_EQ(EnvironmentErrors({{"GATEHOUSE_NAMESPACES_1_NAME", "chat"}}),
            "GATEHOUSE_NAMESPACES_1_NAME: namespaces[1].name: the list has 0 entries so far; the "
            "next is [0]");
}

TEST(OverrideLayerTest, LastFlagOfAKeyWins) {
  ConfigDraft draft;
  LayFlags({{"log.level", "debug"}, {"node.name", "a"}, {"log.level", "warn"}}, draft);
  EXPECT_EQ(draft.config.log().level(), "warn");
}

TEST(OverrideLayerTest, BlockTakesNoValue) {
  EXPECT_EQ(FlagErrors({{"client", "x"}}),
            "--set: client: is a block, not a value; set what is in it, such as client.listen");
  EXPECT_THAT(EnvironmentErrors({{"GATEHOUSE_AUTH_KEYS", "x"}}),
              HasSubstr("such as auth.keys[0].kid"));
  EXPECT_THAT(FlagErrors({{"auth.keys[0]", "x"}}), HasSubstr("such as auth.keys[0].kid"));
}

TEST(OverrideLayerTest, UnknownFlagIsQuoted) {
  EXPECT_THAT(FlagErrors({{"a\nb", "x"}}), HasSubstr("--set: \"a\\x0ab\": unknown key"));
}

}  // namespace
}  // namespace edge
