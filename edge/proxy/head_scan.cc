#include "edge/proxy/head_scan.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace edge {
namespace {

constexpr uint8_t kTokenChar = 1;  // tchar of RFC 9110 section 5.6.2
constexpr uint8_t kValueChar = 2;  // field-vchar, SP, HTAB; obs-text is opaque and passed on

constexpr std::array<uint8_t, 256> MakeTable() {
  std::array<uint8_t, 256> table{};
  for (size_t c = 0x20; c < 256; ++c) table[c] = c == 0x7f ? 0 : kValueChar;
  table['\t'] = kValueChar;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table[static_cast<uint8_t>(c)] |= kTokenChar;
  }
  return table;
}
constexpr std::array<uint8_t, 256> kTable = MakeTable();

bool All(std::string_view text, uint8_t kind) {
  return std::ranges::all_of(text,
                             [&](char c) { return (kTable[static_cast<uint8_t>(c)] & kind) != 0; });
}

std::string_view Trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the line at the front of `rest`, which loses it and its CR LF.
absl::Status TakeLine(std::string_view& rest, std::string_view& line) {
  const size_t end = rest.find_first_of("\r\n");
  if (end == std::string_view::npos || rest[end] == '\n') {
    return absl::InvalidArgumentError("a line that ends with LF alone");
  }
  if (end + 1 >= rest.size() || rest[end + 1] != '\n') {
    return absl::InvalidArgumentError("a CR that is not followed by LF");
  }
  line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return absl::OkStatus();
}

absl::Status ScanField(std::string_view line, HeadField& field) {
  if (line.front() == ' ' || line.front() == '\t') {
    return absl::InvalidArgumentError("a header that is folded over lines");
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return absl::InvalidArgumentError("a header without ':'");
  field.name = line.substr(0, colon);
  if (!IsToken(field.name)) {
    return absl::InvalidArgumentError(field.name.ends_with(' ') || field.name.ends_with('\t')
                                          ? "white space before a header's ':'"
                                          : "a header's name that is no token");
  }
  field.value = Trimmed(line.substr(colon + 1));
  if (!All(field.value, kValueChar)) {
    return absl::InvalidArgumentError("a control character in a header");
  }
  return absl::OkStatus();
}

}  // namespace

size_t HeadSize(std::string_view bytes) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const size_t end = bytes.find(kEnd);
  return end == std::string_view::npos ? 0 : end + kEnd.size();
}

bool EndsLineBare(std::string_view bytes) {
  const size_t lf = bytes.find('\n');
  return lf != std::string_view::npos && (lf == 0 || bytes[lf - 1] != '\r');
}

absl::Status ScanFields(std::string_view lines, std::vector<HeadField>& fields) {
  fields.clear();
  while (!lines.empty()) {
    std::string_view line;
    if (absl::Status taken = TakeLine(lines, line); !taken.ok()) return taken;
    if (line.empty()) {
      if (lines.empty()) return absl::OkStatus();
      return absl::InvalidArgumentError("bytes behind the head");
    }
    if (fields.size() == kMaxHeadFields) return absl::OutOfRangeError("more than 256 headers");
    if (absl::Status scanned = ScanField(line, fields.emplace_back()); !scanned.ok()) {
      return scanned;
    }
  }
  return absl::InvalidArgumentError("a head without its empty line");
}

absl::Status ScanHead(std::string_view head, ScannedHead& scanned) {
  if (absl::Status taken = TakeLine(head, scanned.start_line); !taken.ok()) return taken;
  if (!All(scanned.start_line, kValueChar)) {
    return absl::InvalidArgumentError("a control character in the first line");
  }
  return ScanFields(head, scanned.fields);
}

bool EqualsLower(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::ranges::equal(text, lower, [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
         });
}

bool IsToken(std::string_view text) {
  return !text.empty() && All(text, kTokenChar);
}

std::string_view NextElement(std::string_view& rest) {
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view element = Trimmed(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (!element.empty()) return element;
  }
  return {};
}

}  // namespace edge
