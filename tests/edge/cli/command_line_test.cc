#include "edge/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::vector<CommandSpec>& Commands() {
  static const std::vector<CommandSpec> commands = {
      {"serve",
       "",
       "runs a node",
       {{"config", "FILE", "the configuration"}, {"dev", "", "development"}}},
      {"call", "METHOD [JSON]", "calls the API", {{"set", "KEY=VALUE", "may be repeated"}}},
      {"version", "", "prints the version", {}},
  };
  return commands;
}

absl::StatusOr<CommandLine> Parse(const std::vector<std::string>& words) {
  return ParseCommandLine(Commands(), words);
}

std::string ProblemOf(const std::vector<std::string>& words) {
  const auto line = Parse(words);
  EXPECT_EQ(line.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(line.status().message());
}

TEST(CommandLineTest, ReadsCommandOptionsAndSwitches) {
  const auto line = Parse({"serve", "--config", "a.yaml", "--dev"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->command, &Commands()[0]);
  EXPECT_EQ(line->Get("config"), "a.yaml");
  EXPECT_TRUE(line->Has("dev"));
  EXPECT_FALSE(line->help);
}

TEST(CommandLineTest, WhatIsNotGivenIsAbsent) {
  const auto line = Parse({"serve"});
  ASSERT_TRUE(line.ok());
  EXPECT_FALSE(line->Has("config"));
  EXPECT_FALSE(line->Has("dev"));
  EXPECT_EQ(line->Get("config"), "");
  EXPECT_EQ(line->Get("config", "default.yaml"), "default.yaml");
  EXPECT_THAT(line->All("config"), IsEmpty());
}

TEST(CommandLineTest, TakesTheValueAfterAnEqualsSign) {
  const auto line = Parse({"serve", "--config=a=b.yaml"});
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->Get("config"), "a=b.yaml");
}

TEST(CommandLineTest, AValueMayBeEmptyOrBeginWithDashes) {
  const auto empty = Parse({"serve", "--config="});
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE(empty->Has("config"));
  EXPECT_EQ(empty->Get("config", "other"), "");
  const auto dashes = Parse({"serve", "--config=--dev"});
  ASSERT_TRUE(dashes.ok());
  EXPECT_EQ(dashes->Get("config"), "--dev");
  EXPECT_FALSE(dashes->Has("dev"));
}

TEST(CommandLineTest, TheLastValueHoldsAndAllAreKept) {
  const auto line = Parse({"call", "Kick", "--set", "a=1", "--set=b=2"});
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->Get("set"), "b=2");
  EXPECT_THAT(line->All("set"), ElementsAre("a=1", "b=2"));
}

TEST(CommandLineTest, ArgumentsMayStandAnywhere) {
  const auto line = Parse({"call", "Kick", "--set", "a=1", "{}", "-"});
  ASSERT_TRUE(line.ok());
  EXPECT_THAT(line->arguments, ElementsAre("Kick", "{}", "-"));
}

TEST(CommandLineTest, RefusesArgumentsThatAreNotAskedFor) {
  EXPECT_THAT(ProblemOf({"serve", "now"}), HasSubstr("'now'"));
  EXPECT_THAT(ProblemOf({"serve", "-v"}), HasSubstr("'-v'"));
  EXPECT_THAT(ProblemOf({"version", ""}), HasSubstr("version"));
}

TEST(CommandLineTest, RefusesAnUnknownCommandAndNamesTheKnown) {
  const std::string problem = ProblemOf({"sreve"});
  EXPECT_THAT(problem, HasSubstr("'sreve'"));
  EXPECT_THAT(problem, HasSubstr("serve, call, version"));
  ProblemOf({"--dev", "serve"});
  ProblemOf({"Serve"});
  ProblemOf({""});
}

TEST(CommandLineTest, RefusesAnUnknownOptionAndSaysWhereHelpIs) {
  const std::string problem = ProblemOf({"serve", "--confg", "a"});
  EXPECT_THAT(problem, HasSubstr("--confg"));
  EXPECT_THAT(problem, HasSubstr("gatehouse serve --help"));
  ProblemOf({"serve", "--"});
  ProblemOf({"serve", "--=x"});
  ProblemOf({"serve", "--set", "a=1"});  // another command's
}

TEST(CommandLineTest, RefusesAMissingValueAndOneNotAskedFor) {
  EXPECT_THAT(ProblemOf({"serve", "--config"}), HasSubstr("--config needs FILE"));
  EXPECT_THAT(ProblemOf({"serve", "--dev=yes"}), HasSubstr("--dev takes no value"));
  ProblemOf({"serve", "--dev="});
}

TEST(CommandLineTest, NothingAndHelpAskForTheHelpOfAll) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"--help"}, {"-h"}, {"help"}, {"help", "serve"}}) {
    const auto line = Parse(words);
    ASSERT_TRUE(line.ok());
    EXPECT_TRUE(line->help);
    EXPECT_EQ(line->command, nullptr);
  }
}

TEST(CommandLineTest, HelpAfterACommandIsThatCommands) {
  for (const char* word : {"--help", "-h"}) {
    const auto line = Parse({"serve", "--dev", word});
    ASSERT_TRUE(line.ok());
    EXPECT_TRUE(line->help);
    EXPECT_EQ(line->command, &Commands()[0]);
  }
}

TEST(HelpTextTest, OfAllNamesEveryCommand) {
  const std::string text = HelpText(Commands(), nullptr);
  EXPECT_THAT(text, HasSubstr("usage: gatehouse COMMAND"));
  for (const CommandSpec& command : Commands()) {
    EXPECT_THAT(text, HasSubstr("  " + std::string(command.name) + " "));
    EXPECT_THAT(text, HasSubstr(std::string(command.help)));
  }
}

TEST(HelpTextTest, OfOneNamesItsOptionsAndArguments) {
  const std::string serve = HelpText(Commands(), &Commands()[0]);
  EXPECT_THAT(serve, HasSubstr("usage: gatehouse serve [OPTIONS]"));
  EXPECT_THAT(serve, HasSubstr("--config FILE"));
  EXPECT_THAT(serve, HasSubstr("the configuration"));
  EXPECT_THAT(serve, HasSubstr("--dev"));
  EXPECT_THAT(serve, Not(HasSubstr("--set")));
  EXPECT_THAT(HelpText(Commands(), &Commands()[1]),
              HasSubstr("usage: gatehouse call METHOD [JSON] [OPTIONS]"));
  EXPECT_THAT(HelpText(Commands(), &Commands()[2]), Not(HasSubstr("options:")));
}

}  // namespace
}  // namespace edge
