#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "gatehouse/v1/config.pb.h"
#include "gatehouse/v1/options.pb.h"

// One setting, by its declaration in config.proto: parsed, checked and printed. Pure functions over
// descriptors; nothing here knows a setting by name.
namespace edge {

// The declaration. Every field of the configuration has one (a test checks it).
const gatehouse::v1::Setting& SettingOf(const google::protobuf::FieldDescriptor& field);

// Whether the field holds a block of settings (or a list of blocks), not a value.
bool IsBlock(const google::protobuf::FieldDescriptor& field);

// Parses `text` and sets the field of `block`; adds it when the field is a list. Syntax, range and
// the list of allowed values are checked here; whether files can be read is not.
// kInvalidArgument: `"900ms" is below the least allowed, 1s`. Never shows the value of a secret.
absl::Status SetSetting(const google::protobuf::FieldDescriptor& field, std::string_view text,
                        google::protobuf::Message& block);

// The value as it would be written: durations and sizes with their unit, text as it is. `index` is
// for lists.
std::string PrintSetting(const google::protobuf::Message& block,
                         const google::protobuf::FieldDescriptor& field, int index = -1);

// What is allowed, for people: "1s to 1h", "one of debug, info", "true or false", "any text".
std::string AllowedText(const google::protobuf::FieldDescriptor& field);

// Sets every setting of `block`, and of the blocks in it, to its declared default.
void SetDefaults(google::protobuf::Message& block);
// A configuration that holds nothing but defaults.
gatehouse::v1::Config DefaultConfig();

// `text` in quotes for a message: one line, control characters escaped, cut after 64 bytes.
std::string Quoted(std::string_view text);

}  // namespace edge
