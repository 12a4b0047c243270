#pragma once

#include <string>
#include <utility>
#include <vector>

#include "edge/base/text.h"
#include "edge/config/config_loader.h"
#include "tests/edge/config/scratch_folder.h"

namespace edge {

// A file that is complete: with it alone LoadConfig has nothing to say.
inline constexpr char kCompleteFile[] = R"(auth:
  keys:
    - algorithm: HS256
      secret: 0123456789abcdef0123456789abcdef
control:
  api_keys:
    - name: service
      sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
)";

// What LoadConfig says to sources of the test's own making.
struct LoadAttempt {
  ScratchFolder folder;
  ConfigSources sources;

  explicit LoadAttempt(const std::string& yaml = kCompleteFile) { File(yaml); }

  LoadAttempt& File(const std::string& yaml) {
    sources.file = folder.Write("gatehouse.yaml", yaml);
    return *this;
  }
  LoadAttempt& Variable(const std::string& name, const std::string& value) {
    sources.environment.emplace_back(name, value);
    return *this;
  }
  LoadAttempt& Flag(const std::string& key, const std::string& value) {
    sources.flags.emplace_back(key, value);
    return *this;
  }
  // --dev, with its secret in the scratch folder.
  LoadAttempt& Dev() {
    sources.dev = true;
    return Variable("XDG_STATE_HOME", folder.path());
  }

  absl::StatusOr<gatehouse::v1::Config> Load() const { return LoadConfig(sources); }
  // The configuration; an empty one, with the reason as a failure, when there is none.
  gatehouse::v1::Config Config() const;
  // Every error, one a line, without the folder's path; empty when there is none.
  std::string Errors() const;
};

}  // namespace edge
