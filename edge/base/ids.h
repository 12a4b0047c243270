#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

// Ids are types, so that Kick(UserId, RoomName) cannot be called with its arguments swapped.
namespace edge {

// A text id. Owns its bytes; compares and hashes as text.
template <typename Tag>
class StringId {
 public:
  StringId() = default;
  explicit StringId(std::string value) : value_(std::move(value)) {}
  explicit StringId(std::string_view value) : value_(value) {}
  explicit StringId(const char* value) : value_(value) {}

  const std::string& str() const { return value_; }
  std::string_view view() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const StringId& a, const StringId& b) = default;
  friend auto operator<=>(const StringId& a, const StringId& b) = default;
  template <typename H>
  friend H AbslHashValue(H h, const StringId& id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  std::string value_;
};

// The authenticated subject (the token's `sub`). 1 to 255 bytes of UTF-8 without control
// characters.
using UserId = StringId<struct UserIdTag>;
// What is joined and broadcast to: 1 to 255 bytes of the characters that name_rules.h lists. The
// part before the first ":" is its namespace.
using RoomName = StringId<struct RoomNameTag>;

// Hash and equality for maps keyed by a StringId that are looked up by std::string_view. Seeded for
// each process, so that nobody can choose names that collide.
struct IdHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const {
    return absl::HashOf(absl::string_view(text.data(), text.size()));
  }
  template <typename Tag>
  size_t operator()(const StringId<Tag>& id) const {
    return (*this)(id.view());
  }
};
struct IdEqual {
  using is_transparent = void;
  static std::string_view View(std::string_view text) { return text; }
  template <typename Tag>
  static std::string_view View(const StringId<Tag>& id) {
    return id.view();
  }
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return View(a) == View(b);
  }
};

using ShardIndex = uint16_t;

}  // namespace edge
