#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// Where a configuration comes from; later ones win: defaults, file, environment, flags.
struct ConfigSources {
  // For development: a secret of this machine, any origin, control calls without a key. What is
  // given explicitly still wins.
  bool dev = false;
  // The YAML file. Without it GATEHOUSE_CONFIG of the environment names one; without both there is
  // none.
  std::optional<std::string> file;
  // The whole environment; only GATEHOUSE_* (and for `dev` HOME, TMPDIR, XDG_STATE_HOME) is looked
  // at.
  std::vector<std::pair<std::string, std::string>> environment;
  // `--set KEY=VALUE`.
  std::vector<std::pair<std::string, std::string>> flags;
  // So many --set have no '='. What they say is not shown: it may be a secret.
  size_t wrong_flags = 0;
  // What only those can tell who use a part: keys, certificates, origins. Each says all that is
  // wrong, a line for each, which begins with the setting's key. What has an error already is not
  // told again.
  std::vector<std::function<absl::Status(const gatehouse::v1::Config&)>> uses;
  // Off for those who look at one setting and serve nothing: the checks across settings are left
  // out, and `dev` adds nothing.
  bool check_rules = true;
};

// The configuration in force, complete with defaults and checked. Reads the file, those that FILE
// settings name, and for `dev` the machine's secret (see DevSecret).
// kInvalidArgument: everything that is wrong, one a line: `gatehouse.yaml:12: client.max_rooms: "0"
// is below the least allowed, 1`. Never holds the value of a secret.
absl::StatusOr<gatehouse::v1::Config> LoadConfig(const ConfigSources& sources);

}  // namespace edge
