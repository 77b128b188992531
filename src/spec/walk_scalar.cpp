// The scalars of a walk: what kubectl reads, whether that is what was meant, and whether it is
// allowed.

#include "base/json.h"
#include "base/quantity.h"
#include "base/text.h"
#include "spec/codes.h"
#include "spec/formats.h"
#include "spec/say.h"
#include "spec/walk.h"
#include "yaml/resolve.h"

#include <algorithm>
#include <cmath>

namespace autocache::spec {
namespace {

using yaml::ScalarType;

std::string_view name_of(const Schema& schema) {
  if (schema.format == Format::kQuantity) {
    return "a quantity";
  }
  switch (schema.type) {
    case Type::kInteger:
      return "an integer";
    case Type::kNumber:
      return "a number";
    case Type::kBoolean:
      return "a boolean";
    case Type::kIntOrString:
      return "an integer or a string";
    default:
      return "a string";
  }
}

bool takes_text(const Schema& schema) {
  return schema.type == Type::kString || schema.type == Type::kIntOrString;
}

/// A plain decimal number, without what makes it look like one and be another.
std::string plain_number(const Json& value) {
  return value.dump();
}

/// The shortest exact text of a limit: limits of the schemas are whole numbers.
std::string limit(double value) {
  return std::to_string(static_cast<long long>(value));
}

bool is_octal(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    text.remove_prefix(1);
  }
  return text.size() > 1 && text.front() == '0' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
}

/// What to write instead of a value of the wrong type, where that can be told.
std::string type_hint(const Schema& schema, const yaml::Node& node, ScalarType type) {
  if (node.kind != yaml::Kind::kScalar || type == ScalarType::kNull) {
    return {};
  }
  if (takes_text(schema) && type != ScalarType::kString) {
    return "put it in quotes: \"" + node.scalar + "\"";
  }
  if (node.style == yaml::Style::kPlain || type != ScalarType::kString) {
    return {};
  }
  const auto bare = yaml::resolve(node.scalar, yaml::Style::kPlain);
  const bool fits = schema.type == Type::kBoolean ? bare.type == ScalarType::kBool
                                                  : bare.type == ScalarType::kInteger;
  return fits && !bare.ambiguous ? "write " + node.scalar + " without quotes" : "";
}

}  // namespace

bool Walk::check_ambiguous(const Schema& schema, const yaml::Node& node, const Frame& frame) {
  const auto value = yaml::to_json(node);
  if (schema.type == Type::kInteger && value.is_number_integer() && is_octal(node.scalar)) {
    return true;
  }
  std::string hint = "put it in quotes: \"" + node.scalar + "\"";
  if (schema.type == Type::kBoolean && value.is_boolean()) {
    hint = "write " + value.dump();
  } else if ((schema.type == Type::kInteger || schema.type == Type::kNumber) && value.is_number()) {
    hint = "write " + plain_number(value);
  }
  const std::string reading = value.is_string() ? "text" : plain_number(value);
  error(code::kAmbiguous, node.at, frame,
        "kubectl (YAML 1.1) reads " + node.scalar + " as " + reading + ", YAML 1.2 does not",
        std::move(hint));
  return false;
}

bool Walk::read_scalar(
    const Schema& schema, const yaml::Node& node, const Frame& frame, Json& object, Json& written) {
  if (node.kind != yaml::Kind::kScalar) {
    error(code::kType, node.at, frame,
          "must be " + std::string(name_of(schema)) + ", not " + kind_of(node));
    return false;
  }
  const auto [type, ambiguous] = yaml::resolve(node);
  if (ambiguous && !check_ambiguous(schema, node, frame)) {
    return false;
  }
  if (type == ScalarType::kString && takes_text(schema)) {
    object = node.scalar;
    written = node.scalar;
    return check_text(schema, node, frame, object);
  }
  if (type == ScalarType::kBool && schema.type == Type::kBoolean) {
    object = yaml::to_json(node);
    written = object;
    return true;
  }
  const bool numeric = type == ScalarType::kInteger || type == ScalarType::kFloat;
  if (numeric && (schema.type == Type::kInteger || schema.type == Type::kNumber ||
                  schema.type == Type::kIntOrString)) {
    auto value = yaml::to_json(node);
    if (value.is_number_float() && schema.type != Type::kNumber) {
      // kubectl sends 3.0 and 1e3 as 3 and 1000.
      constexpr double kExact = 9007199254740992.0;
      const auto real = value.get<double>();
      if (std::trunc(real) == real && std::abs(real) <= kExact) {
        value = static_cast<std::int64_t>(real);
      }
    }
    if (value.is_number_integer() || schema.type == Type::kNumber) {
      object = value;
      written = value;
      if (schema.format == Format::kQuantity) {
        object = value.dump();
        return check_text(schema, node, frame, object);
      }
      return check_number(schema, node, frame, value.get<double>());
    }
  }
  error(code::kType, node.at, frame,
        "must be " + std::string(name_of(schema)) + ", not " + kind_of(node),
        type_hint(schema, node, type));
  return false;
}

bool Walk::check_number(const Schema& schema,
                        const yaml::Node& node,
                        const Frame& frame,
                        double value) {
  const bool low = schema.minimum && value < *schema.minimum;
  const bool high = schema.maximum && value > *schema.maximum;
  if (!low && !high) {
    return true;
  }
  std::string message = "must be ";
  // The largest int32 is a limit of types, which says nothing to people.
  constexpr double kTypeLimit = 2147483647;
  if (schema.minimum && schema.maximum && (high || *schema.maximum < kTypeLimit)) {
    message += "from " + limit(*schema.minimum) + " to " + limit(*schema.maximum);
  } else if (low) {
    message += "at least " + limit(*schema.minimum);
  } else {
    message += "at most " + limit(*schema.maximum);
  }
  error(code::kRange, node.at, frame, message + ", not " + node.scalar);
  return false;
}

bool Walk::check_text(const Schema& schema,
                      const yaml::Node& node,
                      const Frame& frame,
                      Json& object) {
  const std::string& text = object.get_ref<const std::string&>();
  if (schema.format == Format::kQuantity) {
    const auto quantity = Quantity::parse(text);
    if (quantity && schema.minimum && *schema.minimum >= 0 && quantity->is_negative()) {
      error(code::kRange, node.at, frame, "must be at least 0, not " + text);
      return false;
    }
    if (quantity) {
      object = quantity->canonical();
      return true;
    }
  }
  if (const auto problem = check_format(schema.format, text)) {
    error(problem->code, node.at, frame, problem->message, problem->hint);
    return false;
  }
  if (!schema.enum_values.empty() && std::find(schema.enum_values.begin(), schema.enum_values.end(),
                                               text) == schema.enum_values.end()) {
    const auto near = closest(text, schema.enum_values);
    error(code::kEnum, node.at, frame,
          in_quotes(text) + " is none of " + list_of(schema.enum_values),
          near ? "did you mean \"" + std::string(*near) + "\"?" : "");
    return false;
  }
  if (schema.min_length || schema.max_length) {
    const auto length = utf8_length(text);
    if (schema.min_length && length < *schema.min_length) {
      error(code::kSize, node.at, frame,
            *schema.min_length == 1
                ? "must not be empty"
                : "must have at least " + std::to_string(*schema.min_length) + " characters");
      return false;
    }
    if (schema.max_length && length > *schema.max_length) {
      error(code::kSize, node.at, frame,
            "has " + std::to_string(length) + " characters; at most " +
                std::to_string(*schema.max_length) + " are allowed");
      return false;
    }
  }
  if (!schema.pattern.empty() && !pattern(schema.pattern).matches(text)) {
    error(code::kPattern, node.at, frame,
          in_quotes(text) + " does not match " + std::string(schema.pattern),
          schema.example_json.empty() ? "" : "an example is " + std::string(schema.example_json));
    return false;
  }
  return true;
}

}  // namespace autocache::spec
