#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/config/config_draft.h"

namespace edge {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

// Variables of the environment that begin with GATEHOUSE_ and are no settings, with what they are
// for. Those that Kubernetes and Docker make for a service called "gatehouse" are let pass as well.
const NamedTexts& OtherVariables();

// Lays the GATEHOUSE_* variables over `draft`; all others are ignored. An unknown one is an error.
void LayEnvironment(const NamedTexts& environment, ConfigDraft& draft);

// Lays `--set KEY=VALUE` over `draft`. The last of a key wins.
void LayFlags(const NamedTexts& flags, ConfigDraft& draft);

}  // namespace edge
