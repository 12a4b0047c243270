#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "control/status_details.h"
#include "edge/node/node_api.h"
#include "google/protobuf/message.h"

namespace control {

// Where the answer of one unary call goes. Any thread. The first of Send and Fail is the answer;
// what comes later, or after the caller cancelled, is dropped.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void Send(const google::protobuf::Message& response) = 0;
  virtual void Fail(const absl::Status& status) = 0;
  // Nobody has answered yet, and the caller is still there.
  virtual bool open() const = 0;
  // Runs `work` on the thread that builds answers.
  virtual void Post(absl::AnyInvocable<void() &&> work) = 0;
};

// The answer that a handler owes: a handler fails it at once, or gives NodeApi a continuation.
template <typename Response>
class Reply {
 public:
  explicit Reply(std::shared_ptr<ReplySink> sink) : sink_(std::move(sink)) {}

  void Fail(const absl::Status& status) const { sink_->Fail(status); }

  // Answers with what `write(Result, Response&)` makes of the result, or with the error: the
  // node's, or the one that `write` returns if it returns a status. `write` runs while the call
  // lives, so that it may refer to the caller's scopes.
  template <typename Result, typename Write>
  edge::Done<Result> Then(Write write) const {
    return Continue<Result>(std::move(write), [](const absl::Status& status) { return status; });
  }
  // The same for a paged query: the node's error names page_token.
  template <typename Result, typename Write>
  edge::Done<Result> ThenPage(Write write) const {
    return Continue<Result>(std::move(write), PageTokenError);
  }

 private:
  template <typename Result, typename Write, typename Explain>
  edge::Done<Result> Continue(Write write, Explain explain) const {
    return [sink = sink_, write = std::move(write),
            explain](absl::StatusOr<Result> result) mutable {
      sink->Post([sink, write = std::move(write), explain, result = std::move(result)]() mutable {
        if (!sink->open()) return;
        if (!result.ok()) return sink->Fail(explain(result.status()));
        Response response;
        if constexpr (std::is_void_v<std::invoke_result_t<Write&, Result, Response&>>) {
          write(*std::move(result), response);
        } else if (const absl::Status status = write(*std::move(result), response); !status.ok()) {
          return sink->Fail(status);
        }
        sink->Send(response);
      });
    };
  }

  std::shared_ptr<ReplySink> sink_;
};

}  // namespace control
