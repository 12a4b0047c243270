#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <vector>

#include "bench/load/crowd.h"
#include "bench/load/publisher.h"
#include "bench/net/fail.h"
#include "bench/net/socket.h"

namespace bench {
namespace {

// How a server takes publications over HTTP.
struct HttpDialect {
  std::string_view accept;
  std::string (*path)(const std::string& room);
  std::string (*body)(const std::string& room, std::string_view json);
  size_t (*matched)(std::string_view answer_body);
};

// One connection with at most one request under way. Kept alive where the server does (Nchan),
// made again where it closes after each answer (Pushpin).
class HttpLine final : public Endpoint {
 public:
  HttpLine(EventLoop& loop, const sockaddr_in& address, const HttpDialect& dialect,
           AnswerListener& listener)
      : loop_(loop), address_(address), dialect_(dialect), listener_(listener) {
    Connect();
  }
  ~HttpLine() override { Disconnect(); }

  bool free() const { return !busy_; }

  void Ask(uint64_t number, std::string_view request) {
    busy_ = true;
    number_ = number;
    request_ = request;
    Send();
  }

  void OnEvents(uint32_t events) override {
    if ((events & EPOLLOUT) != 0 && !request_.empty()) Send();
    if ((events & ~EPOLLOUT) == 0) return;
    char bytes[4096];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      if (busy_) Fail("the server closed a publisher's connection");
      Disconnect();
      return Connect();
    }
    answer_.append(bytes, static_cast<size_t>(got));
    const size_t head = answer_.find("\r\n\r\n");
    if (head == std::string::npos) return;
    const size_t length = LengthOf(std::string_view(answer_).substr(0, head + 2));
    if (answer_.size() < head + 4 + length) return;
    if (!answer_.starts_with("HTTP/1.1 2")) Fail("a POST was refused: {}", answer_);
    const size_t matched = dialect_.matched(std::string_view(answer_).substr(head + 4, length));
    if (answer_.find("\r\nConnection: close\r\n") < head + 2) {
      Disconnect();
      Connect();
    }
    answer_.clear();
    busy_ = false;
    listener_.OnAnswer(number_, matched);
  }

 private:
  void Connect() {
    fd_ = BeginConnect(address_, 0);
    loop_.Add(fd_, *this, EPOLLIN);
  }
  void Disconnect() {
    loop_.Remove(fd_);
    ::close(fd_);
  }

  void Send() {
    const ssize_t sent = ::send(fd_, request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) {  // not connected yet
      return loop_.Modify(fd_, *this, EPOLLIN | EPOLLOUT);
    }
    if (sent != static_cast<ssize_t>(request_.size())) Fail("a POST was not taken whole");
    loop_.Modify(fd_, *this, EPOLLIN);
    request_.clear();
  }

  static size_t LengthOf(std::string_view head) {
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
      const size_t at = head.find(name);
      if (at != std::string_view::npos) {
        return std::strtoul(head.data() + at + name.size(), nullptr, 10);
      }
    }
    Fail("an answer without Content-Length: {}", head);
  }

  EventLoop& loop_;
  const sockaddr_in address_;
  int fd_ = -1;
  const HttpDialect& dialect_;
  AnswerListener& listener_;
  bool busy_ = false;
  uint64_t number_ = 0;
  std::string request_;  // until it was sent
  std::string answer_;
};

// As many connections as publications were ever under way, as an HTTP client keeps them.
class HttpPublisher final : public Publisher {
 public:
  HttpPublisher(EventLoop& loop, std::string_view address, const HttpDialect& dialect, Crowd& crowd,
                AnswerListener& listener)
      : loop_(loop),
        address_(ParseAddress(address)),
        host_(address),
        dialect_(dialect),
        crowd_(crowd),
        listener_(listener) {}

  void Publish(uint64_t number, size_t room, std::string_view json) override {
    const std::string name = crowd_.target().RoomName(room);
    const std::string body = dialect_.body(name, json);
    FreeLine().Ask(number,
                   fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nAccept: {}\r\n"
                               "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                               dialect_.path(name), host_, dialect_.accept, body.size(), body));
  }

 private:
  HttpLine& FreeLine() {
    for (const auto& line : lines_) {
      if (line->free()) return *line;
    }
    lines_.push_back(std::make_unique<HttpLine>(loop_, address_, dialect_, listener_));
    return *lines_.back();
  }

  EventLoop& loop_;
  const sockaddr_in address_;
  const std::string host_;
  const HttpDialect& dialect_;
  Crowd& crowd_;
  AnswerListener& listener_;
  std::vector<std::unique_ptr<HttpLine>> lines_;
};

// POST /pub/ROOM; the answer is JSON with "subscribers": N.
constexpr HttpDialect kNchan{
    "text/json", [](const std::string& room) { return "/pub/" + room; },
    [](const std::string&, std::string_view json) { return std::string(json); },
    [](std::string_view answer) -> size_t {
      constexpr std::string_view kName = "\"subscribers\":";
      const size_t at = answer.find(kName);
      if (at == std::string_view::npos) return kCountUnknown;
      return std::strtoul(answer.data() + at + kName.size(), nullptr, 10);
    }};

// POST /publish/ with items; the answer does not say who gets them.
constexpr HttpDialect kPushpin{
    "text/plain", [](const std::string&) -> std::string { return "/publish/"; },
    [](const std::string& room, std::string_view json) {
      // The content is JSON text without anything to escape but its quotes.
      return fmt::format(
          R"({{"items":[{{"channel":"{}","formats":{{"ws-message":{{"content":{}}}}}}}]}})", room,
          json);
    },
    [](std::string_view) { return kCountUnknown; }};

}  // namespace

std::unique_ptr<Publisher> MakeNchanPublisher(EventLoop& loop, std::string_view address,
                                              Crowd& crowd, AnswerListener& listener) {
  return std::make_unique<HttpPublisher>(loop, address, kNchan, crowd, listener);
}

std::unique_ptr<Publisher> MakePushpinPublisher(EventLoop& loop, std::string_view address,
                                                Crowd& crowd, AnswerListener& listener) {
  return std::make_unique<HttpPublisher>(loop, address, kPushpin, crowd, listener);
}

}  // namespace bench
