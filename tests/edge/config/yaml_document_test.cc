#include "edge/config/yaml_document.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "edge/base/text.h"

namespace edge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

YamlNodePtr Parsed(const std::string& text) {
  auto root = ParseYaml("f.yaml", text);
  EXPECT_TRUE(root.ok()) << root.status();
  return root.ok() ? *root : std::make_shared<YamlNode>();
}

std::string Refusal(const std::string& text) {
  const auto root = ParseYaml("f.yaml", text);
  return root.ok() ? "" : std::string(ToStd(root.status().message()));
}

std::string Nested(int depth) {
  return std::string(static_cast<size_t>(depth), '[');
}

TEST(YamlDocumentTest, KeepsKindsTextAndLines) {
  const YamlNodePtr root = Parsed("a: 1\nb:\n  - x\n  - \"y\"\nc:\n");
  ASSERT_EQ(root->kind, YamlNode::Kind::kMap);
  ASSERT_EQ(root->entries.size(), 3U);
  EXPECT_EQ(root->entries[0].value->text, "1");
  EXPECT_EQ(root->entries[1].line, 2);
  ASSERT_EQ(root->entries[1].value->kind, YamlNode::Kind::kList);
  EXPECT_EQ(root->entries[1].value->items[1]->text, "y");
  EXPECT_EQ(root->entries[1].value->items[1]->line, 4);
  EXPECT_EQ(root->entries[2].value->kind, YamlNode::Kind::kNull);
}

TEST(YamlDocumentTest, ConvertsNothing) {
  const YamlNodePtr root = Parsed("a: 0600\nb: yes\nc: 1e3\nd: 12:30:00\n");
  EXPECT_EQ(root->entries[0].value->text, "0600");
  EXPECT_EQ(root->entries[1].value->text, "yes");
  EXPECT_EQ(root->entries[2].value->text, "1e3");
  EXPECT_EQ(root->entries[3].value->text, "12:30:00");
}

TEST(YamlDocumentTest, JsonIsYaml) {
  const YamlNodePtr root = Parsed("{\n \"a\": {\n  \"b\": [\"x\", 1]\n }\n}\n");
  EXPECT_EQ(root->entries[0].value->entries[0].value->items[1]->text, "1");
}

TEST(YamlDocumentTest, NothingIsANullNode) {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n"}) {
    EXPECT_EQ(Parsed(text)->kind, YamlNode::Kind::kNull) << text;
  }
}

TEST(YamlDocumentTest, DuplicateKeysAreKept) {
  const YamlNodePtr root = Parsed("a: 1\na: 2\n");
  ASSERT_EQ(root->entries.size(), 2U);
  EXPECT_EQ(root->entries[1].line, 2);
}

TEST(YamlDocumentTest, AliasSharesItsAnchorsNode) {
  const YamlNodePtr root = Parsed("a: &x {b: 1}\nc: *x\n");
  EXPECT_EQ(root->entries[0].value, root->entries[1].value);
}

TEST(YamlDocumentTest, AliasInsideItsOwnAnchorIsRefused) {
  EXPECT_THAT(Refusal("a: &x\n  b: *x\n"), StartsWith("f.yaml:2: "));
}

TEST(YamlDocumentTest, BombOfAliasesIsParsedWithoutGrowing) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i <= 20; ++i) {
    bomb += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i,
                        i - 1);
  }
  EXPECT_EQ(Parsed(bomb)->entries.size(), 21U);
}

TEST(YamlDocumentTest, DepthIsBounded) {
  EXPECT_EQ(Refusal(Nested(32) + std::string(32, ']')), "");
  EXPECT_THAT(Refusal(Nested(33) + std::string(33, ']')), HasSubstr("nested more than 32 deep"));
  EXPECT_NE(Refusal(Nested(100000)), "");
}

TEST(YamlDocumentTest, NumberOfValuesIsBounded) {
  std::string text;
  for (int i = 0; i < kMaxYamlNodes - 1; ++i) text += "- \n";
  EXPECT_EQ(Refusal(text), "");
  EXPECT_THAT(Refusal(text + "- \n"), HasSubstr("more than 100000 values"));
}

TEST(YamlDocumentTest, SecondDocumentIsRefused) {
  EXPECT_THAT(Refusal("a: 1\n---\nb: 2\n"), HasSubstr("second document"));
}

TEST(YamlDocumentTest, TagsAreRefusedButNotYamlsOwn) {
  EXPECT_THAT(Refusal("a: !secret b\n"), StartsWith("f.yaml:1: a value begins with '!'"));
  EXPECT_EQ(Parsed("a: !!str 1\n")->entries[0].value->text, "1");
}

TEST(YamlDocumentTest, KeyThatIsNoTextIsRefused) {
  EXPECT_THAT(Refusal("? [a, b]\n: 1\n"), HasSubstr("a key is not text"));
  EXPECT_THAT(Refusal("? {a: b}\n: 1\n"), HasSubstr("a key is not text"));
}

TEST(YamlDocumentTest, BrokenTextIsNamedByLine) {
  EXPECT_THAT(Refusal("a: 1\nb: [1\n"), StartsWith("f.yaml:3: not YAML"));
  EXPECT_THAT(Refusal("a: 1\n\tb: 2\n"), StartsWith("f.yaml:2: not YAML"));
}

TEST(YamlDocumentTest, QuotesMustBeClosed) {
  for (const char* text : {"a: \"x", "a: \"x\n", "a: 'x\n", "a: \"x\nb: 1\n", "a: \"x\n\n",
                           "a: \"x\\\n", "{a: \"x\n", "\"a\n", "a: \"x\n# comment\n"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("not YAML")) << text;
  }
}

TEST(YamlDocumentTest, LastLineNeedsNoNewline) {
  EXPECT_EQ(Parsed("a: x")->entries[0].value->text, "x");
  EXPECT_EQ(Parsed("a: |\n  x")->entries[0].value->text, "x\n");
  EXPECT_EQ(Parsed("a: |-\n  x\n")->entries[0].value->text, "x");
  EXPECT_EQ(Parsed("a: \"x\"\n...")->entries[0].value->text, "x");
  EXPECT_EQ(Parsed("a: x # comment")->entries[0].value->text, "x");
}

TEST(YamlDocumentTest, WhatFollowsAValueIsNotSwallowed) {
  for (const char* text : {"a: \"x\" y\n", "a: [x] y\n", "a: x]: y\nb\n", "{a: x\n", "- a\nb: c\n",
                           "a: x\n  b: y\n", "a: {b: c}}\n"}) {
    EXPECT_NE(Refusal(text), "") << text;
  }
}

TEST(YamlDocumentTest, MessagesDoNotHoldWhatTheTextSays) {
  for (const char* text : {"secret: *hunter2\n", "secret: !hunter2 a\n", "secret: !h!hunter2 a\n",
                           "secret: \"hunter2\\q\"\n", "secret: @hunter2\n", "secret: %hunter2\n",
                           "secret: hunter2: a\n", "secret: &hunter2 &hunter2 a\n", "[hunter2\n"}) {
    EXPECT_NE(Refusal(text), "") << text;
    EXPECT_THAT(Refusal(text), Not(HasSubstr("hunter2"))) << text;
  }
}

}  // namespace
}  // namespace edge
