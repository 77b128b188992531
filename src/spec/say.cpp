#include "spec/say.h"

#include "base/text.h"
#include "yaml/resolve.h"

namespace autocache::spec {

std::string list_of(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) {
      out += i + 1 == words.size() ? " and " : ", ";
    }
    out += words[i];
  }
  return out;
}

std::string count_of(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string kind_of(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::Kind::kSequence:
      return "a list";
    case yaml::Kind::kMapping:
      return "an object";
    case yaml::Kind::kScalar:
      break;
  }
  switch (yaml::resolve(node).type) {
    case yaml::ScalarType::kNull:
      return "null";
    case yaml::ScalarType::kBool:
      return "a boolean";
    case yaml::ScalarType::kInteger:
      return "an integer";
    case yaml::ScalarType::kFloat:
      return "a number with a fraction";
    case yaml::ScalarType::kString:
      break;
  }
  return "a string";
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMost = 80;
  if (text.size() > kMost) {
    return "\"" + std::string(text.substr(0, utf8_floor(text, kMost))) + "...\"";
  }
  return "\"" + std::string(text) + "\"";
}

}  // namespace autocache::spec
