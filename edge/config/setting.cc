#include "edge/config/setting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/stubs/common.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "edge/base/check.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/config/address.h"
#include "edge/config/quantity.h"

namespace edge {
namespace {

using gatehouse::v1::Setting;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

template <typename... Args>
absl::Status Invalid(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kInvalidArgument, format, std::forward<Args>(args)...);
}

std::string Shown(const FieldDescriptor& field, std::string_view text) {
  return SettingOf(field).secret() ? "the value" : Quoted(text);
}

bool IsNumber(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
}

std::optional<uint64_t> ParseNumber(const Setting& setting, std::string_view text) {
  switch (setting.unit()) {
    case gatehouse::v1::SETTING_UNIT_DURATION:
      return ParseDuration(text);
    case gatehouse::v1::SETTING_UNIT_BYTES:
      return ParseBytes(text);
    default:
      return ParseCount(text);
  }
}

std::string PrintNumber(const Setting& setting, uint64_t value) {
  switch (setting.unit()) {
    case gatehouse::v1::SETTING_UNIT_DURATION:
      return PrintDuration(value);
    case gatehouse::v1::SETTING_UNIT_BYTES:
      return PrintBytes(value);
    default:
      return fmt::format("{}", value);
  }
}

absl::Status NotANumber(const FieldDescriptor& field, std::string_view text) {
  switch (SettingOf(field).unit()) {
    case gatehouse::v1::SETTING_UNIT_DURATION:
      return Invalid("{} is no time; write it like 500ms, 25s, 5m or 1h, {}", Shown(field, text),
                     AllowedText(field));
    case gatehouse::v1::SETTING_UNIT_BYTES:
      return Invalid("{} is no size; write it like 512, 64KiB or 1MiB, {}", Shown(field, text),
                     AllowedText(field));
    default:
      return Invalid("{} is no whole number; write digits only, {}", Shown(field, text),
                     AllowedText(field));
  }
}

// The declared bound, or the type's.
uint64_t Bound(const Setting& setting, std::string_view declared, uint64_t otherwise) {
  if (declared.empty()) return otherwise;
  const std::optional<uint64_t> bound = ParseNumber(setting, declared);
  GATEHOUSE_CHECK(bound.has_value(), "a bound in config.proto cannot be parsed");
  return *bound;
}

uint64_t TypeMaximum(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ? std::numeric_limits<uint32_t>::max()
                                                             : std::numeric_limits<uint64_t>::max();
}

absl::StatusOr<uint64_t> NumberOf(const FieldDescriptor& field, std::string_view text) {
  const Setting& setting = SettingOf(field);
  const std::optional<uint64_t> value = ParseNumber(setting, text);
  if (!value) return NotANumber(field, text);
  const uint64_t least = Bound(setting, setting.min(), 0);
  const uint64_t greatest = Bound(setting, setting.max(), TypeMaximum(field));
  if (*value < least) {
    return Invalid("{} is below the least allowed, {}", Shown(field, text),
                   PrintNumber(setting, least));
  }
  if (*value > greatest) {
    return Invalid("{} is above the greatest allowed, {}", Shown(field, text),
                   PrintNumber(setting, greatest));
  }
  return *value;
}

bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f;
  });
}

absl::Status CheckText(const FieldDescriptor& field, std::string_view text) {
  const Setting& setting = SettingOf(field);
  // Protobuf's own check: what it would not accept in a string field must not get into one.
  if (!google::protobuf::internal::IsStructurallyValidUTF8(text.data(),
                                                           static_cast<int>(text.size()))) {
    return Invalid("{} is not valid UTF-8", Shown(field, text));
  }
  if (HasControlCharacter(text)) return Invalid("{} has a control character", Shown(field, text));
  if (setting.unit() == gatehouse::v1::SETTING_UNIT_ADDRESS && !text.empty() &&
      !ParseAddress(text)) {
    return Invalid("{} is no address; write HOST:PORT or [IPV6]:PORT", Shown(field, text));
  }
  if (setting.allowed_size() > 0 && std::find(setting.allowed().begin(), setting.allowed().end(),
                                              text) == setting.allowed().end()) {
    return Invalid("{} is not allowed; {}", Shown(field, text), AllowedText(field));
  }
  return absl::OkStatus();
}

absl::Status SetText(const FieldDescriptor& field, std::string_view text, Message& block) {
  RETURN_IF_ERROR(CheckText(field, text));
  const Reflection& reflection = *block.GetReflection();
  if (field.is_repeated()) {
    reflection.AddString(&block, &field, std::string(text));
  } else {
    reflection.SetString(&block, &field, std::string(text));
  }
  return absl::OkStatus();
}

absl::Status SetBool(const FieldDescriptor& field, std::string_view text, Message& block) {
  if (text != "true" && text != "false") {
    return Invalid("{} is no yes or no; write true or false", Shown(field, text));
  }
  block.GetReflection()->SetBool(&block, &field, text == "true");
  return absl::OkStatus();
}

}  // namespace

const Setting& SettingOf(const FieldDescriptor& field) {
  return field.options().GetExtension(gatehouse::v1::setting);
}

bool IsBlock(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

absl::Status SetSetting(const FieldDescriptor& field, std::string_view text, Message& block) {
  const Reflection& reflection = *block.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return SetText(field, text, block);
  GATEHOUSE_CHECK(!field.is_repeated(), "only lists of text and of blocks are settings");
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return SetBool(field, text, block);
  GATEHOUSE_CHECK(IsNumber(field), "a setting is text, bool, uint32 or uint64");
  ASSIGN_OR_RETURN(const uint64_t value, NumberOf(field, text));
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32) {
    reflection.SetUInt32(&block, &field, static_cast<uint32_t>(value));
  } else {
    reflection.SetUInt64(&block, &field, value);
  }
  return absl::OkStatus();
}

std::string PrintSetting(const Message& block, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *block.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(block, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_UINT32:
      return PrintNumber(SettingOf(field), reflection.GetUInt32(block, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return PrintNumber(SettingOf(field), reflection.GetUInt64(block, &field));
    default:
      return field.is_repeated() ? reflection.GetRepeatedString(block, &field, index)
                                 : reflection.GetString(block, &field);
  }
}

std::string AllowedText(const FieldDescriptor& field) {
  const Setting& setting = SettingOf(field);
  if (setting.allowed_size() > 0)
    return fmt::format("one of {}", fmt::join(setting.allowed(), ", "));
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return "true or false";
  if (IsNumber(field)) {
    return fmt::format("{} to {}", PrintNumber(setting, Bound(setting, setting.min(), 0)),
                       PrintNumber(setting, Bound(setting, setting.max(), TypeMaximum(field))));
  }
  switch (setting.unit()) {
    case gatehouse::v1::SETTING_UNIT_ADDRESS:
      return "HOST:PORT or [IPV6]:PORT";
    case gatehouse::v1::SETTING_UNIT_FILE:
      return "path of a readable file";
    default:
      return "any text";
  }
}

void SetDefaults(Message& block) {
  const google::protobuf::Descriptor& type = *block.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (IsBlock(field)) {
      if (!field.is_repeated()) SetDefaults(*block.GetReflection()->MutableMessage(&block, &field));
    } else if (const std::string& value = SettingOf(field).default_value(); !value.empty()) {
      GATEHOUSE_CHECK(SetSetting(field, value, block).ok(),
                      "a default in config.proto is not valid");
    }
  }
}

gatehouse::v1::Config DefaultConfig() {
  gatehouse::v1::Config config;
  SetDefaults(config);
  return config;
}

std::string Quoted(std::string_view text) {
  constexpr size_t kShownBytes = 64;
  std::string out = "\"";
  for (const char c : text.substr(0, kShownBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  out += text.size() > kShownBytes ? "...\"" : "\"";
  return out;
}

}  // namespace edge
