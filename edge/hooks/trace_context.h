#pragma once

#include <string>
#include <string_view>

namespace edge {

// W3C Trace Context, version 00: what a session's questions are part of.
//
// The value of a client's `traceparent` as it is kept (trace id and flags), or a new one when there
// is none that is valid. About 1 us.
std::string AdoptTraceparent(std::string_view header);
// The traceparent of one question: the same trace, a new parent. Empty for an empty one.
std::string ChildTraceparent(std::string_view traceparent);

}  // namespace edge
