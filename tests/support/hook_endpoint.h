#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "edge/base/check.h"

namespace edge {

// An application's HTTP endpoint on a loopback port of its own: a thread for each connection, which
// reads whole requests and writes what the test's function makes of them.
class HookEndpoint {
 public:
  struct Request {
    std::string head;    // with its line and fields
    std::string method;  // "OnConnect"
    std::string body;
    size_t connection = 0;  // which one it came on, from 0
  };
  // The whole response; nothing: the connection is closed without one.
  using Answer = std::function<std::optional<std::string>(const Request&)>;

  explicit HookEndpoint(Answer answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const bool bound = ::bind(listener_, generic, size) == 0 && ::listen(listener_, 128) == 0 &&
                       ::getsockname(listener_, generic, &size) == 0;
    GATEHOUSE_CHECK(bound, "no port for a test's endpoint");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~HookEndpoint() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    for (const int fd : fds_) ::shutdown(fd, SHUT_RDWR);
    for (std::thread& each : threads_) each.join();
    for (const int fd : fds_) ::close(fd);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hooks"; }
  size_t connections() {
    const std::lock_guard lock(mutex_);
    return fds_.size();
  }

  static std::string Ok(std::string_view json, std::string_view headers = {}) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(json.size()) + "\r\n" +
           std::string(headers) + "\r\n" + std::string(json);
  }

 private:
  void Accept() {
    while (true) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      const std::lock_guard lock(mutex_);
      fds_.push_back(fd);
      threads_.emplace_back([this, fd, number = fds_.size() - 1] { Serve(fd, number); });
    }
  }
  void Serve(int fd, size_t number) {
    std::string received;
    while (std::optional<Request> request = Read(fd, received)) {
      request->connection = number;
      const std::optional<std::string> answer = answer_(*request);
      if (!answer || ::send(fd, answer->data(), answer->size(), MSG_NOSIGNAL) < 0) break;
    }
    ::shutdown(fd, SHUT_RDWR);
  }
  static std::optional<Request> Read(int fd, std::string& received) {
    constexpr std::string_view kEnd = "\r\n\r\n";
    while (true) {
      const size_t end = received.find(kEnd);
      if (end != std::string::npos) {
        const size_t at = received.find("Content-Length: ");
        const size_t length = at < end ? std::strtoul(received.c_str() + at + 16, nullptr, 10) : 0;
        if (received.size() >= end + kEnd.size() + length) {
          Request request;
          request.head = received.substr(0, end);
          request.body = received.substr(end + kEnd.size(), length);
          const std::string line = request.head.substr(0, request.head.find(" HTTP/"));
          request.method = line.substr(line.rfind('/') + 1);
          received.erase(0, end + kEnd.size() + length);
          return request;
        }
      }
      char buffer[4096];
      const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) return std::nullopt;
      received.append(buffer, static_cast<size_t>(got));
    }
  }

  const Answer answer_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<int> fds_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace edge
