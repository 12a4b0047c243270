#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace edge {

// A strict RFC 8259 scanner that hands out raw slices: what a client or a service sends as JSON is
// checked once, completely, and passed on byte for byte (numbers keep their digits, nothing is
// re-serialised). The text must be valid UTF-8 already: whoever took it from the wire has checked.
//
// Pure functions over memory. One pass, no allocation; nesting is bounded by kMaxJsonDepth.
inline constexpr int kMaxJsonDepth = 128;

// Whether `text` is exactly one JSON value (with white space round it).
bool IsValidJson(std::string_view text);

// Reads the members of one JSON object, in order.
//
//   JsonObjectReader reader(text);
//   while (reader.Next()) use(reader.key(), reader.value());
//   if (!reader.ok()) refuse(reader.error());
class JsonObjectReader {
 public:
  explicit JsonObjectReader(std::string_view text);

  // Moves to the next member. False at the end of the object, or when the text is not valid.
  bool Next();
  // After Next returned false: the whole text was one valid object.
  bool ok() const { return error_ == nullptr; }
  // What is wrong, for people; only when !ok().
  const char* error() const { return error_; }

  // The key between its quotes, escapes as they stand.
  std::string_view key() const { return key_; }
  // The value's raw text: a string has its quotes.
  std::string_view value() const { return value_; }

 private:
  bool Fail(const char* error);  // false, for the caller to return

  const char* at_;
  const char* end_;
  const char* error_ = nullptr;
  bool first_ = true;
  bool done_ = false;
  std::string_view key_;
  std::string_view value_;
};

// The text of a raw JSON string (with its quotes), escapes resolved. Nothing when `raw` is no
// string or has a lone surrogate. `raw` comes from a reader, so its syntax is valid.
std::optional<std::string> JsonStringValue(std::string_view raw);

// True for a raw value that is a string.
inline bool IsJsonString(std::string_view raw) {
  return !raw.empty() && raw.front() == '"';
}

}  // namespace edge
