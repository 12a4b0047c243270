#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/crowd.h"
#include "bench/load/histogram.h"
#include "bench/load/publisher.h"

namespace bench {

struct PublicationPlan {
  size_t size = 0;            // of the content: JSON text with its quotes
  size_t in_flight = 1;       // closed loop: so many are under way
  double rate = 0;            // paced instead: so many a second, whatever becomes of them
  bool random_rooms = false;  // else the rooms take turns
  bool words = false;         // content that can be compressed; else one letter
  bool check_counts = true;   // an answer must name as many members as the room has
};

// Publishes by a plan and follows every publication to every member.
//
// A publication is under way until it is answered and all members of its room have it. Its latency
// counts from the time it was due: a paced publication that goes out late, because the server or
// this program was busy, has waited since then (no coordinated omission).
class Publications final : public Listener, public AnswerListener {
 public:
  Publications(Crowd& crowd, PublicationPlan plan);

  // Publishes what the plan wants now. To be called after every turn of the loop.
  void Pump(Publisher& publisher, int64_t now);
  // How long the loop may sleep for the plan's sake. Negative: without end.
  int64_t NanosToNext(int64_t now) const;
  // Forgets the latencies so far: the measured interval begins.
  void ResetLatencies();

  uint64_t published() const { return next_; }
  uint64_t deliveries() const { return deliveries_; }
  uint64_t under_way() const { return under_way_; }
  // Messages that were no publications.
  uint64_t others() const { return others_; }
  const Histogram& delivery_latency() const { return delivery_latency_; }
  const Histogram& answer_latency() const { return answer_latency_; }
  // When nothing is under way any more: empty, or what went wrong.
  std::string Verify() const;

  void OnMessage(Member& member, std::string_view text, int64_t now) override;
  void OnAnswer(uint64_t number, size_t matched) override;

 private:
  struct Publication {
    int64_t due = 0;
    uint32_t room = 0;
    uint32_t missing = 0;  // members who do not have it yet
    bool answered = false;
  };
  // More cannot be under way: a server that lags so far does not keep the pace.
  static constexpr uint64_t kWindow = 1 << 16;

  void Publish(Publisher& publisher, int64_t due);
  size_t NextRoom();
  Publication* Find(uint64_t number);
  void EndIfDone(const Publication& publication);

  Crowd& crowd_;
  const PublicationPlan plan_;
  std::string content_;
  std::vector<Publication> window_;
  uint64_t next_ = 0;
  int64_t first_due_ = 0;
  uint64_t under_way_ = 0;
  uint64_t deliveries_ = 0;
  uint64_t others_ = 0;
  uint64_t unexpected_ = 0;
  uint64_t wrong_answers_ = 0;
  uint64_t random_ = 88172645463325252;
  Histogram delivery_latency_;
  Histogram answer_latency_;
};

}  // namespace bench
