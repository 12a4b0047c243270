#include "edge/node/auth_metrics.h"

#include <string_view>

#include "edge/metrics/metric_list.h"
#include "edge/metrics/metrics.h"

namespace edge {
namespace {

struct Family {
  std::string_view type;
  std::string_view name;
  std::string_view help;
};
struct Families {
#define GATEHOUSE_DECLARE(member, type, name, help) Family member = {type, name, help};
  GATEHOUSE_AUTH_METRICS(GATEHOUSE_DECLARE)
#undef GATEHOUSE_DECLARE
};
constexpr Families kFamilies;

}  // namespace

std::string ExposeAuth(const TicketStore::Counts& tickets, size_t revocations) {
  std::string out;
  const auto add = [&out](const Family& family, auto value) {
    AppendMetric(family.name, family.help, family.type, static_cast<double>(value), out);
  };
  add(kFamilies.tickets, tickets.waiting);
  add(kFamilies.tickets_created, tickets.created);
  add(kFamilies.tickets_redeemed, tickets.redeemed);
  add(kFamilies.tickets_refused, tickets.refused);
  add(kFamilies.revocations, revocations);
  return out;
}

}  // namespace edge
