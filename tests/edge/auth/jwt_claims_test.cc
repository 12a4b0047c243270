#include "edge/auth/jwt_claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(JwtHeaderTest, HasAlgorithmAndKid) {
  const auto header = ParseJwtHeader(R"({"typ":"JWT","alg":"HS256","kid":"k\u0031"})");
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->algorithm, "HS256");
  EXPECT_EQ(header->kid, "k1");
}

TEST(JwtHeaderTest, RefusesKeysFromTheTokenAndExtensions) {
  for (const char* name : {"crit", "jwk", "jku", "x5c", "x5u", "b64"}) {
    const std::string json = std::string(R"({"alg":"HS256",")") + name + R"(":["x"]})";
    EXPECT_EQ(ParseJwtHeader(json).status().code(), absl::StatusCode::kUnauthenticated) << name;
  }
}

TEST(JwtHeaderTest, RefusesThemWrittenWithEscapesToo) {
  EXPECT_FALSE(ParseJwtHeader(R"({"alg":"HS256","cr\u0069t":["exp"]})").ok());
  EXPECT_FALSE(ParseJwtHeader(R"({"alg":"HS256","\u006a\u0077\u006b":{}})").ok());
}

TEST(JwtHeaderTest, RefusesWhatIsNotOneObject) {
  for (const char* json :
       {"", "null", "[]", "\"a\"", "{", R"({"alg":"HS256"}x)", R"({"alg":"HS256",})",
        R"({"alg":"HS256"}{})", R"({alg:"HS256"})", "{\"alg\":\"\x01\"}"}) {
    EXPECT_EQ(ParseJwtHeader(json).status().code(), absl::StatusCode::kUnauthenticated) << json;
  }
}

TEST(JwtHeaderTest, RefusesNamesGivenTwice) {
  EXPECT_FALSE(ParseJwtHeader(R"({"alg":"RS256","alg":"HS256"})").ok());
  EXPECT_FALSE(ParseJwtHeader(R"({"alg":"RS256","\u0061lg":"HS256"})").ok());
}

TEST(JwtHeaderTest, RefusesValuesOfTheWrongKind) {
  for (const char* json : {R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":1})",
                           R"({"alg":"HS256","kid":1})", R"({"alg":"HS256","kid":null})"}) {
    EXPECT_FALSE(ParseJwtHeader(json).ok()) << json;
  }
}

TEST(JwtClaimsTest, ReadsAllOfThem) {
  const auto claims = ParseJwtClaims(
      R"( { "sub":"alice", "iss":"app", "aud":["a","b"], "exp":2, "nbf":1.5, "iat":1, "jti":"t1",
            "join":["chat:*","lobby"], "publish":"chat:1", "info":{"name":"Al"}, "other":[{}] } )");
  ASSERT_TRUE(claims.ok()) << claims.status();
  EXPECT_EQ(claims->subject, "alice");
  EXPECT_EQ(claims->issuer, "app");
  EXPECT_THAT(claims->audiences, ElementsAre("a", "b"));
  EXPECT_THAT(claims->expires, Optional(2000));
  EXPECT_THAT(claims->not_before, Optional(1500));
  EXPECT_THAT(claims->issued_at, Optional(1000));
  EXPECT_EQ(claims->token_id, "t1");
  EXPECT_THAT(claims->join, ElementsAre("chat:*", "lobby"));
  EXPECT_THAT(claims->publish, ElementsAre("chat:1"));
  EXPECT_EQ(claims->info, R"({"name":"Al"})");
}

TEST(JwtClaimsTest, WhatIsNotSaidIsEmpty) {
  const auto claims = ParseJwtClaims("{}");
  ASSERT_TRUE(claims.ok());
  EXPECT_EQ(claims->subject, "");
  EXPECT_EQ(claims->expires, std::nullopt);
  EXPECT_THAT(claims->join, IsEmpty());
  EXPECT_EQ(claims->info, "");
}

TEST(JwtClaimsTest, ResolvesEscapesInTexts) {
  const auto claims = ParseJwtClaims(R"({"sub":"\u00e9\ud83d\ude00\n","join":["a\"b","\\","c]"]})");
  ASSERT_TRUE(claims.ok());
  EXPECT_EQ(claims->subject, "\xc3\xa9\xf0\x9f\x98\x80\n");
  EXPECT_THAT(claims->join, ElementsAre("a\"b", "\\", "c]"));
}

TEST(JwtClaimsTest, RefusesLoneSurrogates) {
  EXPECT_FALSE(ParseJwtClaims(R"({"sub":"\ud800"})").ok());
  EXPECT_FALSE(ParseJwtClaims(R"({"join":["\udc00"]})").ok());
}

TEST(JwtClaimsTest, RefusesInvalidUtf8) {
  EXPECT_FALSE(ParseJwtClaims("{\"sub\":\"\xff\"}").ok());
  EXPECT_FALSE(ParseJwtClaims("{\"sub\":\"\xc3\"}").ok());
  EXPECT_FALSE(ParseJwtClaims("{\"x\":\"\xed\xa0\x80\"}").ok());
}

TEST(JwtClaimsTest, RefusesNamesGivenTwice) {
  EXPECT_FALSE(ParseJwtClaims(R"({"sub":"alice","sub":"bob"})").ok());
  EXPECT_FALSE(ParseJwtClaims(R"({"x":1,"x":1})").ok());
  EXPECT_FALSE(ParseJwtClaims(R"({"sub":"alice","\u0073ub":"bob"})").ok());
}

TEST(JwtClaimsTest, ArraysOfTextsMayBeEmptyAndHaveSpace) {
  const auto claims = ParseJwtClaims("{\"join\":[ ],\"publish\":[ \"a\" ,\n\t\"b\" ],\"aud\":[]}");
  ASSERT_TRUE(claims.ok());
  EXPECT_THAT(claims->join, IsEmpty());
  EXPECT_THAT(claims->publish, ElementsAre("a", "b"));
}

TEST(JwtClaimsTest, RefusesListsOfAnythingButTexts) {
  for (const char* value : {"1", "null", "true", "{}", "[1]", "[null]", R"(["a",["b"]])",
                            R"(["a",1])", R"([{"a":"b"}])", R"(["a",])"}) {
    for (const char* name : {"aud", "join", "publish"}) {
      const std::string json = std::string("{\"") + name + "\":" + value + "}";
      EXPECT_FALSE(ParseJwtClaims(json).ok()) << json;
    }
  }
}

TEST(JwtClaimsTest, RefusesTextsOfTheWrongKind) {
  for (const char* name : {"sub", "iss", "jti"}) {
    for (const char* value : {"1", "null", "[]", "[\"a\"]", "{}", "true"}) {
      const std::string json = std::string("{\"") + name + "\":" + value + "}";
      EXPECT_FALSE(ParseJwtClaims(json).ok()) << json;
    }
  }
}

TEST(JwtClaimsTest, TimesMayHaveFractionsAndExponents) {
  const auto claims = ParseJwtClaims(R"({"exp":1700000000.5,"nbf":1.7e9,"iat":0})");
  ASSERT_TRUE(claims.ok());
  EXPECT_THAT(claims->expires, Optional(1700000000500));
  EXPECT_THAT(claims->not_before, Optional(1700000000000));
  EXPECT_THAT(claims->issued_at, Optional(0));
}

TEST(JwtClaimsTest, TheLastSecondOfTheYear9999IsATime) {
  const auto claims = ParseJwtClaims(R"({"exp":253402300799})");
  ASSERT_TRUE(claims.ok());
  EXPECT_THAT(claims->expires, Optional(253402300799000));
}

TEST(JwtClaimsTest, RefusesTimesThatAreNone) {
  for (const char* value : {"-1", "-0.5", "253402300800", "1e300", "1e999", "9223372036854775808",
                            "\"1700000000\"", "null", "true", "[1]", "{}", "nan", "inf", "0x10"}) {
    for (const char* name : {"exp", "nbf", "iat"}) {
      const std::string json = std::string("{\"") + name + "\":" + value + "}";
      EXPECT_FALSE(ParseJwtClaims(json).ok()) << json;
    }
  }
}

TEST(JwtClaimsTest, MessagesNeverRepeatAValue) {
  const auto claims = ParseJwtClaims(R"({"exp":"secret-value"})");
  EXPECT_THAT(std::string(claims.status().message()),
              testing::Not(testing::HasSubstr("secret-value")));
}

TEST(JwtClaimsTest, RefusesNestingWithoutEnd) {
  const std::string deep = "{\"info\":" + std::string(5000, '[') + std::string(5000, ']') + "}";
  EXPECT_FALSE(ParseJwtClaims(deep).ok());
}

}  // namespace
}  // namespace edge
