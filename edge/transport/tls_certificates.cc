#include "edge/transport/tls_certificates.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace edge {
namespace {

using Context = std::shared_ptr<SSL_CTX>;

// TLS 1.2: forward secrecy and authenticated encryption only (RFC 9325 section 4.2).
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

absl::Status TlsError(std::string_view what, const std::string& file) {
  const unsigned long error = ERR_peek_last_error();
  const char* const reason = ERR_reason_error_string(error);
  ERR_clear_error();
  return Error(absl::StatusCode::kInvalidArgument, "{} '{}': {}", what, file,
               reason == nullptr ? "not readable as PEM" : reason);
}

// RFC 7301: the only protocol spoken behind TLS. A client that offers none of ours goes on without,
// as one that offers nothing.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, kHttp11, sizeof kHttp11, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

void SetRules(SSL_CTX& context, bool only_tls13) {
  SSL_CTX_set_min_proto_version(&context, only_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(&context, kTls12Ciphers);
  // A peer could make us compute for ever by renegotiating.
  SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // An idle connection holds no record buffers. Clients resume by tickets: nothing is kept here.
  SSL_CTX_set_mode(&context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(&context, 1);
  SSL_CTX_set_alpn_select_cb(&context, SelectProtocol, nullptr);
}

absl::StatusOr<Context> MakeContext(const TlsCertificates::Files& files) {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (context == nullptr) return absl::InternalError("OpenSSL has no memory for a context");
  SetRules(*context, files.only_tls13);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    return TlsError("client.tls.certificate_file", files.certificate);
  }
  const bool read =
      SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) == 1;
  const bool another = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
  if (!read && !another) return TlsError("client.tls.key_file", files.key);
  // A key of another kind than the certificate's is read without a word.
  if (!read || SSL_CTX_check_private_key(context.get()) != 1) {
    ERR_clear_error();
    return Error(absl::StatusCode::kInvalidArgument,
                 "client.tls.key_file '{}' is not the key of client.tls.certificate_file '{}'",
                 files.key, files.certificate);
  }
  return context;
}

}  // namespace

TlsCertificates::Stamp TlsCertificates::StampOf(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return {};
  constexpr int64_t kNanosPerSecond = 1'000'000'000;
  return {.modified_nanos = file.st_mtim.tv_sec * kNanosPerSecond + file.st_mtim.tv_nsec,
          .inode = file.st_ino,
          .size = file.st_size};
}

absl::StatusOr<std::unique_ptr<TlsCertificates>> TlsCertificates::Load(Files files) {
  std::unique_ptr<TlsCertificates> certificates(new TlsCertificates(std::move(files)));
  RETURN_IF_ERROR(certificates->Reload().status());
  return certificates;
}

absl::StatusOr<bool> TlsCertificates::Reload() {
  // Before the files are read: what changes while they are is seen the next time.
  const Stamp certificate = StampOf(files_.certificate);
  const Stamp key = StampOf(files_.key);
  {
    const MutexLock lock(mutex_);
    const bool same = certificate == certificate_stamp_ && key == key_stamp_;
    if (context_ != nullptr && same) return false;
  }
  ASSIGN_OR_RETURN(Context context, MakeContext(files_));
  const MutexLock lock(mutex_);
  context_ = std::move(context);
  certificate_stamp_ = certificate;
  key_stamp_ = key;
  return true;
}

std::shared_ptr<ssl_ctx_st> TlsCertificates::current() const {
  const MutexLock lock(mutex_);
  return context_;
}

}  // namespace edge
