#include "tests/edge/config/scratch_folder.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "edge/base/check.h"

namespace edge {

ScratchFolder::ScratchFolder() {
  path_ = std::filesystem::temp_directory_path() / "gatehouse-config-XXXXXX";
  GATEHOUSE_CHECK(::mkdtemp(path_.data()) != nullptr, "no temporary folder");
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ScratchFolder::Write(std::string_view name, std::string_view text) const {
  const std::string path = path_ + "/" + std::string(name);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

}  // namespace edge
