// DEPS base wire
//
// What is agreed on is in our own words an offer that means the same, and no matter of empty
// elements, white space at the ends, or how many lines the offers came in.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "edge/base/check.h"
#include "edge/wire/deflate_offer.h"

namespace {

bool Same(const absl::StatusOr<edge::DeflateAgreement>& one,
          const absl::StatusOr<edge::DeflateAgreement>& other) {
  if (!one.ok() || !other.ok()) return one.ok() == other.ok();
  return one->window_bits == other->window_bits && one->answer == other->answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string offers(reinterpret_cast<const char*>(data), size);
  const auto agreement = edge::NegotiateDeflate(offers);
  GATEHOUSE_CHECK(Same(edge::NegotiateDeflate(", \t" + offers + " ,"), agreement),
                  "an empty element changes what is agreed on");
  GATEHOUSE_CHECK(Same(edge::NegotiateDeflate(offers + ", " + offers), agreement),
                  "the same line once more changes what is agreed on");
  if (!agreement.ok()) return 0;
  const int bits = agreement->window_bits;
  GATEHOUSE_CHECK(bits == 0 || (bits >= 8 && bits <= 15), "a window that nobody may ask for");
  GATEHOUSE_CHECK(agreement->answer.empty() == (bits == 0), "an answer without an agreement");
  GATEHOUSE_CHECK(Same(edge::NegotiateDeflate(agreement->answer), agreement),
                  "our answer does not say what was agreed on");
  return 0;
}
