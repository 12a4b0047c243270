// RFC 7692 section 7.1 and RFC 6455 section 9.1: what is agreed on permessage-deflate.
#include "edge/wire/deflate_offer.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

constexpr std::string_view kAnswer =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

// "WINDOW ANSWER", "none" or "malformed".
std::string Negotiated(std::string_view offers) {
  const auto agreement = NegotiateDeflate(offers);
  if (!agreement.ok()) {
    EXPECT_EQ(agreement.status().code(), absl::StatusCode::kInvalidArgument);
    return "malformed";
  }
  EXPECT_EQ(agreement->window_bits == 0, agreement->answer.empty());
  if (agreement->window_bits == 0) return "none";
  return std::to_string(agreement->window_bits) + " " + agreement->answer;
}

std::string Plain() {
  return "15 " + std::string(kAnswer);
}
std::string Window(const std::string& bits) {
  return bits + " " + std::string(kAnswer) + "; server_max_window_bits=" + bits;
}

TEST(DeflateOfferTest, NothingIsAgreedOnWithoutAnOfferOfIt) {
  for (const char* const offers :
       {"", " ", ",", " , ,\t", "x-webkit-deflate-frame", "permessage-deflate2",
        "permessage-bzip2; level=9, foo", "foo; permessage-deflate", "Permessage-Deflate"}) {
    EXPECT_EQ(Negotiated(offers), "none") << offers;
  }
}

TEST(DeflateOfferTest, AnOfferIsAnsweredWithoutContextTakeoverBothWays) {
  for (const char* const offers :
       {"permessage-deflate", "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=8",
        "permessage-deflate; client_max_window_bits=15; client_no_context_takeover",
        "permessage-deflate; server_no_context_takeover",
        "permessage-deflate;client_no_context_takeover;server_no_context_takeover"}) {
    EXPECT_EQ(Negotiated(offers), Plain()) << offers;
  }
}

TEST(DeflateOfferTest, EveryWindowThatIsAskedForIsGranted) {
  for (const char* const bits : {"8", "9", "10", "11", "12", "13", "14", "15"}) {
    EXPECT_EQ(Negotiated(std::string("permessage-deflate; server_max_window_bits=") + bits),
              Window(bits));
  }
}

TEST(DeflateOfferTest, ValuesMayBeQuoted) {
  EXPECT_EQ(Negotiated("permessage-deflate; server_max_window_bits=\"10\""), Window("10"));
  EXPECT_EQ(Negotiated("permessage-deflate; server_max_window_bits=\"1\\1\""), Window("11"));
  EXPECT_EQ(Negotiated("foo; a=\"b\", permessage-deflate"), Plain());
}

TEST(DeflateOfferTest, WhiteSpaceMayStandRoundTheSeparators) {
  EXPECT_EQ(Negotiated(" \tpermessage-deflate\t;  server_max_window_bits = 12 ;\t"
                       "client_max_window_bits , foo "),
            Window("12"));
}

TEST(DeflateOfferTest, AParameterThatIsNotValidDeclinesTheOffer) {
  for (const char* const parameters :
       {"server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16",
        "server_max_window_bits=08", "server_max_window_bits=10x", "server_max_window_bits=1",
        "server_max_window_bits=-9", "server_max_window_bits=115", "client_max_window_bits=7",
        "client_max_window_bits=16", "client_max_window_bits=015", "client_max_window_bits=x",
        "server_no_context_takeover=1", "client_no_context_takeover=true", "unknown", "unknown=1",
        "Server_no_context_takeover"}) {
    EXPECT_EQ(Negotiated(std::string("permessage-deflate; ") + parameters), "none") << parameters;
  }
}

TEST(DeflateOfferTest, AParameterGivenTwiceDeclinesTheOffer) {
  for (const char* const parameter :
       {"server_max_window_bits=10", "client_max_window_bits", "client_max_window_bits=10",
        "server_no_context_takeover", "client_no_context_takeover"}) {
    const std::string once = std::string("; ") + parameter;
    EXPECT_EQ(Negotiated("permessage-deflate" + once + once), "none") << parameter;
  }
  EXPECT_EQ(Negotiated("permessage-deflate; server_max_window_bits=7; server_max_window_bits=10"),
            "none");
}

TEST(DeflateOfferTest, TheFirstOfferThatCanBeAcceptedIs) {
  EXPECT_EQ(Negotiated("permessage-deflate; server_max_window_bits=16, foo; bar=1, "
                       "permessage-deflate; server_max_window_bits=9, permessage-deflate"),
            Window("9"));
  EXPECT_EQ(Negotiated("permessage-deflate, permessage-deflate; server_max_window_bits=9"),
            Plain());
  EXPECT_EQ(Negotiated(",,permessage-deflate,,"), Plain());
}

TEST(DeflateOfferTest, WhatIsNotAListOfExtensionsIsRefused) {
  for (const char* const offers :
       {";", "=", "permessage-deflate;", "permessage-deflate; ;", "permessage-deflate; =9",
        "permessage-deflate; server_max_window_bits=", "permessage-deflate foo",
        "permessage-deflate; a b", "permessage-deflate; a=b c", "permessage-deflate; a=\"b",
        "permessage-deflate; a=\"\"", "permessage-deflate; a=\"b c\"",
        "permessage-deflate; a=\"b\\\"", "permessage-deflate; a=\"b\\", "permessage-deflate/1",
        "permessage-deflate, (foo)", "\"permessage-deflate\"", "foo\x80", "a;b=\"c\"d"}) {
    EXPECT_EQ(Negotiated(offers), "malformed") << offers;
  }
}

TEST(DeflateOfferTest, AnOfferThatIsMalformedBehindAGoodOneIsRefusedToo) {
  EXPECT_EQ(Negotiated("permessage-deflate, foo; ="), "malformed");
}

}  // namespace
}  // namespace edge
