#pragma once

#include <string_view>

namespace edge {

// The page that --dev serves at /: edge/transport/demo_page.html.
std::string_view DemoPage();

}  // namespace edge
