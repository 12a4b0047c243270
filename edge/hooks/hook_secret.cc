#include "edge/hooks/hook_secret.h"

#include <fstream>
#include <iterator>

#include "edge/base/text.h"

namespace edge {

absl::StatusOr<std::string> HookSecret(const std::string& value, const std::string& file) {
  if (file.empty()) return value;
  std::ifstream stream(file);
  if (!stream) return Error(absl::StatusCode::kInvalidArgument, "{} cannot be read", file);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace edge
