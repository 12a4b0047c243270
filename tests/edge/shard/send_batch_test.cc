#include "edge/shard/send_batch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

namespace edge {
namespace {

class SendBatchTest : public testing::Test {
 protected:
  struct Pair {
    int ours = -1;
    int theirs = -1;
  };

  void SetUp() override {
    batch_ = SendBatch::Open();
    if (batch_ == nullptr) GTEST_SKIP() << "io_uring is not permitted here";
  }
  ~SendBatchTest() override {
    for (const Pair& pair : pairs_) {
      ::close(pair.ours);
      if (pair.theirs >= 0) ::close(pair.theirs);
    }
  }

  Pair& Connect() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    return pairs_.emplace_back(Pair{fds[0], fds[1]});
  }
  void Add(int fd, const std::vector<std::string>& pieces, void* owner) {
    const std::span<iovec> buffers = batch_->buffers();
    for (size_t i = 0; i < pieces.size(); ++i) {
      buffers[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
    }
    batch_->Add(fd, pieces.size(), owner);
  }
  static std::string ReadAll(int fd) {
    std::string all;
    std::array<char, 65536> buffer;
    while (true) {
      const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got <= 0) return all;
      all.append(buffer.data(), static_cast<size_t>(got));
    }
  }

  std::unique_ptr<SendBatch> batch_;
  std::vector<Pair> pairs_;
};

TEST_F(SendBatchTest, WritesToManySocketsAndTellsEachOwnerInOrder) {
  pairs_.reserve(SendBatch::kCapacity);
  std::vector<int> owners(SendBatch::kCapacity);
  std::vector<std::vector<std::string>> texts;
  for (size_t i = 0; i < SendBatch::kCapacity; ++i) {
    texts.push_back({"to " + std::to_string(i)});
    if (i % 2 == 1) texts.back().push_back(" in two pieces");
  }
  for (size_t i = 0; i < SendBatch::kCapacity; ++i) Add(Connect().ours, texts[i], &owners[i]);
  EXPECT_TRUE(batch_->full());
  size_t next = 0;
  batch_->Submit([&](void* owner, int result) {
    EXPECT_EQ(owner, &owners[next]);
    size_t size = 0;
    for (const std::string& piece : texts[next]) size += piece.size();
    EXPECT_EQ(result, static_cast<int>(size));
    ++next;
  });
  EXPECT_EQ(next, SendBatch::kCapacity);
  EXPECT_TRUE(batch_->empty());
  EXPECT_EQ(ReadAll(pairs_[6].theirs), "to 6");
  EXPECT_EQ(ReadAll(pairs_[7].theirs), "to 7 in two pieces");
}

TEST_F(SendBatchTest, AFullSocketAndALostOneDoNotHoldUpTheOthers) {
  pairs_.reserve(3);
  const int full = Connect().ours;
  Pair& lost = Connect();
  Pair& good = Connect();
  ::close(lost.theirs);
  lost.theirs = -1;
  const std::vector<std::string> much = {std::string(1 << 20, 'x')};
  while (::send(full, much[0].data(), much[0].size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
  }
  int owners[3];
  Add(full, much, &owners[0]);
  Add(lost.ours, much, &owners[1]);
  const std::vector<std::string> text = {"good"};
  Add(good.ours, text, &owners[2]);
  std::vector<int> results;
  batch_->Submit([&](void*, int result) { results.push_back(result); });
  EXPECT_EQ(results, (std::vector<int>{-EAGAIN, -EPIPE, 4}));
  EXPECT_EQ(ReadAll(good.theirs), "good");
}

TEST_F(SendBatchTest, SaysHowMuchOfAWriteWasTaken) {
  pairs_.reserve(1);
  Pair& pair = Connect();
  const std::vector<std::string> much = {std::string(8 << 20, 'x')};
  int owner;
  Add(pair.ours, much, &owner);
  int taken = 0;
  batch_->Submit([&](void*, int result) { taken = result; });
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, 8 << 20);
}

TEST_F(SendBatchTest, IsUsedAgainAndAgain) {
  pairs_.reserve(1);
  Pair& pair = Connect();
  const std::vector<std::string> text = {"x"};
  int owner;
  for (int i = 0; i < 1000; ++i) {
    Add(pair.ours, text, &owner);
    batch_->Submit([](void*, int result) { ASSERT_EQ(result, 1); });
    ASSERT_EQ(ReadAll(pair.theirs), "x");
  }
}

}  // namespace
}  // namespace edge
