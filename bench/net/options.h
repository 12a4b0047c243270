#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct OptionSpec {
  std::string_view name;       // without its dashes
  std::string_view value;      // what the help calls its value; empty: a switch
  std::string_view otherwise;  // the default; empty: none
  std::string_view help;
};

// What stands on a command line: `--name VALUE`, `--name=VALUE`, `--switch`. An unknown option, a
// value that is missing or is no number ends the tool with a message; `--help` prints the help.
class Options {
 public:
  // `intro` is the first line of the help. Parses argv[first] and what follows.
  Options(std::string_view intro, std::vector<OptionSpec> specs, int argc, char** argv, int first);

  bool Has(std::string_view name) const { return given_.contains(name); }
  std::string Text(std::string_view name) const;
  int64_t Number(std::string_view name) const;
  double Real(std::string_view name) const;
  // Fails when the option was not given and has no default.
  std::string Needed(std::string_view name) const;

 private:
  const OptionSpec& SpecOf(std::string_view name) const;
  void PrintHelp(std::string_view intro) const;

  std::vector<OptionSpec> specs_;
  std::map<std::string, std::string, std::less<>> given_;
};

}  // namespace bench
