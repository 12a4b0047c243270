#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/hooks/attached_worker.h"
#include "gatehouse/v1/hooks.pb.h"

namespace edge {

// The workers that attach to a FakeNodeApi: what they said, and the streams they are asked by. Any
// thread.
class FakeWorkers {
 public:
  struct Worker {
    AttachCommand command;
    std::shared_ptr<WorkerStream> stream;  // until it has gone
    std::vector<gatehouse::v1::AttachAnswer> answers;
    bool leaving = false;
    bool gone = false;
  };

  // What further ones are refused with.
  void Refuse(absl::Status status) {
    const std::lock_guard lock(state_->mutex);
    state_->refusal = std::move(status);
  }
  // What further answers are refused with.
  void RefuseAnswers(absl::Status status) {
    const std::lock_guard lock(state_->mutex);
    state_->answer_refusal = std::move(status);
  }
  size_t count() const {
    const std::lock_guard lock(state_->mutex);
    return state_->workers.size();
  }
  Worker at(size_t index) const {
    const std::lock_guard lock(state_->mutex);
    return index < state_->workers.size() ? state_->workers[index] : Worker();
  }

  absl::StatusOr<std::unique_ptr<AttachedWorker>> Attach(AttachCommand command,
                                                         std::shared_ptr<WorkerStream> stream) {
    const std::lock_guard lock(state_->mutex);
    if (!state_->refusal.ok()) return state_->refusal;
    state_->workers.push_back({.command = std::move(command), .stream = std::move(stream)});
    return std::make_unique<Link>(state_, state_->workers.size() - 1);
  }

 private:
  struct State {
    std::mutex mutex;
    std::vector<Worker> workers;
    absl::Status refusal;
    absl::Status answer_refusal;
  };

  class Link final : public AttachedWorker {
   public:
    Link(std::shared_ptr<State> state, size_t index) : state_(std::move(state)), index_(index) {}
    ~Link() override {
      std::shared_ptr<WorkerStream> let_go;
      const std::lock_guard lock(state_->mutex);
      state_->workers[index_].gone = true;
      let_go = std::move(state_->workers[index_].stream);
    }
    absl::Status Answer(gatehouse::v1::AttachAnswer&& answer) override {
      const std::lock_guard lock(state_->mutex);
      state_->workers[index_].answers.push_back(std::move(answer));
      return state_->answer_refusal;
    }
    void Leave() override {
      const std::lock_guard lock(state_->mutex);
      state_->workers[index_].leaving = true;
    }

   private:
    const std::shared_ptr<State> state_;
    const size_t index_;
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace edge
