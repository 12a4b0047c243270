#include "edge/proxy/file_answer.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace edge {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kTypes = {{
    {"html", "text/html; charset=utf-8"},
    {"htm", "text/html; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"txt", "text/plain; charset=utf-8"},
    {"xml", "application/xml"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"ico", "image/x-icon"},
    {"woff2", "font/woff2"},
    {"wasm", "application/wasm"},
    {"pdf", "application/pdf"},
    {"map", "application/json"},
}};

std::string_view TypeOf(std::string_view path) {
  const std::string_view suffix = path.substr(std::min(path.rfind('.') + 1, path.size()));
  for (const auto& [name, type] : kTypes) {
    if (name == suffix) return type;
  }
  return "application/octet-stream";
}

int OpenBeneath(const std::string& folder, const std::string& path) {
  const int at = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (at < 0) return -1;
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const long fd = ::syscall(SYS_openat2, at, path.c_str(), &how, sizeof how);
  ::close(at);
  return static_cast<int>(fd);
}

}  // namespace

FileAnswer::FileAnswer(const Route& route, std::string_view path) {
  std::string below(path.substr(std::min(route.path.size(), path.size())));
  while (below.starts_with('/')) below.erase(0, 1);
  if (below.empty() || below.ends_with('/')) below += "index.html";
  // What an editor or a version control leaves behind is nobody's to read.
  if (below.starts_with('.') || below.find("/.") != std::string::npos) return;
  const int fd = OpenBeneath(route.folder, below);
  struct stat status {};
  if (fd < 0) return;
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    return;
  }
  fd_ = fd;
  left_ = static_cast<uint64_t>(status.st_size);
  changed_seconds_ = status.st_mtim.tv_sec;
  changed_nanos_ = static_cast<uint64_t>(status.st_mtim.tv_nsec);
  content_type_ = TypeOf(below);
}

FileAnswer::~FileAnswer() {
  if (fd_ >= 0) ::close(fd_);
}

std::string FileAnswer::Head(const RequestHead& request, bool keep_alive) {
  keep_alive_ = keep_alive;
  const std::string tag =
      fmt::format("\"{:x}-{:x}-{:x}\"", left_, changed_seconds_, changed_nanos_);
  bool known = false;
  for (const HeadField& field : request.fields) {
    known |= EqualsLower(field.name, "if-none-match") && field.value == tag;
  }
  std::string head = known ? "HTTP/1.1 304 Not Modified\r\n" : "HTTP/1.1 200 OK\r\n";
  head += fmt::format(
      "Server: gatehouse\r\nETag: {}\r\nLast-Modified: {:%a, %d %b %Y %H:%M:%S} GMT\r\n"
      "X-Content-Type-Options: nosniff\r\n",
      tag, fmt::gmtime(static_cast<std::time_t>(changed_seconds_)));
  if (!known) {
    head += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", content_type_, left_);
  }
  if (!keep_alive) head += "Connection: close\r\n";
  if (keep_alive && !request.http11) head += "Connection: keep-alive\r\n";
  if (known || request.IsHead()) left_ = 0;
  return head + "\r\n";
}

ssize_t FileAnswer::Read(std::span<char> into) {
  const ssize_t got = ::read(fd_, into.data(), std::min<uint64_t>(into.size(), left_));
  if (got > 0) left_ -= static_cast<uint64_t>(got);
  if (got == 0 && left_ > 0) return -1;
  return got;
}

}  // namespace edge
