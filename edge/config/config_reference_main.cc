// Prints docs/configuration.md.
#include <iostream>

#include "edge/config/config_reference.h"

int main() {
  std::cout << edge::ConfigReference();
}
