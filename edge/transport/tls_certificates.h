#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "edge/base/mutex.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX: its headers stay out of ours

namespace edge {

// The certificate of the client listener, and what follows it when its files change. Any thread.
class TlsCertificates {
 public:
  struct Files {
    std::string certificate;  // PEM chain, the server's own first
    std::string key;          // PEM
    bool only_tls13 = false;
  };

  // kInvalidArgument names the file and what is wrong with it.
  static absl::StatusOr<std::unique_ptr<TlsCertificates>> Load(Files files);

  // Reads the files again if they have changed since. True: new connections get the new
  // certificate. An error keeps the one there is, and the next call tries again. Reads files: not
  // on a shard.
  absl::StatusOr<bool> Reload();

  // For one new connection, which keeps what it needs of it.
  std::shared_ptr<ssl_ctx_st> current() const;

 private:
  // When and what a file was, to see that it is another.
  struct Stamp {
    int64_t modified_nanos = 0;
    uint64_t inode = 0;
    int64_t size = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp StampOf(const std::string& path);

  explicit TlsCertificates(Files files) : files_(std::move(files)) {}

  const Files files_;
  mutable Mutex mutex_;
  std::shared_ptr<ssl_ctx_st> context_ ABSL_GUARDED_BY(mutex_);
  Stamp certificate_stamp_ ABSL_GUARDED_BY(mutex_);
  Stamp key_stamp_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace edge
