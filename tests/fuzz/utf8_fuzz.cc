// DEPS base wire
//
// The two UTF-8 checkers agree, and cutting the text changes nothing. The first byte is where it is
// cut.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "edge/base/check.h"
#include "edge/wire/utf8.h"
#include "edge/wire/ws_decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string with_slack(reinterpret_cast<const char*>(data) + 1, size - 1);
  with_slack.append(edge::kScratchSlack, '\xff');
  const std::string_view text = std::string_view(with_slack).substr(0, size - 1);
  const bool valid = edge::IsUtf8(text);

  edge::Utf8Checker whole;
  GATEHOUSE_CHECK((whole.Feed(text) && whole.complete()) == valid, "the checkers disagree");

  const size_t cut = text.empty() ? 0 : data[0] % text.size();
  edge::Utf8Checker halves;
  const bool fed = halves.Feed(text.substr(0, cut)) && halves.Feed(text.substr(cut));
  GATEHOUSE_CHECK((fed && halves.complete()) == valid, "two pieces are not what the whole is");
  return 0;
}
