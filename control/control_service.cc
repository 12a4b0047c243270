#include "control/control_service.h"

#include "control/attach_stream.h"
#include "control/broadcast_stream.h"
#include "control/event_watch.h"
#include "control/history_handlers.h"
#include "control/kick_handlers.h"
#include "control/list_handlers.h"
#include "control/member_handlers.h"
#include "control/node_handlers.h"
#include "control/presence_handlers.h"
#include "control/presence_watch.h"
#include "control/publish_handlers.h"
#include "control/rpc.h"
#include "control/ticket_handlers.h"
#include "control/unary_call.h"
#include "gatehouse/v1/control.grpc.pb.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

using Methods = v1::ControlService;

// Wraps a service in the generated "raw" form of each method, which gives us the request's bytes.
template <typename Base, template <typename> typename... Raw>
struct Stack {
  using Type = Base;
};
template <typename Base, template <typename> typename First, template <typename> typename... Rest>
struct Stack<Base, First, Rest...> {
  using Type = First<typename Stack<Base, Rest...>::Type>;
};

#define GATEHOUSE_RAW(method) Methods::WithRawCallbackMethod_##method,
using RawService =
    Stack<Methods::Service,
          GATEHOUSE_UNARY_RPCS(GATEHOUSE_RAW) Methods::WithRawCallbackMethod_BroadcastStream,
          Methods::WithRawCallbackMethod_WatchPresence, Methods::WithRawCallbackMethod_WatchEvents,
          Methods::WithRawCallbackMethod_Attach>::Type;
#undef GATEHOUSE_RAW

class Service final : public RawService {
 public:
  explicit Service(CallEnvironment& environment) : environment_(environment) {}

#define GATEHOUSE_UNARY(method)                                                                 \
  grpc::ServerUnaryReactor* method(grpc::CallbackServerContext* context,                        \
                                   const grpc::ByteBuffer* request, grpc::ByteBuffer* response) \
      override {                                                                                \
    return UnaryCall::Start<v1::method##Request, v1::method##Response>(                         \
        environment_, Rpc::k##method, *context, *request, response, control::method);           \
  }
  GATEHOUSE_UNARY_RPCS(GATEHOUSE_UNARY)
#undef GATEHOUSE_UNARY

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* BroadcastStream(
      grpc::CallbackServerContext* context) override {
    return control::BroadcastStream::Start(environment_, *context);
  }
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Attach(
      grpc::CallbackServerContext* context) override {
    return AttachStream::Start(environment_, *context);
  }
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchPresence(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override {
    return PresenceWatch::Start(environment_, *context, *request);
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchEvents(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override {
    return EventWatch::Start(environment_, *context, *request);
  }

 private:
  CallEnvironment& environment_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeControlService(CallEnvironment& environment) {
  return std::make_unique<Service>(environment);
}

}  // namespace control
