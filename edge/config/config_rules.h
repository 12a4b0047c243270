#pragma once

#include "edge/config/config_draft.h"

namespace edge {

// What no setting can be checked for alone: required ones, files that must be readable, and that
// nothing insecure is on. With `dev`, any origin is allowed and control.listen must be loopback
// whatever protects it. Reads the files that FILE settings name. Every finding is added to the
// draft; a setting that already has an error is not checked again.
void CheckRules(ConfigDraft& draft, bool dev);

// The rules of the control API; part of CheckRules.
void CheckControlRules(ConfigDraft& draft, bool dev);

}  // namespace edge
