#pragma once

#include <memory>

namespace grpc {
class Service;
}

namespace control {

struct CallEnvironment;

// gatehouse.v1.ControlService: every method, bound to its handler. `environment` outlives it.
std::unique_ptr<grpc::Service> MakeControlService(CallEnvironment& environment);

}  // namespace control
