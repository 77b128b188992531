// YAML on stdin as yaml-cpp reads it: one line of JSON a document on stdout, every scalar a string.

#include "base/json.h"

#include <yaml-cpp/yaml.h>

#include <iostream>
#include <iterator>
#include <string>

namespace {

autocache::Json to_json(const YAML::Node& node) {
  if (node.IsMap()) {
    autocache::Json object = autocache::Json::object();
    for (const auto& member : node) object[member.first.Scalar()] = to_json(member.second);
    return object;
  }
  if (node.IsSequence()) {
    autocache::Json list = autocache::Json::array();
    for (const auto& item : node) list.push_back(to_json(item));
    return list;
  }
  return node.IsNull() ? autocache::Json() : autocache::Json(node.Scalar());
}

}  // namespace

int main() {
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  try {
    for (const YAML::Node& document : YAML::LoadAll(text)) {
      std::cout << to_json(document).dump() << '\n';
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
