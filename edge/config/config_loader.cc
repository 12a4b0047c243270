#include "edge/config/config_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/config/config_draft.h"
#include "edge/config/config_rules.h"
#include "edge/config/dev_secret.h"
#include "edge/config/override_layer.h"
#include "edge/config/small_file.h"
#include "edge/config/yaml_layer.h"

namespace edge {
namespace {

using gatehouse::v1::TokenKeySettings;

std::string FileName(const ConfigSources& sources) {
  if (sources.file) return *sources.file;
  for (const auto& [name, value] : sources.environment) {
    if (name == "GATEHOUSE_CONFIG") return value;
  }
  return "";
}

// False: nothing could be read from the file, so that what is missing is no finding.
bool LayFile(const ConfigSources& sources, ConfigDraft& draft) {
  const std::string name = FileName(sources);
  if (name.empty() && !sources.file) return true;
  const absl::StatusOr<std::string> text = ReadSmallFile(name);
  if (!text.ok()) {
    draft.AddErrorAt(name.empty() ? "--config \"\"" : name, "", ToStd(text.status().message()));
    return false;
  }
  return LayYaml(name, *text, draft);
}

bool IsDevKey(const TokenKeySettings& key) {
  return key.kid() == kDevKid && key.algorithm().starts_with("HS") && key.secret().empty() &&
         key.secret_file().empty() && key.public_key().empty() && key.public_key_file().empty();
}

// A key that print-config printed under --dev lacks its secret: it gets it again here.
void AddDevSecret(const ConfigSources& sources, ConfigDraft& draft) {
  auto& keys = *draft.config.mutable_auth()->mutable_keys();
  if (keys.empty() && !draft.HasErrorNear("auth.keys")) {
    TokenKeySettings& added = *keys.Add();
    added.set_kid(std::string(kDevKid));
    added.set_algorithm("HS256");
  }
  for (TokenKeySettings& key : keys) {
    if (!IsDevKey(key)) continue;
    absl::StatusOr<std::string> secret = DevSecret(sources.environment);
    if (secret.ok()) {
      key.set_secret(*std::move(secret));
    } else {
      draft.AddError("auth.keys", ToStd(secret.status().message()));
    }
  }
}

void AddDevelopment(const ConfigSources& sources, ConfigDraft& draft) {
  AddDevSecret(sources, draft);
  if (!draft.Given("client.allowed_origins"))
    draft.config.mutable_client()->add_allowed_origins("*");
  if (!draft.Given("control.allow_unauthenticated")) {
    draft.config.mutable_control()->set_allow_unauthenticated(true);
  }
}

// Adds the lines of a use's status, each at the place of the key that it begins with.
void AddProblems(const absl::Status& status, ConfigDraft& draft) {
  constexpr std::string_view kKey = "abcdefghijklmnopqrstuvwxyz0123456789_.[]";
  std::vector<std::pair<std::string, std::string>> added;
  std::istringstream lines{std::string(status.message())};
  for (std::string line; std::getline(lines, line);) {
    const size_t end = std::min(line.find_first_not_of(kKey), line.size());
    const std::string key = line.substr(0, end);
    const size_t text = std::min(line.find_first_not_of(": ", end), line.size());
    if (!draft.HasErrorNear(key)) added.emplace_back(key, line.substr(text));
  }
  for (const auto& [key, text] : added) draft.AddError(key, text);
}

}  // namespace

absl::StatusOr<gatehouse::v1::Config> LoadConfig(const ConfigSources& sources) {
  ConfigDraft draft;
  const bool read = LayFile(sources, draft);
  LayEnvironment(sources.environment, draft);
  LayFlags(sources.flags, draft);
  for (size_t i = 0; i < sources.wrong_flags; ++i) {
    draft.AddErrorAt("--set", "", "has no '='; write --set KEY=VALUE");
  }
  if (read && sources.check_rules) {
    if (sources.dev) AddDevelopment(sources, draft);
    CheckRules(draft, sources.dev);
    for (const auto& use : sources.uses) AddProblems(use(draft.config), draft);
  }
  RETURN_IF_ERROR(draft.status());
  return std::move(draft.config);
}

}  // namespace edge
