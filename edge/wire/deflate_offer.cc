#include "edge/wire/deflate_offer.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"

namespace edge {
namespace {

constexpr std::string_view kExtension = "permessage-deflate";

bool IsTokenChar(char c) {
  // RFC 9110 section 5.6.2.
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool AtEnd() {
    SkipSpace();
    return rest_.empty();
  }
  // Takes `c` and the white space before it, if it is next.
  bool Take(char c) {
    SkipSpace();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Empty: no token is next.
  std::string_view TakeToken() {
    SkipSpace();
    size_t size = 0;
    while (size < rest_.size() && IsTokenChar(rest_[size])) ++size;
    const std::string_view token = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return token;
  }
  // A token, or a quoted string that unescaped is one. Empty: neither is next.
  std::string TakeValue() { return Take('"') ? TakeQuoted() : std::string(TakeToken()); }

 private:
  void SkipSpace() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      rest_.remove_prefix(1);
    }
  }
  std::string TakeQuoted() {
    std::string value;
    for (size_t at = 0; at < rest_.size(); ++at) {
      if (rest_[at] == '"') {
        rest_.remove_prefix(at + 1);
        return value;
      }
      if (rest_[at] == '\\') ++at;
      if (at == rest_.size() || !IsTokenChar(rest_[at])) break;
      value += rest_[at];
    }
    return "";
  }

  std::string_view rest_;
};

// 8 to 15 in decimal, without a leading zero (RFC 7692 section 7.1.2). 0: anything else.
uint8_t WindowBits(std::string_view value) {
  if (value == "8" || value == "9") return static_cast<uint8_t>(value[0] - '0');
  const bool two = value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5';
  return two ? static_cast<uint8_t>(10 + value[1] - '0') : uint8_t{0};
}

// One permessage-deflate as the client offers it.
class Offer {
 public:
  // The parameters as they come; `value` is absent where there was no "=".
  void Add(std::string_view name, const std::optional<std::string>& value) {
    if (name == "server_no_context_takeover") {
      usable_ &= !value && !std::exchange(server_no_takeover_, true);
    } else if (name == "client_no_context_takeover") {
      usable_ &= !value && !std::exchange(client_no_takeover_, true);
    } else if (name == "server_max_window_bits") {
      usable_ &= value && WindowBits(*value) != 0 && server_bits_ == 0;
      if (usable_) server_bits_ = WindowBits(*value);
    } else if (name == "client_max_window_bits") {
      usable_ &= (!value || WindowBits(*value) != 0) && !std::exchange(client_bits_, true);
    } else {
      usable_ = false;
    }
  }
  bool usable() const { return usable_; }
  // What the client's window may be is not answered: whatever it is, we can read it.
  DeflateAgreement Accept() const {
    DeflateAgreement agreement{.window_bits = server_bits_ == 0 ? uint8_t{15} : server_bits_};
    agreement.answer.append(kExtension)
        .append("; server_no_context_takeover; client_no_context_takeover");
    if (server_bits_ != 0) {
      agreement.answer.append("; server_max_window_bits=").append(std::to_string(server_bits_));
    }
    return agreement;
  }

 private:
  bool usable_ = true;
  bool server_no_takeover_ = false;
  bool client_no_takeover_ = false;
  bool client_bits_ = false;
  uint8_t server_bits_ = 0;
};

// Reads one extension. False: not of the form.
bool ReadExtension(Scanner& scanner, DeflateAgreement& agreement) {
  const std::string_view extension = scanner.TakeToken();
  if (extension.empty()) return false;
  Offer offer;
  while (scanner.Take(';')) {
    const std::string_view name = scanner.TakeToken();
    if (name.empty()) return false;
    std::optional<std::string> value;
    if (scanner.Take('=')) {
      value = scanner.TakeValue();
      if (value->empty()) return false;
    }
    offer.Add(name, value);
  }
  const bool chosen = agreement.window_bits != 0;
  if (!chosen && extension == kExtension && offer.usable()) agreement = offer.Accept();
  return true;
}

}  // namespace

absl::StatusOr<DeflateAgreement> NegotiateDeflate(std::string_view offers) {
  Scanner scanner(offers);
  DeflateAgreement agreement;
  while (!scanner.AtEnd()) {
    // RFC 9110 section 5.6.1: a list may have empty elements.
    if (scanner.Take(',')) continue;
    if (!ReadExtension(scanner, agreement) || !(scanner.AtEnd() || scanner.Take(','))) {
      return absl::InvalidArgumentError("Sec-WebSocket-Extensions is not a list of extensions");
    }
  }
  return agreement;
}

}  // namespace edge
