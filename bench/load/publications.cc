#include "bench/load/publications.h"

#include <algorithm>
#include <cstring>

#include "bench/net/fail.h"

namespace bench {
namespace {

constexpr char kMark = '#';
constexpr size_t kDigits = 12;
// The envelope before the content is shorter than this in every protocol.
constexpr size_t kMarkWithin = 256;
constexpr uint64_t kNoNumber = UINT64_MAX;
constexpr double kNanosPerSecond = 1e9;
// Deflate makes about a third of a text of these: as of the JSON that applications send.
constexpr std::string_view kWords[] = {
    "price", "user",     "42.17",   "updated", "instrument", "10:45",  "room",
    "order", "volume",   "message", "status",  "open",       "7731",   "currency",
    "EUR",   "sequence", "alice",   "change",  "0.0031",     "market", "true",
    "at",    "bob",      "closed",  "2026",    "level",      "history"};

// Writes the number where ReadNumber will find it: "#012345678901#…".
void WriteNumber(uint64_t number, char* digits) {
  for (size_t i = kDigits; i-- > 0; number /= 10) digits[i] = static_cast<char>('0' + number % 10);
}

uint64_t NextRandom(uint64_t& state) {
  state ^= state << 13;  // xorshift64
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

void FillWithWords(std::string& content, size_t from) {
  uint64_t state = 88172645463325252;
  std::string words;
  while (words.size() < content.size()) {
    words += kWords[NextRandom(state) % std::size(kWords)];
    words += ' ';
  }
  std::copy_n(words.begin(), content.size() - from, content.begin() + static_cast<ptrdiff_t>(from));
}

uint64_t ReadNumber(std::string_view text) {
  const void* const found = std::memchr(text.data(), kMark, std::min(text.size(), kMarkWithin));
  if (found == nullptr) return kNoNumber;
  const size_t at = static_cast<size_t>(static_cast<const char*>(found) - text.data()) + 1;
  if (at + kDigits >= text.size() || text[at + kDigits] != kMark) return kNoNumber;
  uint64_t number = 0;
  for (size_t i = 0; i < kDigits; ++i)
    number = number * 10 + static_cast<uint64_t>(text[at + i] - '0');
  return number;
}

}  // namespace

Publications::Publications(Crowd& crowd, PublicationPlan plan)
    : crowd_(crowd), plan_(plan), window_(kWindow) {
  constexpr size_t kSmallest = kDigits + 4;
  if (plan_.size < kSmallest) Fail("a publication has at least {} bytes", kSmallest);
  if (plan_.rate == 0 && plan_.in_flight >= kWindow)
    Fail("at most {} can be in flight", kWindow - 1);
  content_.assign(plan_.size, 'x');
  if (plan_.words) FillWithWords(content_, kSmallest - 1);
  content_.front() = content_.back() = '"';
  content_[1] = content_[2 + kDigits] = kMark;
  crowd_.set_listener(this);
}

size_t Publications::NextRoom() {
  const size_t rooms = crowd_.target().rooms;
  if (!plan_.random_rooms) return next_ % rooms;
  return NextRandom(random_) % rooms;
}

void Publications::Publish(Publisher& publisher, int64_t due) {
  Publication& publication = window_[next_ % kWindow];
  if (publication.missing > 0 || (next_ >= kWindow && !publication.answered)) {
    Fail("{} publications are under way: the server does not keep the pace", kWindow);
  }
  const size_t room = NextRoom();
  publication = {.due = due,
                 .room = static_cast<uint32_t>(room),
                 .missing = static_cast<uint32_t>(crowd_.MembersOf(room))};
  ++under_way_;
  WriteNumber(next_, content_.data() + 2);
  publisher.Publish(next_++, room, content_);
}

void Publications::Pump(Publisher& publisher, int64_t now) {
  if (plan_.rate == 0) {
    while (under_way_ < plan_.in_flight) Publish(publisher, now);
    return;
  }
  if (first_due_ == 0) first_due_ = now;
  while (NanosToNext(now) <= 0) Publish(publisher, now + NanosToNext(now));
}

int64_t Publications::NanosToNext(int64_t now) const {
  if (plan_.rate == 0) return -1;
  const double since_first = static_cast<double>(next_) * kNanosPerSecond / plan_.rate;
  return first_due_ + static_cast<int64_t>(since_first) - now;
}

void Publications::ResetLatencies() {
  delivery_latency_.Reset();
  answer_latency_.Reset();
}

Publications::Publication* Publications::Find(uint64_t number) {
  const bool known = number < next_ && next_ - number <= kWindow;
  return known ? &window_[number % kWindow] : nullptr;
}

void Publications::EndIfDone(const Publication& publication) {
  if (publication.answered && publication.missing == 0) --under_way_;
}

void Publications::OnMessage(Member& member, std::string_view text, int64_t now) {
  const uint64_t number = ReadNumber(text);
  if (number == kNoNumber) {
    ++others_;
    return;
  }
  Publication* const publication = Find(number);
  if (publication == nullptr || publication->missing == 0 || publication->room != member.room()) {
    ++unexpected_;
    return;
  }
  member.Digest(number);
  ++deliveries_;
  delivery_latency_.Add(now - publication->due);
  --publication->missing;
  if (publication->missing == 0) EndIfDone(*publication);
}

void Publications::OnAnswer(uint64_t number, size_t matched) {
  Publication* const publication = Find(number);
  if (publication == nullptr || publication->answered) {
    ++unexpected_;
    return;
  }
  if (plan_.check_counts && matched != kCountUnknown &&
      matched != crowd_.MembersOf(publication->room)) {
    ++wrong_answers_;
  }
  publication->answered = true;
  answer_latency_.Add(NowNanos() - publication->due);
  EndIfDone(*publication);
}

std::string Publications::Verify() const {
  if (crowd_.closed() > 0) {
    return fmt::format("the server closed {} connections ({})", crowd_.closed(),
                       crowd_.first_close());
  }
  if (under_way_ > 0) return fmt::format("{} publications did not reach all members", under_way_);
  if (unexpected_ > 0) return fmt::format("{} messages came twice or to a wrong room", unexpected_);
  if (wrong_answers_ > 0) return fmt::format("{} answers name a wrong count", wrong_answers_);
  const size_t rooms = crowd_.target().rooms;
  for (size_t i = rooms; i < crowd_.reading(); ++i) {
    if (crowd_.at(i).digest() != crowd_.at(i % rooms).digest()) {
      return fmt::format("members {} and {} of one room got different publications", i % rooms, i);
    }
  }
  return "";
}

}  // namespace bench
