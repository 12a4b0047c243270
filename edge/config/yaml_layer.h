#pragma once

#include <string_view>

#include "edge/config/config_draft.h"

namespace edge {

// Lays the settings of a YAML file over `draft`. `name` is what messages call the file. Everything
// that is wrong with it is added to the draft: what YAML refuses, unknown and doubled keys, blocks
// where values belong, bad values. A list replaces what was there. Touches no file.
// False: the text is no YAML, so that nothing was read from it.
bool LayYaml(std::string_view name, std::string_view text, ConfigDraft& draft);

}  // namespace edge
