#include "edge/config/config_draft.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "edge/base/text.h"
#include "edge/config/setting.h"

namespace edge {
namespace {

// Whether `inner` is `outer` or lies in it: "auth.keys[0].kid" lies in "auth.keys[0]", "auth.keys"
// and "auth".
bool LiesIn(std::string_view inner, std::string_view outer) {
  if (!inner.starts_with(outer)) return false;
  return inner.size() == outer.size() || inner[outer.size()] == '.' || inner[outer.size()] == '[';
}

}  // namespace

ConfigDraft::ConfigDraft() : config(DefaultConfig()) {}

void ConfigDraft::Note(const std::string& key, std::string_view place) {
  places_[key] = std::string(place);
}

std::string ConfigDraft::PlaceOf(std::string_view key) const {
  while (!key.empty()) {
    if (const auto found = places_.find(key); found != places_.end()) return found->second;
    const size_t end = key.find_last_of(".[");
    key = key.substr(0, end == std::string_view::npos ? 0 : end);
  }
  return "";
}

void ConfigDraft::AddError(std::string_view key, std::string_view message) {
  AddErrorAt(PlaceOf(key), key, message);
}

void ConfigDraft::AddErrorAt(std::string_view place, std::string_view key,
                             std::string_view message) {
  if (full()) {
    more_ = true;
    return;
  }
  std::string line;
  for (const std::string_view part : {place, key}) {
    if (!part.empty()) line += fmt::format("{}: ", part);
  }
  lines_.push_back(line + std::string(message));
  if (!key.empty()) wrong_keys_.emplace_back(key);
}

bool ConfigDraft::HasErrorNear(std::string_view key) const {
  return std::any_of(wrong_keys_.begin(), wrong_keys_.end(), [&](const std::string& wrong) {
    return LiesIn(key, wrong) || LiesIn(wrong, key);
  });
}

absl::Status ConfigDraft::status() const {
  if (lines_.empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "{}{}", fmt::join(lines_, "\n"),
               more_ ? fmt::format("\nand more: only the first {} are shown", kMaxErrors) : "");
}

}  // namespace edge
