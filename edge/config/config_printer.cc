#include "edge/config/config_printer.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <string_view>

#include "edge/base/log.h"
#include "edge/config/setting.h"

namespace edge {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool IsPlainCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_./:@+-").find(c) != std::string_view::npos;
}

// Whether YAML reads `text` without quotes as it stands.
bool IsPlain(std::string_view text) {
  if (text.empty() || text.back() == ':' || !std::ranges::all_of(text, IsPlainCharacter))
    return false;
  if (std::string_view("_.:@+-").find(text.front()) != std::string_view::npos) return false;
  return text != "null" && text != "Null" && text != "NULL";
}

// YAML's double quotes take the escapes of JSON.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  AppendJsonEscaped(text, out);
  return out + "\"";
}

std::string Scalar(std::string_view text) {
  return IsPlain(text) ? std::string(text) : Quoted(text);
}

void PrintBlock(const Message& block, const std::string& indent, std::string& out);

void PrintList(const Message& block, const FieldDescriptor& field, const std::string& indent,
               std::string& out) {
  const auto& reflection = *block.GetReflection();
  const int size = reflection.FieldSize(block, &field);
  if (size == 0) {
    out += fmt::format("{}{}: []\n", indent, field.name());
    return;
  }
  out += fmt::format("{}{}:\n", indent, field.name());
  for (int i = 0; i < size; ++i) {
    if (!IsBlock(field)) {
      out += fmt::format("{}  - {}\n", indent, Scalar(PrintSetting(block, field, i)));
      continue;
    }
    std::string item;
    PrintBlock(reflection.GetRepeatedMessage(block, &field, i), indent + "    ", item);
    item.replace(indent.size() + 2, 1, "-");
    out += item;
  }
}

void PrintValue(const Message& block, const FieldDescriptor& field, const std::string& indent,
                std::string& out) {
  const std::string value = PrintSetting(block, field);
  if (SettingOf(field).secret() && !value.empty()) {
    out += fmt::format("{}# {}: ***\n", indent, field.name());
  } else {
    out += fmt::format("{}{}: {}\n", indent, field.name(), Scalar(value));
  }
}

void PrintBlock(const Message& block, const std::string& indent, std::string& out) {
  const auto& type = *block.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated()) {
      PrintList(block, field, indent, out);
    } else if (IsBlock(field)) {
      out += fmt::format("{}{}:\n", indent, field.name());
      PrintBlock(block.GetReflection()->GetMessage(block, &field), indent + "  ", out);
    } else {
      PrintValue(block, field, indent, out);
    }
  }
}

}  // namespace

std::string PrintConfig(const gatehouse::v1::Config& config) {
  std::string out;
  PrintBlock(config, "", out);
  return out;
}

}  // namespace edge
