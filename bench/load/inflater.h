#pragma once

#include <zlib.h>

#include <array>
#include <string>
#include <string_view>

namespace bench {

// Reads compressed messages (RFC 7692) of servers that keep no context between them.
//
// All members of a room get the same bytes when their server compresses once, or alike for each:
// what was read lately is found again by its bytes, so that a delivery costs a comparison.
class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // The message's text, valid until the next call. Fails the tool when there is none in it.
  std::string_view TextOf(std::string_view compressed);

 private:
  struct Known {
    std::string compressed;
    std::string text;
  };
  static constexpr size_t kKnown = 64;

  void Inflate(std::string_view bytes, std::string& out);

  z_stream stream_{};
  std::array<Known, kKnown> known_;
};

}  // namespace bench
