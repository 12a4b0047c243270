// DEPS config
// Any bytes as a configuration file: no crash, bounded work, and what loads prints as what loads to
// the same. Touches no file.
#include <google/protobuf/util/message_differencer.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "edge/base/check.h"
#include "edge/config/config_draft.h"
#include "edge/config/config_printer.h"
#include "edge/config/yaml_layer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  edge::ConfigDraft draft;
  const bool read = edge::LayYaml("gatehouse.yaml", text, draft);
  GATEHOUSE_CHECK(read || !draft.status().ok(), "what is no YAML is an error");
  if (!draft.status().ok()) return 0;
  for (auto& key : *draft.config.mutable_auth()->mutable_keys()) {
    key.clear_secret();                                       // printing leaves it out
    if (key.algorithm().empty()) key.set_algorithm("HS256");  // required, but not by this layer
  }
  const std::string printed = edge::PrintConfig(draft.config);
  edge::ConfigDraft again;
  edge::LayYaml("printed.yaml", printed, again);
  GATEHOUSE_CHECK(again.status().ok(), "the printed configuration does not load");
  GATEHOUSE_CHECK(google::protobuf::util::MessageDifferencer::Equals(draft.config, again.config),
                  "the printed configuration loads to another");
  return 0;
}
