#include "control/stream_registry.h"

namespace control {

void StreamRegistry::Add(const std::shared_ptr<OpenStream>& stream) {
  bool ended = false;
  {
    const edge::MutexLock lock(mutex_);
    streams_.emplace(stream.get(), stream);
    ended = ended_;
  }
  if (ended) stream->EndForDrain();
}

void StreamRegistry::Remove(const OpenStream* stream) {
  const edge::MutexLock lock(mutex_);
  streams_.erase(stream);
}

void StreamRegistry::EndAll() {
  std::vector<std::shared_ptr<OpenStream>> open;
  {
    const edge::MutexLock lock(mutex_);
    ended_ = true;
    for (const auto& [key, stream] : streams_) {
      if (auto alive = stream.lock()) open.push_back(std::move(alive));
    }
  }
  for (const auto& stream : open) stream->EndForDrain();
}

}  // namespace control
