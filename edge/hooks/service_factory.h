#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>

#include "absl/status/statusor.h"
#include "edge/hooks/hook_service.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// A service as hooks.services has it. Reads its files. kInvalidArgument names what cannot be used.
absl::StatusOr<std::unique_ptr<HookService>> MakeHookService(
    boost::asio::io_context& io, const Clock& clock, HookMetrics& metrics,
    const gatehouse::v1::HookServiceSettings& settings, const HookAnswerLimits& limits);

// Whether all of hooks.services can be made.
absl::Status CheckHookServices(const gatehouse::v1::Config& config);

}  // namespace edge
