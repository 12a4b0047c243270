#include "edge/proxy/upstream_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "edge/base/text.h"

namespace edge {

absl::StatusOr<std::shared_ptr<ssl_ctx_st>> MakeUpstreamTls(
    const std::string& at, const gatehouse::v1::UpstreamTlsSettings& settings) {
  if (!settings.enabled()) return std::shared_ptr<ssl_ctx_st>();
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (context == nullptr) return absl::InternalError("OpenSSL has no memory for a context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(context.get(), kHttp11, sizeof kHttp11);
  const std::string& file = settings.ca_file();
  const bool loaded =
      file.empty() ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                   : SSL_CTX_load_verify_locations(context.get(), file.c_str(), nullptr) == 1;
  ERR_clear_error();
  if (!loaded) {
    return Error(absl::StatusCode::kInvalidArgument, "{}.tls.ca_file '{}': no PEM certificates", at,
                 file);
  }
  return context;
}

}  // namespace edge
