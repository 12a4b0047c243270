#pragma once

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// How settings are named: `client.ping_interval`, `auth.keys[0].kid`, and for the environment
// GATEHOUSE_CLIENT_PING_INTERVAL, GATEHOUSE_AUTH_KEYS_0_KID. All from the descriptors.
namespace edge {

// One field on the way to a setting, and which block of it if it is a list of blocks.
struct PathStep {
  const google::protobuf::FieldDescriptor* field = nullptr;
  int index = -1;

  friend bool operator==(const PathStep&, const PathStep&) = default;
};
using SettingPath = std::vector<PathStep>;

// Entries a list of blocks may have by its index: nobody writes more, and none can ask for memory.
inline constexpr int kMaxBlockIndex = 9999;

// `auth.keys[0].kid`, or `auth.keys.0.kid`, which no shell takes for a pattern. Nothing when there
// is no such setting or block.
std::optional<SettingPath> ParseSettingKey(std::string_view key);
// GATEHOUSE_AUTH_KEYS_0_KID. Nothing when no setting or block is called so.
std::optional<SettingPath> ParseEnvironmentName(std::string_view name);

// The field's part of a variable's name: PING_INTERVAL.
std::string EnvironmentPart(const google::protobuf::FieldDescriptor& field);

// The key as messages show it: `auth.keys[0].kid`.
std::string SettingKey(const SettingPath& path);

// A setting as the reference and "did you mean" name it: list indices are N.
struct KnownSetting {
  std::string key;          // auth.keys[N].kid
  std::string environment;  // GATEHOUSE_AUTH_KEYS_N_KID
  const google::protobuf::FieldDescriptor* field = nullptr;
};
// Every setting, in the order of config.proto. Blocks are not settings.
const std::vector<KnownSetting>& KnownSettings();
std::vector<std::string> KnownSettingKeys();

}  // namespace edge
