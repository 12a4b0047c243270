#pragma once

#include <string_view>

#include "edge/config/config_draft.h"

namespace edge {

// What no setting can be checked for alone: required ones, files that must be readable, and that
// nothing insecure is on. With `dev`, any origin is allowed and control.listen must be loopback
// whatever protects it. Reads the files that FILE settings name. Every finding is added to the
// draft; a setting that already has an error is not checked again.
void CheckRules(ConfigDraft& draft, bool dev);

// The rules of the control API; part of CheckRules.
void CheckControlRules(ConfigDraft& draft, bool dev);

// The rules of the hooks; part of CheckRules.
void CheckHookRules(ConfigDraft& draft);

// The rules of the key sets of issuers; part of CheckRules.
void CheckJwksRules(ConfigDraft& draft);

// Whether a hook decides who may connect, so that there may be no key for tokens.
bool AsksOnConnect(const gatehouse::v1::Config& config);

// The files `block`.certificate_file and `block`.key_file need each other.
void CheckCertificatePair(ConfigDraft& draft, std::string_view block, std::string_view certificate,
                          std::string_view key);

}  // namespace edge
