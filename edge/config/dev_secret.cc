#include "edge/config/dev_secret.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include "edge/base/random.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/config/small_file.h"

namespace edge {
namespace {

constexpr size_t kSecretDigits = 64;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

using Environment = std::vector<std::pair<std::string, std::string>>;

template <typename... Args>
absl::Status Unusable(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kFailedPrecondition, format, std::forward<Args>(args)...);
}

std::string Reason(int error) {
  return std::generic_category().message(error);
}

// An absolute path from the environment; relative ones are ignored, as the XDG base directory
// specification wants it.
std::optional<std::string> Folder(const Environment& environment, std::string_view name) {
  for (const auto& [variable, value] : environment) {
    if (variable == name && value.starts_with('/')) return value;
  }
  return std::nullopt;
}

// Every folder the secret may be in, best first.
std::vector<std::string> Places(const Environment& environment) {
  std::vector<std::string> places;
  if (const auto state = Folder(environment, "XDG_STATE_HOME")) {
    places.push_back(*state + "/gatehouse");
  } else if (const auto home = Folder(environment, "HOME")) {
    places.push_back(*home + "/.local/state/gatehouse");
  }
  places.push_back(
      fmt::format("{}/gatehouse-{}", Folder(environment, "TMPDIR").value_or("/tmp"), ::geteuid()));
  return places;
}

// A file or folder that nobody but this user can have put there or can read.
absl::Status CheckPrivate(const std::string& path, bool folder) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return Unusable("{}: {}", path, Reason(errno));
  if (folder ? !S_ISDIR(found.st_mode) : !S_ISREG(found.st_mode)) {
    return Unusable("{} is no {}; remove it", path, folder ? "folder" : "regular file");
  }
  if (found.st_uid != ::geteuid()) return Unusable("{} belongs to another user; remove it", path);
  // A folder only has to be closed to writers: the file in it guards itself.
  const mode_t forbidden = folder ? (S_IWGRP | S_IWOTH) : kOthers;
  if ((found.st_mode & forbidden) != 0) {
    return Unusable("{} is open to others (mode {:04o}); remove it, or chmod {} it", path,
                    found.st_mode & 07777, folder ? "0700" : "0600");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  RETURN_IF_ERROR(CheckPrivate(path, false));
  ASSIGN_OR_RETURN(std::string secret, ReadSmallFile(path));
  if (secret.ends_with('\n')) secret.pop_back();
  const bool digits = std::ranges::all_of(
      secret, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (secret.size() != kSecretDigits || !digits) {
    return Unusable("{} holds no secret of 64 hex digits; remove it, and a new one is made", path);
  }
  return secret;
}

std::string NewSecret() {
  std::string secret;
  while (secret.size() < kSecretDigits) secret += fmt::format("{:016x}", SecureRandom64());
  return secret;
}

// Writes a file of its own and links it into place, so that nobody reads half a secret and the
// first of two writers wins. errno's value; EEXIST: there is one already.
int WriteSecret(const std::string& path) {
  const std::string draft = fmt::format("{}.{}.{:016x}", path, ::getpid(), SecureRandom64());
  const int file =
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return errno;
  const std::string text = NewSecret() + "\n";
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  int error = written ? 0 : ENOSPC;
  ::close(file);
  if (error == 0 && ::link(draft.c_str(), path.c_str()) != 0) error = errno;
  ::unlink(draft.c_str());
  return error;
}

// The secret in `folder`, made if it is not there. kUnavailable: nothing can be written there.
absl::StatusOr<std::string> SecretIn(const std::string& folder) {
  const std::string path = folder + "/dev-secret";
  std::error_code error;
  // The parents get the umask's mode, as mkdir -p would give them.
  std::filesystem::create_directories(std::filesystem::path(folder).parent_path(), error);
  if (error || (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)) {
    return absl::UnavailableError(error ? error.message() : Reason(errno));
  }
  RETURN_IF_ERROR(CheckPrivate(folder, true));
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0) return ReadSecret(path);
  const int failure = WriteSecret(path);
  if (failure != 0 && failure != EEXIST) return absl::UnavailableError(Reason(failure));
  return ReadSecret(path);
}

}  // namespace

absl::StatusOr<std::string> DevSecret(const Environment& environment) {
  std::string tried;
  for (const std::string& folder : Places(environment)) {
    absl::StatusOr<std::string> secret = SecretIn(folder);
    if (secret.ok()) return secret;
    if (!absl::IsUnavailable(secret.status())) {
      return Unusable("the secret of --dev: {}", ToStd(secret.status().message()));
    }
    tried += fmt::format("{}{} ({})", tried.empty() ? "" : ", ", folder,
                         ToStd(secret.status().message()));
  }
  return Unusable(
      "the secret of --dev can be kept nowhere; tried {}. Set XDG_STATE_HOME to a folder "
      "that can be written, or give auth.keys",
      tried);
}

}  // namespace edge
