#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/status/statusor.h"
#include "edge/auth/token_verifier.h"
#include "edge/base/clock.h"
#include "edge/jwks/http_get.h"
#include "edge/jwks/jwks_source.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// What the loader cannot see of auth.jwks: files that hold no key set, or no certificates.
// kInvalidArgument, all that is wrong, one a line.
absl::Status CheckJwks(const gatehouse::v1::AuthSettings& settings);

// Has the key sets of issuers and keeps them fresh, on a thread of its own; each issuer by itself,
// so that one that hangs delays no other.
//
// Begins at once and does not wait: until the first keys are there, an issuer's tokens are refused
// as kUnavailable, and Missing() keeps clients away.
class JwksFetcher {
 public:
  // Null: no issuer is configured. kInvalidArgument: a ca_file that cannot be used.
  static absl::StatusOr<std::unique_ptr<JwksFetcher>> Make(
      const gatehouse::v1::AuthSettings& settings, const Clock& clock);
  // Ends the thread. After the last who verifies with issuers().
  ~JwksFetcher();

  // In the order of auth.jwks.
  TokenVerifier::Issuers issuers() const;

  // ---- Any thread ----

  // Which issuer's first keys have not been had yet; empty: none's. Once they have, this stays
  // empty, also when they cannot be had again: other clients are not to suffer for it.
  std::string Missing() const;
  // Prometheus text.
  std::string Metrics() const;

 private:
  struct Issuer {
    Issuer(const gatehouse::v1::JwksSettings& settings, std::shared_ptr<IssuerKeys> keys,
           boost::asio::io_context& io)
        : source(settings, std::move(keys)), timer(io) {}
    JwksSource source;
    boost::asio::steady_timer timer;
    std::unique_ptr<HttpGet> get;  // null: a file
    std::string stamp;             // of the file, when it was read
  };

  explicit JwksFetcher(const Clock& clock);
  absl::Status Add(const gatehouse::v1::AuthSettings& settings,
                   const gatehouse::v1::JwksSettings& jwks);
  boost::asio::awaitable<void> FollowUrl(Issuer& issuer);
  boost::asio::awaitable<void> FollowFile(Issuer& issuer);
  void LookAtFile(Issuer& issuer);

  const Clock& clock_;
  std::vector<std::shared_ptr<IssuerKeys>> keys_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::vector<std::unique_ptr<Issuer>> issuers_;
  std::thread thread_;
};

}  // namespace edge
