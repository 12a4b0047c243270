#pragma once

#include <cstddef>
#include <string>

#include "edge/auth/ticket_store.h"

namespace edge {

// The metrics of tickets and revocations, in the Prometheus text format.
std::string ExposeAuth(const TicketStore::Counts& tickets, size_t revocations);

}  // namespace edge
