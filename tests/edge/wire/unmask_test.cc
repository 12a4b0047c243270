#include "edge/wire/unmask.h"

#include <gtest/gtest.h>

#include <string>

namespace edge {
namespace {

constexpr uint8_t kKey[4] = {0x01, 0x80, 0xfe, 0x37};

std::string OneByOne(std::string text, size_t phase) {
  for (size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>(text[i] ^ static_cast<char>(kKey[(phase + i) % 4]));
  }
  return text;
}

TEST(UnmaskTest, IsTheRuleOfRfc6455ForEverySizePhaseAndAlignment) {
  for (size_t size = 0; size < 70; ++size) {
    for (size_t phase = 0; phase < 4; ++phase) {
      for (size_t offset = 0; offset < 8; ++offset) {
        std::string text;
        for (size_t i = 0; i < offset + size; ++i) text += static_cast<char>(i * 37);
        const std::string expected = text.substr(0, offset) + OneByOne(text.substr(offset), phase);
        Unmask(text.data() + offset, size, kKey, phase);
        ASSERT_EQ(text, expected) << size << " " << phase << " " << offset;
      }
    }
  }
}

TEST(UnmaskTest, TouchesNothingBehindItsEnd) {
  std::string text(40, 'x');
  Unmask(text.data(), 13, kKey, 0);
  EXPECT_EQ(text.substr(13), std::string(27, 'x'));
}

}  // namespace
}  // namespace edge
