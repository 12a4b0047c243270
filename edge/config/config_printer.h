#pragma once

#include <string>

#include "gatehouse/v1/config.pb.h"

namespace edge {

// The configuration as YAML that loads again to the same: every setting with its value, in the
// order of config.proto. Secrets are not in it: a comment stands where each was, and it loads again
// when they are given from elsewhere.
std::string PrintConfig(const gatehouse::v1::Config& config);

}  // namespace edge
