#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>

// Certificates for tests, made on the spot.
namespace control {

struct Certificate {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{nullptr, EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate{nullptr, X509_free};

  std::string KeyPem() const;
  std::string CertificatePem() const;
};

Certificate MakeAuthority(const std::string& common_name);
// Signed by `authority`; `dns_name` may be empty.
Certificate MakeCertificate(const Certificate& authority, const std::string& common_name,
                            const std::string& dns_name);

}  // namespace control
