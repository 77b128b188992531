#include "leaf_values.h"

#include "base/pattern.h"

#include <algorithm>
#include <stdexcept>

namespace autocache::testing {

namespace {

using spec::Format;
using spec::Schema;
using spec::Type;

void collect(const Schema& schema, std::vector<std::string>& path, std::vector<Leaf>& out) {
  if (schema.type == Type::kObject && !schema.properties.empty()) {
    for (const spec::Property& property : schema.properties) {
      path.emplace_back(property.name);
      collect(*property.schema, path, out);
      path.pop_back();
    }
    return;
  }
  const Schema* below = schema.type == Type::kArray ? schema.items : schema.additional;
  if (below != nullptr) {
    path.emplace_back("*");
    collect(*below, path, out);
    path.pop_back();
    return;
  }
  out.push_back({path, &schema});
}

/// Texts of many forms; a leaf takes those that its pattern matches.
constexpr const char* kTexts[] = {
    "one",
    "two",
    "/one",
    "/two",
    "10.0.0.0/8",
    "192.168.0.0/16",
    "limits.memory",
    "requests.memory",
    "Memory",
    "HugePages",
    "metadata.name",
    "metadata.namespace",
    "iqn.2001-04.com.example:one",
    "iqn.2001-04.com.example:two",
    "net.ipv4.one",
    "net.ipv4.two",
    "https://one.example.com",
    "https://two.example.com",
};

bool fits(const Schema& schema, std::string_view text) {
  if (schema.pattern.empty()) return true;
  const auto pattern = Pattern::compile(schema.pattern);
  return pattern && pattern->matches(text);
}

std::vector<Json> texts(const Schema& schema) {
  switch (schema.format) {
    case Format::kQuantity:
      return {"3Gi", "5Gi", "1Gi", "1Mi"};
    case Format::kDuration:
      return {"7m", "8m"};
    case Format::kMemorySize:
      return {"77mb", "78mb"};
    case Format::kCron:
      return {"1 2 3 4 5", "2 2 3 4 5"};
    case Format::kPath:
      return {"/one", "/two"};
    case Format::kImage:
      return {"example.com/one:8.0", "example.com/two:8.0"};
    case Format::kEnvName:
      return {"ONE", "TWO"};
    case Format::kLabelKey:
      return {"example.com/one", "example.com/two"};
    case Format::kDnsLabel:
    case Format::kDnsSubdomain:
    case Format::kLabelValue:
      return {"one", "two"};
    default:
      break;
  }
  std::vector<Json> out;
  if (!schema.example_json.empty()) out.push_back(Json::parse(schema.example_json));
  for (const char* text : kTexts)
    if (out.size() < 4 && fits(schema, text)) out.emplace_back(text);
  return out;
}

Json minimal(const Schema& schema);

/// The object that a schema asks for at least.
Json minimal_object(const Schema& schema) {
  Json out = Json::object();
  for (const spec::Property& property : schema.properties) {
    if (std::find(schema.required.begin(), schema.required.end(), property.name) !=
        schema.required.end())
      out[std::string(property.name)] = minimal(*property.schema);
  }
  return out;
}

Json minimal(const Schema& schema) {
  if (schema.type == Type::kObject) return minimal_object(schema);
  if (schema.type == Type::kArray)
    return schema.min_items.value_or(0) > 0 ? Json::array({minimal(*schema.items)}) : Json::array();
  return leaf_values(schema).front();
}

std::string map_key(const Schema& schema) {
  if (!schema.example_json.empty()) return Json::parse(schema.example_json).begin().key();
  return schema.key_format == Format::kLabelKey ? "example.com/key" : "key";
}

void set_below(
    const Schema& schema, const Leaf& leaf, std::size_t depth, const Json& value, Json& target) {
  if (depth == leaf.path.size()) {
    target = value;
    return;
  }
  const std::string& name = leaf.path[depth];
  if (schema.type == Type::kArray) {
    if (!target.is_array()) target = Json::array();
    if (target.empty()) target.push_back(minimal(*schema.items));
    set_below(*schema.items, leaf, depth + 1, value, target.back());
    return;
  }
  if (!target.is_object()) target = minimal_object(schema);
  if (name == "*") {
    set_below(*schema.additional, leaf, depth + 1, value, target[map_key(schema)]);
    return;
  }
  if (depth + 1 == leaf.path.size() && value.is_null()) {
    target.erase(name);
    return;
  }
  set_below(*schema.find(name)->schema, leaf, depth + 1, value, target[name]);
}

}  // namespace

std::string Leaf::text() const {
  std::string out;
  for (const std::string& name : path) out += (out.empty() ? "" : ".") + name;
  return out;
}

std::vector<Leaf> leaves(const Schema& schema) {
  std::vector<Leaf> out;
  std::vector<std::string> path;
  collect(schema, path, out);
  return out;
}

std::vector<Json> leaf_values(const Schema& schema) {
  const auto number = [&schema](std::int64_t offset) {
    const auto low = static_cast<std::int64_t>(schema.minimum.value_or(1));
    return Json(std::max<std::int64_t>(low, 1) + offset);
  };
  switch (schema.type) {
    case Type::kBoolean:
      return {true, false};
    case Type::kInteger:
    case Type::kNumber:
    case Type::kIntOrString:
      return {number(0), number(1)};
    case Type::kString:
      if (!schema.enum_values.empty()) {
        std::vector<Json> out;
        for (const std::string_view each : schema.enum_values) out.emplace_back(std::string(each));
        if (out.size() == 1) out.emplace_back("another");  // is answered by an error
        return out;
      }
      return texts(schema);
    case Type::kObject:
      return {Json::object(), Json()};
    case Type::kArray:
      break;
  }
  throw std::logic_error("a list is no leaf");
}

void set_leaf(const Schema& root, const Leaf& leaf, const Json& value, Json& target) {
  set_below(root, leaf, 0, value, target);
}

}  // namespace autocache::testing
