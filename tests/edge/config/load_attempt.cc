#include "tests/edge/config/load_attempt.h"

#include <gtest/gtest.h>

namespace edge {

gatehouse::v1::Config LoadAttempt::Config() const {
  auto config = Load();
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *std::move(config) : gatehouse::v1::Config();
}

std::string LoadAttempt::Errors() const {
  std::string text(ToStd(Load().status().message()));
  const std::string prefix = folder.path() + "/";
  for (size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
    text.erase(at, prefix.size());
  }
  return text;
}

}  // namespace edge
