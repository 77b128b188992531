#include "spec/schema_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace autocache::spec {
namespace {

constexpr std::string_view kDnsLabelPattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
constexpr std::string_view kDnsSubdomainPattern =
    R"(^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)";
constexpr std::string_view kLabelKeyPattern =
    R"(^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$)";
constexpr std::string_view kLabelValuePattern = "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$";
constexpr std::string_view kQuantityPattern =
    R"(^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]+)?$)";
constexpr std::string_view kPositiveQuantityPattern =
    R"(^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]+)?$)";
constexpr std::string_view kDurationPattern = R"(^(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ms|s|m|h))+)$)";
constexpr std::string_view kMemorySizePattern = "^[0-9]+([bB]|[kKmMgG][bB]?)?$";
constexpr std::string_view kImagePattern =
    R"(^(([a-zA-Z0-9]|[a-zA-Z0-9][-a-zA-Z0-9]*[a-zA-Z0-9])(\.([a-zA-Z0-9]|[a-zA-Z0-9][-a-zA-Z0-9]*[a-zA-Z0-9]))*(:[0-9]+)?/)"
    R"(|\[[a-fA-F0-9:]+\](:[0-9]+)?/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*)"
    R"((:[a-zA-Z0-9_][-a-zA-Z0-9_.]{0,127})?(@[^:@]+:[0-9a-f]{32,})?$)";
constexpr std::string_view kCronPattern =
    R"(^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|)"
    R"(([*?]|[0-5]?[0-9](-[0-5]?[0-9])?)(/[1-9][0-9]*)?(,([*?]|[0-5]?[0-9](-[0-5]?[0-9])?)(/[1-9][0-9]*)?)* +)"
    R"(([*?]|([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?)(/[1-9][0-9]*)?(,([*?]|([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?)(/[1-9][0-9]*)?)* +)"
    R"(([*?]|(0?[1-9]|[12][0-9]|3[01])(-(0?[1-9]|[12][0-9]|3[01]))?)(/[1-9][0-9]*)?(,([*?]|(0?[1-9]|[12][0-9]|3[01])(-(0?[1-9]|[12][0-9]|3[01]))?)(/[1-9][0-9]*)?)* +)"
    R"(([*?]|(0?[1-9]|1[0-2]|[a-zA-Z]{3})(-(0?[1-9]|1[0-2]|[a-zA-Z]{3}))?)(/[1-9][0-9]*)?(,([*?]|(0?[1-9]|1[0-2]|[a-zA-Z]{3})(-(0?[1-9]|1[0-2]|[a-zA-Z]{3}))?)(/[1-9][0-9]*)?)* +)"
    R"(([*?]|([0-6]|[a-zA-Z]{3})(-([0-6]|[a-zA-Z]{3}))?)(/[1-9][0-9]*)?(,([*?]|([0-6]|[a-zA-Z]{3})(-([0-6]|[a-zA-Z]{3}))?)(/[1-9][0-9]*)?)*)$)";
constexpr std::string_view kEnvNamePattern = R"(^([-_a-zA-Z]|\.[-_a-zA-Z0-9])[-._a-zA-Z0-9]*$)";
constexpr std::string_view kPathPattern = R"(^(/([^/.][^/]*|\.[^/.][^/]*|\.\.[^/]+|\.)?)+$)";

/// "1 to 5 things", "at least 1 thing", "at most 5 things"; nothing without limits.
template <class T>
void range(std::vector<std::string>& out,
           const std::optional<T>& low,
           const std::optional<T>& high,
           std::string_view things) {
  const auto text = [](T value) { return number_text(static_cast<double>(value)); };
  const bool from_zero = low && *low == T{} && !things.empty();
  if (low && high && *low == *high) {
    out.push_back(fmt::format("exactly {}{}", text(*low), things));
  } else if (low && high && !from_zero) {
    out.push_back(fmt::format("{} to {}{}", text(*low), text(*high), things));
  } else if (high) {
    out.push_back(fmt::format("at most {}{}", text(*high), things));
  } else if (low && !from_zero) {
    out.push_back(fmt::format("at least {}{}", text(*low), things));
  }
}

}  // namespace

FormatText format_text(Format format) {
  switch (format) {
    case Format::kNone:
      return {};
    case Format::kQuantity:
      return {kQuantityPattern, {}, "a Kubernetes quantity, such as 500m or 1.5Gi"};
    case Format::kDuration:
      return {kDurationPattern, {}, "a duration, such as 90s or 1h30m"};
    case Format::kMemorySize:
      return {kMemorySizePattern, {}, "a memory size in the server's units, such as 100mb"};
    case Format::kDnsLabel:
      return {kDnsLabelPattern, 63, "a DNS label (lower-case letters, digits and -)"};
    case Format::kDnsSubdomain:
      return {kDnsSubdomainPattern, 253, "a DNS name (lower-case letters, digits, - and .)"};
    case Format::kLabelKey:
      return {kLabelKeyPattern, 317, "a label key, such as example.com/name"};
    case Format::kLabelValue:
      return {kLabelValuePattern, 63, "a label value"};
    case Format::kImage:
      return {kImagePattern, {}, "a container image reference"};
    case Format::kCron:
      return {kCronPattern, {}, "a schedule in cron notation, five fields"};
    case Format::kEnvName:
      return {kEnvNamePattern, {}, "a name of an environment variable"};
    case Format::kPath:
      return {kPathPattern, {}, "an absolute path"};
  }
  return {};
}

std::string_view pattern_of(const Schema& schema) {
  if (!schema.pattern.empty()) {
    return schema.pattern;
  }
  if (schema.format == Format::kQuantity && schema.minimum && *schema.minimum >= 0) {
    return kPositiveQuantityPattern;
  }
  return format_text(schema.format).pattern;
}

std::optional<std::uint32_t> max_length_of(const Schema& schema) {
  const auto format = format_text(schema.format).max_length;
  if (schema.max_length && format) {
    return std::min(*schema.max_length, *format);
  }
  return schema.max_length ? schema.max_length : format;
}

std::string_view type_word(Type type) {
  switch (type) {
    case Type::kObject:
      return "object";
    case Type::kArray:
      return "array";
    case Type::kString:
      return "string";
    case Type::kInteger:
      return "integer";
    case Type::kNumber:
      return "number";
    case Type::kBoolean:
      return "boolean";
    case Type::kIntOrString:
      break;
  }
  return {};
}

std::string type_name(const Schema& schema) {
  switch (schema.type) {
    case Type::kObject:
      return schema.additional == nullptr ? "Object"
                                          : "map[string]" + type_name(*schema.additional);
    case Type::kArray:
      return "[]" + type_name(*schema.items);
    case Type::kIntOrString:
      return schema.format == Format::kQuantity ? "Quantity" : "IntOrString";
    case Type::kString:
      if (schema.format == Format::kQuantity) {
        return "Quantity";
      }
      [[fallthrough]];
    case Type::kInteger:
    case Type::kNumber:
    case Type::kBoolean:
      return std::string(type_word(schema.type));
  }
  return {};
}

std::vector<std::string> limits_of(const Schema& schema) {
  std::vector<std::string> out;
  if (const auto words = format_text(schema.format).words; !words.empty()) {
    out.emplace_back(words);
  }
  if (schema.format == Format::kQuantity) {
    if (schema.minimum && *schema.minimum >= 0) {
      out.emplace_back("not negative");
    }
  } else {
    range(out, schema.minimum, schema.maximum, "");
  }
  range(out, schema.min_length, schema.max_length, " characters");
  range(out, schema.min_items, schema.max_items, " items");
  range(out, std::optional<std::uint32_t>{}, schema.max_properties, " entries");
  if (schema.one_of_members) {
    out.emplace_back("exactly one of the fields");
  }
  if (const auto keys = format_text(schema.key_format).words; !keys.empty()) {
    out.push_back(fmt::format("each key {}", keys));
  }
  const auto* inner = schema.items != nullptr ? schema.items : schema.additional;
  if (inner != nullptr && inner->properties.empty()) {
    for (const auto& limit : limits_of(*inner)) {
      out.push_back(fmt::format("each {}: {}", schema.items != nullptr ? "item" : "value", limit));
    }
  }
  return out;
}

std::string number_text(double value) {
  if (std::floor(value) == value && std::abs(value) < 1e15) {
    return fmt::format("{}", static_cast<std::int64_t>(value));
  }
  return fmt::format("{}", value);
}

std::vector<std::string_view> rules_of(const Schema& schema) {
  const auto* fields = fields_of(schema);
  std::vector<std::string_view> out;
  for (const auto& rule : fields != nullptr ? fields->rules : schema.rules) {
    if (std::find(out.begin(), out.end(), rule.message) == out.end()) {
      out.push_back(rule.message);
    }
  }
  return out;
}

const Schema* fields_of(const Schema& schema) {
  const auto* node = &schema;
  while (node->items != nullptr || node->additional != nullptr) {
    node = node->items != nullptr ? node->items : node->additional;
  }
  return node->properties.empty() ? nullptr : node;
}

TypeKey type_key(const Schema& schema) {
  TypeKey out;
  for (const auto& property : schema.properties) {
    out.emplace_back(property.name, property.schema);
  }
  return out;
}

}  // namespace autocache::spec
