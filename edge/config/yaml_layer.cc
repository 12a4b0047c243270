#include "edge/config/yaml_layer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "edge/base/text.h"
#include "edge/config/nearest_name.h"
#include "edge/config/setting.h"
#include "edge/config/setting_path.h"
#include "edge/config/yaml_document.h"

namespace edge {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::vector<std::string> FieldNames(const Descriptor& type) {
  std::vector<std::string> names;
  names.reserve(static_cast<size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return names;
}

bool HoldsSecrets(const Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (SettingOf(*type.field(i)).secret()) return true;
  }
  return false;
}

// A secret that lacks its colon becomes a key; what does not look like a setting's name is not
// shown.
bool LooksLikeName(std::string_view key) {
  constexpr size_t kLongestName = 40;
  return !key.empty() && key.size() <= kLongestName && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

std::string_view KindName(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "a value";
    case YamlNode::Kind::kList:
      return "a list";
    default:
      return "a block";
  }
}

std::string Joined(std::string_view outer, std::string_view name) {
  return outer.empty() ? std::string(name) : fmt::format("{}.{}", outer, name);
}

// The full key of the one setting that is called `name` in another block, or nothing.
std::optional<std::string> KeyElsewhere(std::string_view name) {
  std::optional<std::string> only;
  for (const KnownSetting& known : KnownSettings()) {
    if (known.field->name() != name) continue;
    if (only) return std::nullopt;
    only = known.key;
  }
  return only;
}

class YamlLayer {
 public:
  YamlLayer(std::string_view name, ConfigDraft& draft) : name_(name), draft_(draft) {}

  void LayBlock(const YamlNode& node, const std::string& key, Message& block) {
    if (!Visit(node) || node.kind == YamlNode::Kind::kNull) return;
    if (node.kind != YamlNode::Kind::kMap) {
      const std::string wrong =
          fmt::format("{} where a block belongs; its keys are {}", KindName(node),
                      fmt::join(FieldNames(*block.GetDescriptor()), ", "));
      draft_.AddErrorAt(Place(node.line), key, wrong);
      return;
    }
    std::map<std::string_view, int> seen;
    for (const YamlEntry& entry : node.entries) {
      const auto [first, is_new] = seen.emplace(entry.key, entry.line);
      const FieldDescriptor* field = block.GetDescriptor()->FindFieldByName(entry.key);
      if (field == nullptr) {
        AddUnknown(entry, key, *block.GetDescriptor());
      } else if (!is_new) {
        draft_.AddErrorAt(Place(entry.line), Joined(key, entry.key),
                          fmt::format("given twice; the first is in line {}", first->second));
      } else {
        LayField(*field, entry, Joined(key, entry.key), block);
      }
    }
  }

 private:
  std::string Place(int line) const { return fmt::format("{}:{}", name_, line); }

  // Aliases make a huge tree of a small file: every visit counts, not every node.
  bool Visit(const YamlNode& node) {
    if (++visits_ <= kMaxYamlNodes) return true;
    if (visits_ == kMaxYamlNodes + 1) {
      draft_.AddErrorAt(Place(node.line), "", "aliases make more than 100000 values of the file");
    }
    return false;
  }

  void LayField(const FieldDescriptor& field, const YamlEntry& entry, const std::string& key,
                Message& block) {
    draft_.Note(key, Place(entry.line));
    const auto& reflection = *block.GetReflection();
    if (IsBlock(field) && !field.is_repeated()) {
      LayBlock(*entry.value, key, *reflection.MutableMessage(&block, &field));
    } else if (field.is_repeated()) {
      LayList(field, *entry.value, key, block);
    } else {
      LayValue(field, *entry.value, key, block);
    }
  }

  void LayList(const FieldDescriptor& field, const YamlNode& node, const std::string& key,
               Message& block) {
    const auto& reflection = *block.GetReflection();
    reflection.ClearField(&block, &field);
    if (node.kind == YamlNode::Kind::kNull) return;
    if (node.kind != YamlNode::Kind::kList) {
      draft_.AddErrorAt(
          Place(node.line), key,
          fmt::format("{} where a list belongs; write each entry after \"- \"", KindName(node)));
      return;
    }
    for (size_t i = 0; i < node.items.size() && visits_ <= kMaxYamlNodes; ++i) {
      const YamlNode& item = *node.items[i];
      const std::string item_key = fmt::format("{}[{}]", key, i);
      draft_.Note(item_key, Place(item.line));
      if (IsBlock(field)) {
        Message& added = *reflection.AddMessage(&block, &field);
        SetDefaults(added);
        LayBlock(item, item_key, added);
      } else {
        LayValue(field, item, item_key, block);
      }
    }
  }

  void LayValue(const FieldDescriptor& field, const YamlNode& node, const std::string& key,
                Message& block) {
    if (!Visit(node)) return;
    if (node.kind == YamlNode::Kind::kNull) {
      const bool text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
      draft_.AddError(key, fmt::format("has no value; allowed: {}{}", AllowedText(field),
                                       text ? ", \"\" for none" : ""));
      return;
    }
    if (node.kind != YamlNode::Kind::kScalar) {
      draft_.AddError(key, fmt::format("{} where one value belongs; allowed: {}", KindName(node),
                                       AllowedText(field)));
      return;
    }
    const absl::Status set = SetSetting(field, node.text, block);
    if (!set.ok()) draft_.AddError(key, ToStd(set.message()));
  }

  void AddUnknown(const YamlEntry& entry, const std::string& outer, const Descriptor& type) {
    const std::vector<std::string> names = FieldNames(type);
    const std::string keys = fmt::format("the keys here are {}", fmt::join(names, ", "));
    const std::string place = Place(entry.line);
    const std::optional<std::string> near = NearestName(entry.key, names);
    const bool nameless = entry.value->kind == YamlNode::Kind::kNull && HoldsSecrets(type) && !near;
    if (entry.key == "<<") {
      draft_.AddErrorAt(place, outer, "\"<<\" is a YAML merge key, which is not supported");
    } else if (nameless || !LooksLikeName(entry.key)) {
      draft_.AddErrorAt(place, outer, fmt::format("a key that is no setting's name; {}", keys));
    } else if (near) {
      draft_.AddErrorAt(place, Joined(outer, entry.key),
                        fmt::format("unknown key; did you mean {}?", *near));
      draft_.Excuse(Joined(outer, *near));
    } else if (ParseSettingKey(Joined(outer, entry.key))) {
      draft_.AddErrorAt(place, Joined(outer, entry.key),
                        "unknown key; in the file a block's keys are indented under its name");
    } else if (const std::optional<std::string> elsewhere = KeyElsewhere(entry.key)) {
      draft_.AddErrorAt(place, Joined(outer, entry.key),
                        fmt::format("unknown key; did you mean {}?", *elsewhere));
    } else {
      draft_.AddErrorAt(place, Joined(outer, entry.key), fmt::format("unknown key; {}", keys));
    }
  }

  std::string name_;
  ConfigDraft& draft_;
  int visits_ = 0;
};

}  // namespace

bool LayYaml(std::string_view name, std::string_view text, ConfigDraft& draft) {
  const absl::StatusOr<YamlNodePtr> root = ParseYaml(name, text);
  if (!root.ok()) {
    draft.AddErrorAt("", "", ToStd(root.status().message()));
    return false;
  }
  YamlLayer(name, draft).LayBlock(**root, "", draft.config);
  return true;
}

}  // namespace edge
