#include "edge/auth/jwks.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "edge/auth/base64url.h"
#include "edge/auth/jwk_key.h"
#include "edge/base/log.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace edge {
namespace {

namespace dom = simdjson::dom;

constexpr size_t kMaxDepth = 32;
constexpr size_t kMaxKid = 255;

absl::Status Bad(std::string_view what) {
  return absl::InvalidArgumentError(ToAbsl(what));
}

// A member that is read, and its text; not there: nothing.
struct Member {
  std::string_view name;
  std::optional<std::string_view> text;
};

// The members of one key that are looked at.
class Jwk {
 public:
  // kInvalidArgument: one of them is no string or is given twice, or the key is for something else
  // than signatures.
  absl::Status Read(dom::object object) {
    for (const dom::key_value_pair& pair : object) {
      const std::string_view name(pair.key.data(), pair.key.size());
      if (name == "key_ops") RETURN_IF_ERROR(CheckOperations(pair.value));
      const auto found = std::ranges::find(members_, name, &Member::name);
      if (found == members_.end()) continue;
      std::string_view text;
      if (pair.value.get(text) != simdjson::SUCCESS) {
        return Error(absl::StatusCode::kInvalidArgument, "'{}' is not a string", name);
      }
      if (found->text) return Error(absl::StatusCode::kInvalidArgument, "'{}' twice", name);
      found->text = text;
    }
    if (Has("use") && Text("use") != "sig") return Bad("its 'use' is not 'sig'");
    // Whoever publishes it has lost it.
    if (Has("d") || Has("p") || Has("k")) return Bad("it has a private part");
    if (Text("kid").size() > kMaxKid) return Bad("its 'kid' is over 255 bytes");
    return absl::OkStatus();
  }

  bool Has(std::string_view name) const { return Find(name).has_value(); }
  // Empty: not there.
  std::string_view Text(std::string_view name) const { return Find(name).value_or(""); }
  absl::StatusOr<std::string> Bytes(std::string_view name) const {
    std::optional<std::string> bytes = Base64UrlDecode(Text(name));
    if (bytes && !bytes->empty()) return *std::move(bytes);
    return Error(absl::StatusCode::kInvalidArgument, "'{}' is missing or not base64url", name);
  }

 private:
  std::optional<std::string_view> Find(std::string_view name) const {
    return std::ranges::find(members_, name, &Member::name)->text;
  }
  static absl::Status CheckOperations(dom::element value) {
    dom::array operations;
    if (value.get(operations) != simdjson::SUCCESS) return Bad("'key_ops' is no array");
    for (const dom::element each : operations) {
      std::string_view text;
      if (each.get(text) == simdjson::SUCCESS && text == "verify") return absl::OkStatus();
    }
    return Bad("its 'key_ops' do not have 'verify'");
  }

  std::array<Member, 12> members_ = {{{"kty", {}},
                                      {"use", {}},
                                      {"alg", {}},
                                      {"kid", {}},
                                      {"crv", {}},
                                      {"x", {}},
                                      {"y", {}},
                                      {"n", {}},
                                      {"e", {}},
                                      {"d", {}},
                                      {"p", {}},
                                      {"k", {}}}};
};

bool IsAllowed(const JwksRules& rules, JwtAlgorithm algorithm) {
  return !IsHmac(algorithm) &&
         std::ranges::find(rules.algorithms, algorithm) != rules.algorithms.end();
}

bool IsRsa(JwtAlgorithm algorithm) {
  const std::string_view name = JwtAlgorithmName(algorithm);
  return name.starts_with("RS") || name.starts_with("PS");
}

// The one of a key that does not say. Nothing: it is not allowed.
std::optional<JwtAlgorithm> AlgorithmByKind(const Jwk& jwk, const JwksRules& rules) {
  const auto if_allowed = [&](JwtAlgorithm algorithm) -> std::optional<JwtAlgorithm> {
    if (IsAllowed(rules, algorithm)) return algorithm;
    return std::nullopt;
  };
  if (jwk.Text("kty") == "OKP") return if_allowed(JwtAlgorithm::kEdDsa);
  if (jwk.Text("crv") == "P-256") return if_allowed(JwtAlgorithm::kEs256);
  if (jwk.Text("crv") == "P-384") return if_allowed(JwtAlgorithm::kEs384);
  if (jwk.Text("kty") != "RSA") return std::nullopt;
  if (IsAllowed(rules, JwtAlgorithm::kRs256)) return JwtAlgorithm::kRs256;
  const auto first = std::ranges::find_if(rules.algorithms, IsRsa);
  if (first == rules.algorithms.end()) return std::nullopt;
  return *first;
}

absl::StatusOr<std::shared_ptr<EVP_PKEY>> ReadNumbers(const Jwk& jwk) {
  const std::string_view kind = jwk.Text("kty");
  if (kind == "RSA") {
    ASSIGN_OR_RETURN(const std::string n, jwk.Bytes("n"));
    ASSIGN_OR_RETURN(const std::string e, jwk.Bytes("e"));
    return RsaPublicKey(n, e);
  }
  ASSIGN_OR_RETURN(const std::string x, jwk.Bytes("x"));
  if (kind == "EC") {
    ASSIGN_OR_RETURN(const std::string y, jwk.Bytes("y"));
    return EcPublicKey(jwk.Text("crv"), x, y);
  }
  if (jwk.Text("crv") == "Ed25519") return Ed25519PublicKey(x);
  return Bad("the curve is not served");
}

absl::StatusOr<TokenKey> ReadKey(const Jwk& jwk, const JwksRules& rules) {
  const std::string_view kind = jwk.Text("kty");
  if (kind != "RSA" && kind != "EC" && kind != "OKP") return Bad("its 'kty' is not served");
  const std::optional<JwtAlgorithm> algorithm =
      jwk.Has("alg") ? ParseJwtAlgorithm(jwk.Text("alg")) : AlgorithmByKind(jwk, rules);
  if (!algorithm || !IsAllowed(rules, *algorithm)) return Bad("its algorithm is not allowed");
  ASSIGN_OR_RETURN(std::shared_ptr<EVP_PKEY> numbers, ReadNumbers(jwk));
  ASSIGN_OR_RETURN(PublicKey key, PublicKey::Of(*algorithm, std::move(numbers)));
  return TokenKey{std::string(jwk.Text("kid")), *algorithm, std::move(key)};
}

std::string Named(const Jwk& jwk, size_t index, const absl::Status& why) {
  std::string text = fmt::format("key {} (kid '", index);
  AppendJsonEscaped(jwk.Text("kid").substr(0, kMaxKid), text);
  return text + "'): " + std::string(why.message());
}

// The array "keys", which the text must have exactly once.
absl::StatusOr<dom::array> FindKeys(dom::parser& parser, std::string_view json) {
  dom::element document;
  dom::object root;
  if (parser.allocate(json.size(), kMaxDepth) != simdjson::SUCCESS ||
      parser.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS) {
    return Bad("it is not JSON");
  }
  if (document.get(root) != simdjson::SUCCESS) return Bad("it is no JSON object");
  std::optional<dom::element> keys;
  for (const dom::key_value_pair& pair : root) {
    if (pair.key != "keys") continue;
    if (keys) return Bad("it has 'keys' twice");
    keys = pair.value;
  }
  dom::array array;
  if (!keys || keys->get(array) != simdjson::SUCCESS) return Bad("it has no array 'keys'");
  return array;
}

}  // namespace

absl::StatusOr<Jwks> ParseJwks(std::string_view json, const JwksRules& rules) {
  if (json.size() > kMaxJwksBytes) {
    return Error(absl::StatusCode::kInvalidArgument, "it is {} bytes, limit {}", json.size(),
                 kMaxJwksBytes);
  }
  dom::parser parser;
  ASSIGN_OR_RETURN(const dom::array array, FindKeys(parser, json));
  size_t index = 0;
  std::vector<TokenKey> keys;
  Jwks result;
  for (const dom::element element : array) {
    if (index == rules.max_keys) {
      return Error(absl::StatusCode::kInvalidArgument, "it has more than {} keys", rules.max_keys);
    }
    Jwk jwk;
    dom::object object;
    absl::Status status =
        element.get(object) == simdjson::SUCCESS ? jwk.Read(object) : Bad("it is no object");
    absl::StatusOr<TokenKey> key = status.ok() ? ReadKey(jwk, rules) : status;
    if (key.ok() && std::ranges::find(keys, key->kid, &TokenKey::kid) != keys.end()) {
      key = Bad("a key before it has the same 'kid'");
    }
    if (key.ok()) {
      keys.push_back(*std::move(key));
    } else if (result.skipped++ == 0) {
      result.why_skipped = Named(jwk, index, key.status());
    }
    ++index;
  }
  if (keys.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "it has no key of use: {}",
                 result.skipped == 0 ? "it is empty" : result.why_skipped);
  }
  result.keys = KeySet::Of(std::move(keys));
  return result;
}

}  // namespace edge
