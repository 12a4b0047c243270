#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace edge {

// What a subcommand takes.
struct OptionSpec {
  std::string_view name;   // without its dashes
  std::string_view value;  // what the help calls its value; empty: a switch
  std::string_view help;
};
struct CommandSpec {
  std::string_view name;
  std::string_view arguments;  // of the help; empty: none are allowed
  std::string_view help;
  std::vector<OptionSpec> options;
};

// A parsed command line: `gatehouse COMMAND [--option VALUE | --option=VALUE | --switch]
// [ARGUMENT]...`
struct CommandLine {
  const CommandSpec* command = nullptr;
  bool help = false;
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<std::string> arguments;

  bool Has(std::string_view name) const;
  // The last value given, or `otherwise`.
  std::string Get(std::string_view name, std::string_view otherwise = "") const;
  // Every value given, in order.
  std::vector<std::string> All(std::string_view name) const;
};

// kInvalidArgument: an unknown command or option, a value that is missing or not asked for.
absl::StatusOr<CommandLine> ParseCommandLine(const std::vector<CommandSpec>& commands,
                                             const std::vector<std::string>& words);

// The help of one command, or of all when `command` is null.
std::string HelpText(const std::vector<CommandSpec>& commands, const CommandSpec* command);

}  // namespace edge
