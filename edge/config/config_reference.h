#pragma once

#include <string>

namespace edge {

// docs/configuration.md, whole, from config.proto. A test holds the file against it.
std::string ConfigReference();

}  // namespace edge
