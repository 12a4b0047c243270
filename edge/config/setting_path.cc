#include "edge/config/setting_path.h"

#include <fmt/format.h>

#include <algorithm>

#include "edge/config/quantity.h"
#include "edge/config/setting.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr std::string_view kPrefix = "GATEHOUSE";

std::string UpperCase(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

// Takes `prefix` and one `separator` (or the end) off the front of `rest`.
bool Take(std::string_view& rest, std::string_view prefix, char separator) {
  if (!rest.starts_with(prefix)) return false;
  const std::string_view after = rest.substr(prefix.size());
  if (!after.empty() && after.front() != separator) return false;
  rest = after.empty() ? after : after.substr(1);
  return true;
}

std::optional<int> TakeIndex(std::string_view& rest, char separator) {
  const std::string_view digits = rest.substr(0, rest.find(separator));
  const std::optional<uint64_t> index = ParseCount(digits);
  if (!index || *index > kMaxBlockIndex) return std::nullopt;
  rest.remove_prefix(std::min(rest.size(), digits.size() + 1));
  return static_cast<int>(*index);
}

std::string NameIn(const FieldDescriptor& field, char separator) {
  return separator == '_' ? UpperCase(field.name()) : field.name();
}

// Appends the steps that `rest` names from `type` on. Names may contain the separator '_', so every
// field that fits is tried; the tree is three deep.
bool Resolve(const Descriptor& type, std::string_view rest, char separator, SettingPath& path) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    std::string_view after = rest;
    if (!Take(after, NameIn(field, separator), separator)) continue;
    PathStep step{&field, -1};
    if (!after.empty()) {
      if (!IsBlock(field)) continue;
      if (field.is_repeated()) {
        const std::optional<int> index = TakeIndex(after, separator);
        if (!index) continue;
        step.index = *index;
      }
    }
    path.push_back(step);
    if (after.empty() || Resolve(*field.message_type(), after, separator, path)) return true;
    path.pop_back();
  }
  return false;
}

std::optional<SettingPath> Resolved(std::string_view rest, char separator) {
  SettingPath path;
  if (rest.empty() || rest.back() == separator) return std::nullopt;
  if (!Resolve(*gatehouse::v1::Config::descriptor(), rest, separator, path)) return std::nullopt;
  return path;
}

void Collect(const Descriptor& type, const std::string& key, const std::string& environment,
             std::vector<KnownSetting>& out) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    std::string name = key + (key.empty() ? "" : ".") + field.name();
    std::string variable = environment + "_" + EnvironmentPart(field);
    if (!IsBlock(field)) {
      out.push_back({std::move(name), std::move(variable), &field});
    } else if (field.is_repeated()) {
      Collect(*field.message_type(), name + "[N]", variable + "_N", out);
    } else {
      Collect(*field.message_type(), name, variable, out);
    }
  }
}

}  // namespace

std::optional<SettingPath> ParseSettingKey(std::string_view key) {
  std::string dotted;
  for (const char c : key) {
    if (c == ']') continue;
    dotted += c == '[' ? '.' : c;
  }
  return Resolved(dotted, '.');
}

std::optional<SettingPath> ParseEnvironmentName(std::string_view name) {
  if (!Take(name, kPrefix, '_')) return std::nullopt;
  return Resolved(name, '_');
}

std::string EnvironmentPart(const FieldDescriptor& field) {
  return UpperCase(field.name());
}

std::string SettingKey(const SettingPath& path) {
  std::string key;
  for (const PathStep& step : path) {
    if (!key.empty()) key += '.';
    key += step.field->name();
    if (step.index >= 0) key += fmt::format("[{}]", step.index);
  }
  return key;
}

const std::vector<KnownSetting>& KnownSettings() {
  static const std::vector<KnownSetting> known = [] {
    std::vector<KnownSetting> all;
    Collect(*gatehouse::v1::Config::descriptor(), "", std::string(kPrefix), all);
    return all;
  }();
  return known;
}

std::vector<std::string> KnownSettingKeys() {
  std::vector<std::string> keys;
  for (const KnownSetting& setting : KnownSettings()) keys.push_back(setting.key);
  return keys;
}

}  // namespace edge
