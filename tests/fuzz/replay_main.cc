// Drives a fuzz target without libFuzzer: usage NAME_fuzz CORPUS_FOLDER [MUTATIONS]. Runs the seeds
// in the folder, then that many mutations of them (default 5000). Nothing is random from run to
// run.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "edge/base/random.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kLongestInput = 4096;

std::vector<std::string> ReadSeeds(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

// In a heap block of exactly its size, so that a sanitizer sees one byte read too far.
void Run(const std::string& input) {
  const auto block = std::make_unique<uint8_t[]>(input.size());
  if (!input.empty()) std::memcpy(block.get(), input.data(), input.size());
  LLVMFuzzerTestOneInput(block.get(), input.size());
}

void Mutate(const std::vector<std::string>& seeds, edge::FastRandom& random, std::string& text) {
  constexpr unsigned char kEdges[] = {0x00, 0x01, 0x7d, 0x7e, 0x7f, 0x80, 0xbf, 0xc0,
                                      0xf4, 0xff, '"',  '\\', '{',  '}',  ',',  '0'};
  const size_t at = random.Below(text.size() + 1);
  const size_t length = std::min<size_t>(random.Below(8) + 1, text.size() - at);
  switch (random.Below(7)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << random.Below(8)));
      break;
    case 1:
      if (at < text.size()) text[at] = static_cast<char>(kEdges[random.Below(sizeof kEdges)]);
      break;
    case 2:
      text.insert(at, 1, static_cast<char>(kEdges[random.Below(sizeof kEdges)]));
      break;
    case 3:
      text.insert(at, 1, static_cast<char>(random.Next()));
      break;
    case 4:
      text.erase(at, length);
      break;
    case 5:
      text.insert(at, text.substr(at, length));
      break;
    default: {  // the rest of another seed
      const std::string& other = seeds[random.Below(seeds.size())];
      text.erase(at).append(other, random.Below(other.size() + 1));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER [MUTATIONS]\n", argv[0]);
    return 2;
  }
  const std::vector<std::string> seeds = ReadSeeds(argv[1]);
  if (seeds.empty()) {
    std::fprintf(stderr, "%s: no seeds in %s\n", argv[0], argv[1]);
    return 1;
  }
  const long mutations = argc == 3 ? std::atol(argv[2]) : 5000;
  for (const std::string& seed : seeds) Run(seed);
  edge::FastRandom random(1);
  for (long i = 0; i < mutations; ++i) {
    std::string input = seeds[random.Below(seeds.size())];
    for (uint64_t edits = random.Below(6) + 1; edits > 0; --edits) Mutate(seeds, random, input);
    if (input.size() > kLongestInput) input.resize(kLongestInput);
    Run(input);
  }
  std::printf("%zu seeds, %ld mutations\n", seeds.size(), mutations);
}
