#include "control/tls_credentials.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace control {
namespace {

constexpr unsigned kRefreshSeconds = 1;

absl::Status Problem(std::string_view setting, const std::string& file, std::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return edge::Error(absl::StatusCode::kInvalidArgument, "control.tls.{} '{}': {}{}{}", setting,
                     file, what, reason == nullptr ? "" : ": ", reason == nullptr ? "" : reason);
}

absl::Status CheckFiles(const gatehouse::v1::ControlTlsSettings& settings) {
  if (settings.certificate_file().empty() || settings.key_file().empty()) {
    return absl::InvalidArgumentError("control.tls needs both certificate_file and key_file");
  }
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                  SSL_CTX_free);
  ERR_clear_error();
  SSL_CTX* const ssl = context.get();
  const std::string& certificate = settings.certificate_file();
  const std::string& key = settings.key_file();
  if (SSL_CTX_use_certificate_chain_file(ssl, certificate.c_str()) != 1) {
    return Problem("certificate_file", certificate, "no certificate chain can be read from it");
  }
  if (SSL_CTX_use_PrivateKey_file(ssl, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Problem("key_file", key, "no key that fits to the certificate can be read from it");
  }
  const std::string& ca = settings.client_ca_file();
  if (!ca.empty() && SSL_CTX_load_verify_locations(ssl, ca.c_str(), nullptr) != 1) {
    return Problem("client_ca_file", ca, "no certificates can be read from it");
  }
  return absl::OkStatus();
}

}  // namespace

bool WantsTls(const gatehouse::v1::ControlTlsSettings& settings) {
  return !settings.certificate_file().empty() || !settings.key_file().empty() ||
         !settings.client_ca_file().empty();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(
    const gatehouse::v1::ControlTlsSettings& settings) {
  if (!WantsTls(settings)) return grpc::InsecureServerCredentials();
  RETURN_IF_ERROR(CheckFiles(settings));
  const auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      settings.key_file(), settings.certificate_file(), settings.client_ca_file(), kRefreshSeconds);
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_identity_key_cert_pairs();
  if (settings.client_ca_file().empty()) {
    options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  } else {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace control
