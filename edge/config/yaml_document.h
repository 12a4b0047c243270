#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace edge {

struct YamlEntry;

// A value of a parsed file. Aliases share the node they name, so that a small file may be a huge
// tree when it is walked: whoever walks it counts.
struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  int line = 0;                                        // from 1
  std::string text;                                    // of a scalar
  std::vector<std::shared_ptr<const YamlNode>> items;  // of a list
  std::vector<YamlEntry> entries;                      // of a map, in order, duplicates kept
};
using YamlNodePtr = std::shared_ptr<const YamlNode>;

struct YamlEntry {
  std::string key;
  int line = 0;
  YamlNodePtr value;
};

inline constexpr int kMaxYamlDepth = 32;
inline constexpr int kMaxYamlNodes = 100000;

// Parses one YAML document, as it stands: nothing is looked up or converted, custom tags and merge
// keys have no meaning. An empty text is a null node.
// kInvalidArgument: `NAME:LINE: what is wrong`. Messages never hold what the text says, for it may
// be a secret that lacks its quotes.
absl::StatusOr<YamlNodePtr> ParseYaml(std::string_view name, std::string_view text);

}  // namespace edge
