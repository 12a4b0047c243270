#include "edge/auth/ticket_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace edge {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

constexpr int64_t kNow = 1700000000000;

Ticket TicketOf(const std::string& user, int64_t until = kNow + 30000) {
  Ticket ticket;
  ticket.identity.user = UserId(user);
  ticket.identity.issued_at_millis = kNow;
  ticket.until_unix_millis = until;
  return ticket;
}

TEST(TicketStoreTest, ATicketIsGoodOnce) {
  TicketStore store(10);
  const auto text = store.Create(TicketOf("alice"), kNow);
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, MatchesRegex("gt_[A-Za-z0-9_-]+"));
  EXPECT_EQ(text->size(), 35u);
  const auto first = store.Redeem(*text, "", kNow);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->identity.user, UserId("alice"));
  EXPECT_EQ(first->identity.expires_at_millis, 0);
  const auto second = store.Redeem(*text, "", kNow);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnauthenticated);
}

TEST(TicketStoreTest, WhatIsWrongWithATicketIsNotTold) {
  TicketStore store(10);
  const auto used = store.Create(TicketOf("alice"), kNow);
  ASSERT_TRUE(store.Redeem(*used, "", kNow).ok());
  const auto late = store.Create(TicketOf("alice", kNow + 1000), kNow);
  Ticket bound = TicketOf("alice");
  bound.address = "192.0.2.1";
  const auto elsewhere = store.Create(bound, kNow);
  std::set<std::string> messages;
  messages.insert(std::string(store.Redeem("gt_unknown", "", kNow).status().message()));
  messages.insert(std::string(store.Redeem("", "", kNow).status().message()));
  messages.insert(std::string(store.Redeem(*used, "", kNow).status().message()));
  messages.insert(std::string(store.Redeem(*late, "", kNow + 1000).status().message()));
  messages.insert(std::string(store.Redeem(*elsewhere, "192.0.2.2", kNow).status().message()));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_THAT(*messages.begin(), HasSubstr("not valid"));
  EXPECT_EQ(store.counts().refused, 5);
}

TEST(TicketStoreTest, ItIsGoodUntilItsEndAndNoLonger) {
  TicketStore store(10);
  const auto text = store.Create(TicketOf("alice", kNow + 1000), kNow);
  EXPECT_TRUE(store.Redeem(*text, "", kNow + 999).ok());
}

TEST(TicketStoreTest, AnotherAddressDoesNotUseItUp) {
  TicketStore store(10);
  Ticket ticket = TicketOf("alice");
  ticket.address = "192.0.2.1";
  const auto text = store.Create(ticket, kNow);
  EXPECT_FALSE(store.Redeem(*text, "192.0.2.2", kNow).ok());
  EXPECT_FALSE(store.Redeem(*text, "", kNow).ok());
  EXPECT_TRUE(store.Redeem(*text, "192.0.2.1", kNow).ok());
}

TEST(TicketStoreTest, TheSessionEndsCountedFromTheUse) {
  TicketStore store(10);
  Ticket ticket = TicketOf("alice");
  ticket.session_millis = 5000;
  const auto text = store.Create(ticket, kNow);
  EXPECT_EQ(store.Redeem(*text, "", kNow + 20000)->identity.expires_at_millis, kNow + 25000);
}

TEST(TicketStoreTest, AFullStoreRefusesUntilOneIsUsedOrExpires) {
  TicketStore store(2);
  const auto first = store.Create(TicketOf("a", kNow + 1000), kNow);
  ASSERT_TRUE(store.Create(TicketOf("b", kNow + 2000), kNow).ok());
  const auto refused = store.Create(TicketOf("c"), kNow);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("limit 2 (auth.max_tickets)"));
  ASSERT_TRUE(store.Redeem(*first, "", kNow).ok());
  EXPECT_TRUE(store.Create(TicketOf("c", kNow + 3000), kNow).ok());
  EXPECT_FALSE(store.Create(TicketOf("d"), kNow).ok());
  EXPECT_TRUE(store.Create(TicketOf("d"), kNow + 2000).ok());
  EXPECT_EQ(store.counts().waiting, 2u);
}

TEST(TicketStoreTest, OfManyWhoShowItAtOnceOneGetsIt) {
  TicketStore store(10);
  for (int round = 0; round < 50; ++round) {
    const auto text = store.Create(TicketOf("alice"), kNow);
    std::atomic<int> let_in = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { let_in += store.Redeem(*text, "", kNow).ok() ? 1 : 0; });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(let_in, 1);
  }
  EXPECT_EQ(store.counts().redeemed, 50);
}

TEST(TicketStoreTest, NoTwoTicketsAreTheSame) {
  TicketStore store(1000);
  std::set<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.insert(*store.Create(TicketOf("alice"), kNow));
  EXPECT_EQ(texts.size(), 1000u);
}

}  // namespace
}  // namespace edge
