#include "edge/base/json_scanner.h"

#include <array>
#include <cstdint>

namespace edge {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

const char* SkipSpace(const char* at, const char* end) {
  while (at < end && IsSpace(*at)) ++at;
  return at;
}

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Each Scan function gets the first byte of its value and returns the byte after it, or null.
const char* ScanEscape(const char* at, const char* end) {
  if (++at == end) return nullptr;
  switch (*at) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return at + 1;
    case 'u':
      if (end - at < 5) return nullptr;
      for (int i = 1; i <= 4; ++i) {
        if (HexValue(at[i]) < 0) return nullptr;
      }
      return at + 5;
    default:
      return nullptr;
  }
}

// True for bytes that end a plain run inside a string: quote, backslash, control characters.
constexpr std::array<bool, 256> MakeStringStops() {
  std::array<bool, 256> stops{};
  for (int i = 0; i < 0x20; ++i) stops[static_cast<size_t>(i)] = true;
  stops['"'] = stops['\\'] = true;
  return stops;
}
constexpr std::array<bool, 256> kStringStops = MakeStringStops();

const char* ScanString(const char* at, const char* end) {
  ++at;
  while (true) {
    while (at < end && !kStringStops[static_cast<uint8_t>(*at)]) ++at;
    if (at == end) return nullptr;
    if (*at == '"') return at + 1;
    if (*at != '\\') return nullptr;
    at = ScanEscape(at, end);
    if (at == nullptr) return nullptr;
  }
}

const char* ScanDigits(const char* at, const char* end) {
  if (at == end || !IsDigit(*at)) return nullptr;
  while (at < end && IsDigit(*at)) ++at;
  return at;
}

const char* ScanNumber(const char* at, const char* end) {
  if (*at == '-') ++at;
  if (at < end && *at == '0') {
    ++at;
  } else {
    at = ScanDigits(at, end);
    if (at == nullptr) return nullptr;
  }
  if (at < end && *at == '.') {
    at = ScanDigits(at + 1, end);
    if (at == nullptr) return nullptr;
  }
  if (at < end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at < end && (*at == '+' || *at == '-')) ++at;
    at = ScanDigits(at, end);
  }
  return at;
}

const char* ScanWord(const char* at, const char* end, std::string_view word) {
  const std::string_view rest(at, static_cast<size_t>(end - at));
  return rest.starts_with(word) ? at + word.size() : nullptr;
}

const char* ScanValue(const char* at, const char* end, int depth);

const char* ScanKeyAndColon(const char* at, const char* end) {
  if (at == end || *at != '"') return nullptr;
  at = ScanString(at, end);
  if (at == nullptr) return nullptr;
  at = SkipSpace(at, end);
  return at < end && *at == ':' ? SkipSpace(at + 1, end) : nullptr;
}

const char* ScanContainer(const char* at, const char* end, int depth) {
  if (depth >= kMaxJsonDepth) return nullptr;
  const bool object = *at == '{';
  const char close = object ? '}' : ']';
  at = SkipSpace(at + 1, end);
  if (at < end && *at == close) return at + 1;
  while (true) {
    if (object && (at = ScanKeyAndColon(at, end)) == nullptr) return nullptr;
    at = ScanValue(at, end, depth + 1);
    if (at == nullptr) return nullptr;
    at = SkipSpace(at, end);
    if (at == end) return nullptr;
    if (*at == close) return at + 1;
    if (*at != ',') return nullptr;
    at = SkipSpace(at + 1, end);
  }
}

const char* ScanValue(const char* at, const char* end, int depth) {
  if (at == end) return nullptr;
  switch (*at) {
    case '"':
      return ScanString(at, end);
    case '{':
    case '[':
      return ScanContainer(at, end, depth);
    case 't':
      return ScanWord(at, end, "true");
    case 'f':
      return ScanWord(at, end, "false");
    case 'n':
      return ScanWord(at, end, "null");
    default:
      return *at == '-' || IsDigit(*at) ? ScanNumber(at, end) : nullptr;
  }
}

void AppendUtf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

uint32_t FourHex(const char* digits) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 4 | static_cast<uint32_t>(HexValue(digits[i]));
  return value;
}

// `at` is the 'u' of an escape inside `end`. Appends what it stands for and returns the byte after
// it; null for a lone surrogate.
const char* ResolveUnicodeEscape(const char* at, const char* end, std::string& out) {
  uint32_t code = FourHex(at + 1);
  at += 5;
  if (code >= 0xdc00 && code <= 0xdfff) return nullptr;
  if (code >= 0xd800 && code <= 0xdbff) {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return nullptr;
    const uint32_t low = FourHex(at + 2);
    if (low < 0xdc00 || low > 0xdfff) return nullptr;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    at += 6;
  }
  AppendUtf8(code, out);
  return at;
}

}  // namespace

bool IsValidJson(std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* at = ScanValue(SkipSpace(text.data(), end), end, 0);
  return at != nullptr && SkipSpace(at, end) == end;
}

JsonObjectReader::JsonObjectReader(std::string_view text)
    : at_(text.data()), end_(text.data() + text.size()) {
  at_ = SkipSpace(at_, end_);
  if (at_ == end_ || *at_ != '{') {
    Fail("not a JSON object");
    return;
  }
  at_ = SkipSpace(at_ + 1, end_);
}

bool JsonObjectReader::Fail(const char* error) {
  error_ = error;
  done_ = true;
  return false;
}

bool JsonObjectReader::Next() {
  if (done_) return false;
  if (at_ < end_ && *at_ == '}') {
    // An object may end after its brace or after a member, never after a comma: first_ or a value
    // went before, as the comma is consumed together with the key below.
    done_ = true;
    if (SkipSpace(at_ + 1, end_) != end_) Fail("text after the JSON object");
    return false;
  }
  if (!first_) {
    if (at_ == end_ || *at_ != ',') return Fail("expected ',' or '}'");
    at_ = SkipSpace(at_ + 1, end_);
  }
  first_ = false;
  if (at_ == end_ || *at_ != '"') return Fail("expected a quoted key");
  const char* const key_end = ScanString(at_, end_);
  if (key_end == nullptr) return Fail("bad string");
  key_ = std::string_view(at_ + 1, static_cast<size_t>(key_end - at_ - 2));
  at_ = SkipSpace(key_end, end_);
  if (at_ == end_ || *at_ != ':') return Fail("expected ':' after a key");
  at_ = SkipSpace(at_ + 1, end_);
  const char* const value_end = ScanValue(at_, end_, 1);
  if (value_end == nullptr) return Fail("bad JSON value");
  value_ = std::string_view(at_, static_cast<size_t>(value_end - at_));
  at_ = SkipSpace(value_end, end_);
  return true;
}

std::optional<std::string> JsonStringValue(std::string_view raw) {
  if (!IsJsonString(raw) || raw.size() < 2) return std::nullopt;
  std::string out;
  out.reserve(raw.size());
  const char* at = raw.data() + 1;
  const char* const end = raw.data() + raw.size() - 1;
  while (at < end) {
    if (*at != '\\') {
      out += *at++;
      continue;
    }
    switch (*++at) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u':
        at = ResolveUnicodeEscape(at, end, out);
        if (at == nullptr) return std::nullopt;
        continue;
      default:
        out += *at;
    }
    ++at;
  }
  return out;
}

}  // namespace edge
