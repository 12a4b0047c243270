#include "edge/cli/command_line.h"

#include <algorithm>

#include "edge/base/text.h"

namespace edge {
namespace {

constexpr std::string_view kHelp = "help";

std::string NamesOf(const std::vector<CommandSpec>& commands) {
  std::string names;
  for (const CommandSpec& command : commands)
    names.append(names.empty() ? "" : ", ").append(command.name);
  return names;
}

}  // namespace

bool CommandLine::Has(std::string_view name) const {
  return std::ranges::any_of(options, [name](const auto& option) { return option.first == name; });
}

std::string CommandLine::Get(std::string_view name, std::string_view otherwise) const {
  std::string value(otherwise);
  for (const auto& [key, each] : options) {
    if (key == name) value = each;
  }
  return value;
}

std::vector<std::string> CommandLine::All(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, each] : options) {
    if (key == name) values.push_back(each);
  }
  return values;
}

absl::StatusOr<CommandLine> ParseCommandLine(const std::vector<CommandSpec>& commands,
                                             const std::vector<std::string>& words) {
  CommandLine line;
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == kHelp) {
    line.help = true;
    return line;
  }
  const auto command = std::ranges::find(commands, words[0], &CommandSpec::name);
  if (command == commands.end()) {
    return Error(absl::StatusCode::kInvalidArgument, "unknown command '{}'; known: {}", words[0],
                 NamesOf(commands));
  }
  line.command = &*command;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--help" || word == "-h") {
      line.help = true;
      continue;
    }
    if (!word.starts_with("--")) {
      line.arguments.push_back(word);
      continue;
    }
    const size_t equals = std::min(word.find('='), word.size());
    const std::string name = word.substr(2, equals - 2);
    const auto option = std::ranges::find(command->options, name, &OptionSpec::name);
    if (option == command->options.end()) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "'{}' has no option --{}; see gatehouse {} --help", command->name, name,
                   command->name);
    }
    const bool has_value = equals < word.size();
    if (option->value.empty() && has_value) {
      return Error(absl::StatusCode::kInvalidArgument, "--{} takes no value", name);
    }
    std::string value;
    if (has_value) {
      value = word.substr(equals + 1);
    } else if (!option->value.empty()) {
      if (++i == words.size()) {
        return Error(absl::StatusCode::kInvalidArgument, "--{} needs {}", name, option->value);
      }
      value = words[i];
    }
    line.options.emplace_back(name, std::move(value));
  }
  if (!line.arguments.empty() && command->arguments.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "'{}' takes no argument '{}'", command->name,
                 line.arguments.front());
  }
  return line;
}

std::string HelpText(const std::vector<CommandSpec>& commands, const CommandSpec* command) {
  std::string text;
  if (command == nullptr) {
    text =
        "gatehouse: a WebSocket edge that services drive over gRPC\n\nusage: gatehouse COMMAND "
        "[OPTIONS]\n\n";
    for (const CommandSpec& each : commands)
      text += fmt::format("  {:<14} {}\n", each.name, each.help);
    return text + "\ngatehouse COMMAND --help tells the options of one.\n";
  }
  text = fmt::format("usage: gatehouse {}{}{} [OPTIONS]\n\n{}\n", command->name,
                     command->arguments.empty() ? "" : " ", command->arguments, command->help);
  if (!command->options.empty()) text += "\noptions:\n";
  for (const OptionSpec& option : command->options) {
    text += fmt::format("  {:<30} {}\n", fmt::format("--{} {}", option.name, option.value),
                        option.help);
  }
  return text;
}

}  // namespace edge
