#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace edge {

// One line of a head. Views into the bytes that were scanned; the value without the white space
// round it.
struct HeadField {
  std::string_view name;
  std::string_view value;
};

// A head as it came: nothing is interpreted yet.
struct ScannedHead {
  std::string_view start_line;
  std::vector<HeadField> fields;
};

// Lines one head may have.
inline constexpr size_t kMaxHeadFields = 256;

// The bytes of the head at the front of `bytes`, with its empty line; 0: it is not there yet.
size_t HeadSize(std::string_view bytes);

// Whether the first line that ends here does so with LF alone: nobody would find the end of such a
// head.
bool EndsLineBare(std::string_view bytes);

// Scans a whole head, which ends with its empty line, as RFC 9112 writes one and not as receivers
// may read it: every line ends with CR LF and has no other CR, LF or NUL; a field's name is a
// token, and its colon follows at once; no line is folded. What two receivers could read
// differently is thus never passed on. Pure. kInvalidArgument says which rule; kOutOfRange: more
// than kMaxHeadFields lines.
absl::Status ScanHead(std::string_view head, ScannedHead& scanned);

// The fields of trailers: lines of a head without its start line.
absl::Status ScanFields(std::string_view lines, std::vector<HeadField>& fields);

// Whether `text` is `lower`, which is in lower case, in any case.
bool EqualsLower(std::string_view text, std::string_view lower);

// Whether every character of a name may stand in a token (RFC 9110 section 5.6.2), and there is
// one.
bool IsToken(std::string_view text);

// The next element of a comma-separated list, without the white space round it; `rest` loses it.
// Empty elements are passed over; an empty answer is the end.
std::string_view NextElement(std::string_view& rest);

}  // namespace edge
