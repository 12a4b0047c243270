#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// A configuration while its sources are laid over each other: the message, which place each key was
// last given in, and every error so far. One thread.
class ConfigDraft {
 public:
  // Begins with the defaults.
  ConfigDraft();

  gatehouse::v1::Config config;

  // `key` was given in `place` ("gatehouse.yaml:12", "GATEHOUSE_CLIENT_LISTEN", "--set").
  void Note(const std::string& key, std::string_view place);
  // Whether a source gave `key` itself.
  bool Given(const std::string& key) const { return places_.contains(key); }

  // An error of `key`, at the place where it, or the nearest block round it, was given.
  void AddError(std::string_view key, std::string_view message);
  // An error at a place of its own; `key` may be empty.
  void AddErrorAt(std::string_view place, std::string_view key, std::string_view message);

  // `key` was probably meant by what already has an error: nothing more is to be said of it.
  void Excuse(std::string_view key) { wrong_keys_.emplace_back(key); }

  // Whether `key`, something in it, or a block round it already has an error: what is said of it
  // next would only be a consequence.
  bool HasErrorNear(std::string_view key) const;
  // So many errors that more would not help; later ones are only counted as "more".
  bool full() const { return lines_.size() >= kMaxErrors; }

  // All errors, one a line (kInvalidArgument), or OK.
  absl::Status status() const;

 private:
  static constexpr size_t kMaxErrors = 100;
  std::string PlaceOf(std::string_view key) const;

  std::map<std::string, std::string, std::less<>> places_;
  std::vector<std::string> lines_;
  std::vector<std::string> wrong_keys_;
  bool more_ = false;
};

}  // namespace edge
