#pragma once

namespace edge {

// Of this program; CMakeLists.txt says the same, and a test holds them together.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace edge
