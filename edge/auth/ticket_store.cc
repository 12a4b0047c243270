#include "edge/auth/ticket_store.h"

#include <openssl/sha.h>

#include <array>
#include <cstring>

#include "edge/auth/base64url.h"
#include "edge/base/random.h"
#include "edge/base/text.h"

namespace edge {
namespace {

constexpr std::string_view kPrefix = "gt_";

std::string MakeText() {
  std::array<uint64_t, 3> random = {SecureRandom64(), SecureRandom64(), SecureRandom64()};
  std::string bytes(sizeof random, '\0');
  std::memcpy(bytes.data(), random.data(), sizeof random);
  return std::string(kPrefix) + Base64UrlEncode(bytes);
}

std::string HashOf(std::string_view text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace

void TicketStore::DropExpired(int64_t now) {
  while (!by_end_.empty() && by_end_.begin()->first <= now) {
    tickets_.erase(by_end_.begin()->second);
    by_end_.erase(by_end_.begin());
  }
}

absl::StatusOr<std::string> TicketStore::Create(Ticket ticket, int64_t now) {
  std::string text = MakeText();
  std::string hash = HashOf(text);
  const MutexLock lock(mutex_);
  DropExpired(now);
  if (tickets_.size() >= capacity_) {
    return Error(absl::StatusCode::kResourceExhausted,
                 "{} tickets wait to be used, limit {} (auth.max_tickets)", tickets_.size(),
                 capacity_);
  }
  by_end_.emplace(ticket.until_unix_millis, hash);
  tickets_.emplace(std::move(hash), std::move(ticket));
  ++created_;
  return text;
}

absl::StatusOr<Ticket> TicketStore::Redeem(std::string_view text, std::string_view address,
                                           int64_t now) {
  const std::string hash = HashOf(text);
  const MutexLock lock(mutex_);
  DropExpired(now);
  const auto found = tickets_.find(hash);
  const bool good = found != tickets_.end() &&
                    (found->second.address.empty() || found->second.address == address);
  if (!good) {
    ++refused_;
    return absl::UnauthenticatedError(
        "the ticket is not valid: it is good once, for a short time, and perhaps for one address");
  }
  Ticket ticket = std::move(found->second);
  tickets_.erase(found);
  by_end_.erase({ticket.until_unix_millis, hash});
  ++redeemed_;
  if (ticket.session_millis > 0) ticket.identity.expires_at_millis = now + ticket.session_millis;
  return ticket;
}

TicketStore::Counts TicketStore::counts() const {
  const MutexLock lock(mutex_);
  return {tickets_.size(), created_, redeemed_, refused_};
}

}  // namespace edge
