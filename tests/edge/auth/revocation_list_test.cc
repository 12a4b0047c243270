#include "edge/auth/revocation_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = Revocation::Kind;

constexpr int64_t kNow = 1700000000000;
constexpr int64_t kUntil = kNow + 60000;

Revocation OfUser(const std::string& user, int64_t before = kNow, int64_t until = kUntil) {
  return {.kind = Kind::kUser,
          .name = user,
          .issued_before_unix_millis = before,
          .until_unix_millis = until};
}
Revocation OfToken(const std::string& id, int64_t until = kUntil) {
  return {.kind = Kind::kToken, .name = id, .until_unix_millis = until};
}
Revocation OfAll(int64_t before, int64_t until = kUntil) {
  return {.kind = Kind::kAll, .issued_before_unix_millis = before, .until_unix_millis = until};
}
Identity Of(const std::string& user, int64_t issued, const std::string& token_id = "") {
  Identity identity;
  identity.user = UserId(user);
  identity.issued_at_millis = issued;
  identity.token_id = token_id;
  return identity;
}

class RevocationListTest : public testing::Test {
 protected:
  void Add(const Revocation& revocation) { ASSERT_TRUE(list.Add(revocation, kNow).ok()); }
  bool Covers(const Identity& identity, int64_t now = kNow) const {
    return list.Covers(identity, now);
  }
  std::vector<std::string> Names(bool from_start, Kind kind, const std::string& name,
                                 size_t limit) const {
    std::vector<std::string> names;
    for (const Revocation& each : list.List(from_start, kind, name, limit, kNow)) {
      names.push_back(std::to_string(static_cast<int>(each.kind)) + each.name);
    }
    return names;
  }

  RevocationList list{3};
};

TEST_F(RevocationListTest, NothingIsRevokedAtFirst) {
  EXPECT_FALSE(Covers(Of("alice", 0)));
  EXPECT_FALSE(IsRevoked(nullptr, Of("alice", 0), kNow));
}

TEST_F(RevocationListTest, AUsersTokensIssuedBefore) {
  Add(OfUser("alice"));
  EXPECT_TRUE(Covers(Of("alice", kNow - 1)));
  EXPECT_FALSE(Covers(Of("alice", kNow)));
  EXPECT_FALSE(Covers(Of("bob", kNow - 1)));
}

TEST_F(RevocationListTest, ATokenThatDoesNotSayWhenCountsAsIssuedBefore) {
  Add(OfUser("alice"));
  EXPECT_TRUE(Covers(Of("alice", 0)));
}

TEST_F(RevocationListTest, OneTokenWhoseverItIs) {
  Add(OfToken("t-1"));
  EXPECT_TRUE(Covers(Of("alice", kNow + 5, "t-1")));
  EXPECT_TRUE(Covers(Of("bob", 0, "t-1")));
  EXPECT_FALSE(Covers(Of("alice", 0, "t-2")));
  EXPECT_FALSE(Covers(Of("alice", 0)));
}

TEST_F(RevocationListTest, AllUsersTokensIssuedBefore) {
  Add(OfAll(kNow - 1000));
  EXPECT_TRUE(Covers(Of("alice", kNow - 1001)));
  EXPECT_TRUE(Covers(Of("bob", 0)));
  EXPECT_FALSE(Covers(Of("bob", kNow - 1000)));
}

TEST_F(RevocationListTest, ItIsKeptUntilItsEndAndNoLonger) {
  Add(OfUser("alice"));
  EXPECT_TRUE(Covers(Of("alice", 0), kUntil - 1));
  EXPECT_FALSE(Covers(Of("alice", 0), kUntil));
}

TEST_F(RevocationListTest, ASecondOneOnlyWidens) {
  Add(OfUser("alice", kNow, kUntil));
  const auto wider = list.Add(OfUser("alice", kNow - 500, kUntil + 500), kNow);
  ASSERT_TRUE(wider.ok());
  EXPECT_EQ(wider->issued_before_unix_millis, kNow);
  EXPECT_EQ(wider->until_unix_millis, kUntil + 500);
  EXPECT_TRUE(Covers(Of("alice", kNow - 1), kUntil + 499));
  EXPECT_EQ(list.size(), 1u);
}

TEST_F(RevocationListTest, OneThatIsOverWidensNothing) {
  Add(OfUser("alice", kNow, kNow + 10));
  const auto next = list.Add(OfUser("alice", kNow - 500, kUntil), kNow + 10);
  EXPECT_EQ(next->issued_before_unix_millis, kNow - 500);
}

TEST_F(RevocationListTest, AFullListTakesOnlyWhatItHasUntilOneIsOver) {
  Add(OfUser("a", kNow, kNow + 10));
  Add(OfUser("b"));
  Add(OfUser("c"));
  const auto refused = list.Add(OfUser("d"), kNow + 9);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("limit 3 (auth.max_revocations)"));
  EXPECT_TRUE(list.Add(OfUser("b"), kNow + 9).ok());
  EXPECT_TRUE(list.Add(OfUser("d"), kNow + 10).ok());
  EXPECT_EQ(list.size(), 3u);
}

TEST_F(RevocationListTest, IsListedByKindAndName) {
  Add(OfToken("t"));
  Add(OfUser("bob"));
  Add(OfAll(kNow));
  EXPECT_THAT(Names(true, Kind::kAll, "", 10), ElementsAre("0", "1bob", "2t"));
  EXPECT_THAT(Names(true, Kind::kAll, "", 1), ElementsAre("0"));
  EXPECT_THAT(Names(false, Kind::kAll, "", 1), ElementsAre("1bob"));
  EXPECT_THAT(Names(false, Kind::kUser, "bob", 10), ElementsAre("2t"));
}

}  // namespace
}  // namespace edge
