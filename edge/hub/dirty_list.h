#pragma once

#include <cstddef>
#include <vector>

namespace edge {

class Session;

// Sessions that have something to be written, first come, first served. A session is on one list at
// most, once (Session::dirty). Contiguous: a flush walks it and asks for what comes next ahead.
class DirtyList {
 public:
  bool empty() const { return next_ == sessions_.size(); }
  size_t size() const { return sessions_.size() - next_; }
  Session& operator[](size_t index) const { return *sessions_[next_ + index]; }

  void Add(Session& session) { sessions_.push_back(&session); }

  // Takes off the first `count`. O(1), amortised.
  void Drop(size_t count) {
    next_ += count;
    if (next_ < sessions_.size() - next_) return;
    sessions_.erase(sessions_.begin(), sessions_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
  }

 private:
  std::vector<Session*> sessions_;
  size_t next_ = 0;
};

}  // namespace edge
