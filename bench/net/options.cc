#include "bench/net/options.h"

#include <algorithm>
#include <cstdlib>

#include "bench/net/fail.h"

namespace bench {

Options::Options(std::string_view intro, std::vector<OptionSpec> specs, int argc, char** argv,
                 int first)
    : specs_(std::move(specs)) {
  for (int i = first; i < argc; ++i) {
    std::string_view word = argv[i];
    if (word == "--help") {
      PrintHelp(intro);
      std::exit(0);
    }
    if (!word.starts_with("--")) Fail("'{}' is no option; --help lists them", word);
    word.remove_prefix(2);
    const size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const OptionSpec& spec = SpecOf(name);
    if (spec.value.empty()) {
      given_[std::string(name)] = "";
    } else if (equals != std::string_view::npos) {
      given_[std::string(name)] = word.substr(equals + 1);
    } else if (++i < argc) {
      given_[std::string(name)] = argv[i];
    } else {
      Fail("--{} needs {}", name, spec.value);
    }
  }
}

const OptionSpec& Options::SpecOf(std::string_view name) const {
  const auto found = std::ranges::find(specs_, name, &OptionSpec::name);
  if (found == specs_.end()) Fail("unknown option --{}; --help lists them", name);
  return *found;
}

void Options::PrintHelp(std::string_view intro) const {
  fmt::print("{}\n\n", intro);
  for (const OptionSpec& spec : specs_) {
    fmt::print("  {:<24} {}", fmt::format("--{} {}", spec.name, spec.value), spec.help);
    fmt::print("{}\n", spec.otherwise.empty() ? "" : fmt::format(" (default {})", spec.otherwise));
  }
}

std::string Options::Text(std::string_view name) const {
  const auto found = given_.find(name);
  return found != given_.end() ? found->second : std::string(SpecOf(name).otherwise);
}

std::string Options::Needed(std::string_view name) const {
  std::string text = Text(name);
  if (text.empty()) Fail("--{} {} is missing", name, SpecOf(name).value);
  return text;
}

int64_t Options::Number(std::string_view name) const {
  const double real = Real(name);
  const auto number = static_cast<int64_t>(real);
  if (static_cast<double>(number) != real) Fail("--{} is no whole number", name);
  return number;
}

double Options::Real(std::string_view name) const {
  const std::string text = Text(name);
  char* end = nullptr;
  const double real = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || real < 0) Fail("--{} '{}' is no number", name, text);
  return real;
}

}  // namespace bench
