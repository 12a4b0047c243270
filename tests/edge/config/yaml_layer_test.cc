#include "edge/config/yaml_layer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "edge/base/text.h"

namespace edge {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Errors(const std::string& text) {
  ConfigDraft draft;
  LayYaml("f.yaml", text, draft);
  return std::string(ToStd(draft.status().message()));
}

TEST(YamlLayerTest, EmptyFileAndEmptyBlocksChangeNothing) {
  for (const char* text :
       {"", "# nothing\n", "client:\n", "client: {}\n", "auth:\n  keys:\n", "namespaces: []\n"}) {
    EXPECT_EQ(Errors(text), "") << text;
  }
}

TEST(YamlLayerTest, BlockOfAListBeginsWithItsDefaults) {
  ConfigDraft draft;
  ASSERT_TRUE(LayYaml("f.yaml", "namespaces: [{name: a, presence: false}, {name: b}]\n", draft));
  EXPECT_FALSE(draft.config.namespaces(0).presence());
  EXPECT_TRUE(draft.config.namespaces(1).presence());
}

TEST(YamlLayerTest, ListReplacesWhatWasThere) {
  ConfigDraft draft;
  ASSERT_TRUE(LayYaml("f.yaml", "client: {allowed_origins: [a, b]}\n", draft));
  ASSERT_TRUE(LayYaml("g.yaml", "client: {allowed_origins: [c]}\n", draft));
  EXPECT_THAT(draft.config.client().allowed_origins(), ElementsAre("c"));
}

TEST(YamlLayerTest, AliasesWork) {
  ConfigDraft draft;
  ASSERT_TRUE(LayYaml("f.yaml", "client: {ping_interval: &t 10s, pong_timeout: *t}\n", draft));
  EXPECT_EQ(draft.config.client().pong_timeout(), 10000);
}

TEST(YamlLayerTest, UnknownKeyNamesItsLineAndTheNearest) {
  EXPECT_EQ(Errors("client:\n  listen: a:1\n  pingInterval: 5s\n"),
            "f.yaml:3: client.pingInterval: unknown key; did you mean ping_interval?");
}

TEST(YamlLayerTest, UnknownKeyUnlikeAnyListsThoseAllowed) {
  EXPECT_EQ(Errors("drain:\n  colour: red\n"),
            "f.yaml:2: drain.colour: unknown key; the keys here are timeout, closes_per_second");
}

TEST(YamlLayerTest, KeyOfAnotherBlockIsFound) {
  EXPECT_EQ(Errors("ping_interval: 5s\n"),
            "f.yaml:1: ping_interval: unknown key; did you mean client.ping_interval?");
}

TEST(YamlLayerTest, DottedKeyIsNoKeyOfTheFile) {
  EXPECT_EQ(Errors("client.listen: a:1\n"),
            "f.yaml:1: client.listen: unknown key; in the file a block's keys are indented under "
            "its name");
}

TEST(YamlLayerTest, KeyGivenTwiceIsAnError) {
  EXPECT_EQ(Errors("client:\n  max_rooms: 1\n  max_errors: 1\n  max_rooms: 2\n"),
            "f.yaml:4: client.max_rooms: given twice; the first is in line 2");
}

TEST(YamlLayerTest, MergeKeyIsNamed) {
  EXPECT_THAT(Errors("client: {<<: {max_rooms: 1}}\n"),
              HasSubstr("merge key, which is not supported"));
}

TEST(YamlLayerTest, KindsMustFit) {
  EXPECT_EQ(
      Errors("client:\n  listen: [a]\n"),
      "f.yaml:2: client.listen: a list where one value belongs; allowed: HOST:PORT or [IPV6]:PORT");
  EXPECT_EQ(Errors("client:\n  max_rooms: {}\n"),
            "f.yaml:2: client.max_rooms: a block where one value belongs; allowed: 1 to 10000");
  EXPECT_EQ(Errors("client:\n  allowed_origins: a\n"),
            "f.yaml:2: client.allowed_origins: a value where a list belongs; write each entry "
            "after \"- \"");
  EXPECT_THAT(Errors("drain: 5s\n"), HasSubstr("f.yaml:1: drain: a value where a block belongs"));
  EXPECT_THAT(Errors("namespaces:\n  - chat\n"),
              HasSubstr("f.yaml:2: namespaces[0]: a value where a block"));
  EXPECT_THAT(Errors("- a\n"), HasSubstr("f.yaml:1: a list where a block belongs"));
  EXPECT_THAT(Errors("client: {allowed_origins: [[a]]}\n"),
              HasSubstr("client.allowed_origins[0]: a list where"));
}

TEST(YamlLayerTest, ValueMustBeWritten) {
  EXPECT_EQ(Errors("drain:\n  timeout:\n"),
            "f.yaml:2: drain.timeout: has no value; allowed: 100ms to 1h");
  EXPECT_EQ(Errors("auth:\n  issuer:\n"),
            "f.yaml:2: auth.issuer: has no value; allowed: any text, \"\" for none");
}

TEST(YamlLayerTest, EveryErrorOfAListIsAtItsOwnLine) {
  EXPECT_THAT(Errors("auth:\n  keys:\n    - algorithm: a\n    - kid: b\n      algorithm: c\n"),
              AllOf(HasSubstr("f.yaml:3: auth.keys[0].algorithm: \"a\""),
                    HasSubstr("f.yaml:5: auth.keys[1].algorithm: \"c\"")));
}

TEST(YamlLayerTest, WhatIsNoYamlIsToldApart) {
  ConfigDraft draft;
  EXPECT_FALSE(LayYaml("f.yaml", "a: [", draft));
  EXPECT_TRUE(LayYaml("f.yaml", "a: 1", draft));
}

TEST(YamlLayerTest, BombOfAliasesIsRefusedAtOnce) {
  std::string bomb =
      "client:\n  allowed_origins: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
      "namespaces:\n  - &b {name: n}\n";
  for (int i = 0; i < 50000; ++i) bomb += "  - *b\n";
  EXPECT_THAT(Errors(bomb), HasSubstr("aliases make more than 100000 values of the file"));
}

}  // namespace
}  // namespace edge
