#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/load/histogram.h"
#include "bench/net/event_loop.h"

namespace bench {

class HttpClients;

// A client of HTTP/1.1: one connection that is kept, one request under way. An answer that is not
// 200 with the bytes that were asked for, or a connection that ends, ends the tool.
class HttpClient final : public Endpoint {
 public:
  HttpClient(HttpClients& clients, size_t index);
  ~HttpClient() override;

  // Sends the request. `due`: since when it is waited for.
  void Ask(int64_t due);
  void OnEvents(uint32_t events) override;

 private:
  void OnConnected();
  void OnBytes(std::string_view bytes);
  // Of the answer's head: how long the body is.
  uint64_t BodyOf(std::string_view head) const;

  HttpClients& clients_;
  const size_t index_;
  int fd_;
  bool connected_ = false;
  int64_t due_ = 0;
  std::string head_;  // of an answer, while it is not whole
  bool in_body_ = false;
  uint64_t body_left_ = 0;
};

// All clients, who ask for the same: GET /bytes/SIZE.
class HttpClients {
 public:
  HttpClients(EventLoop& loop, const std::string& server, uint64_t size);

  // Connects `count` more, each of which asks once: at most `parallel` at a time. Returns when all
  // are answered.
  void Connect(size_t count, size_t parallel);
  // Each asks once, at most `parallel` at a time. Returns when all are answered.
  void AskEach(size_t parallel);
  // Until `end` each client asks again as soon as it is answered.
  void AskWithoutPause(int64_t end);
  // Until `end` `rate` requests a second are due, each is sent by a client that is free, and
  // latency counts from the time it was due. A server that falls far behind ends the tool.
  void AskAtRate(double rate, int64_t end);
  // Waits for what is under way.
  void Rest();
  // Counts from here.
  void Reset();

  uint64_t answered() const { return answered_; }
  uint64_t bytes() const { return answered_ * size_; }
  const Histogram& latency() const { return latency_; }

  // ---- For clients ----
  EventLoop& loop() { return loop_; }
  const sockaddr_in& address() const { return address_; }
  const std::string& request() const { return request_; }
  uint64_t size() const { return size_; }
  std::span<char> buffer() { return buffer_; }
  void OnAnswer(size_t index, int64_t due);

 private:
  enum class Pace { kOnce, kWithoutPause, kAtRate };

  EventLoop& loop_;
  const sockaddr_in address_;
  const uint64_t size_;
  const std::string request_;
  std::vector<char> buffer_;
  std::vector<std::unique_ptr<HttpClient>> clients_;
  Pace pace_ = Pace::kOnce;
  std::vector<size_t> free_;
  std::deque<int64_t> waiting_;  // requests that are due, with no client free
  uint64_t answered_ = 0;
  Histogram latency_;
};

}  // namespace bench
