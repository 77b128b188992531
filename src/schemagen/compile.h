#pragma once

// Schema files (schemas/*.yaml) to tables of schema nodes, checked: every keyword is known, every
// reference leads somewhere, every node is described. Runs while autocache is built; the format is
// described in schemas/README.md.

#include "base/diagnostic.h"
#include "yaml/node.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace autocache::schemagen {

struct Rule {
  std::string rule;
  std::string message;
  std::string field_path;
  bool in_code = false;
};

/// One node; other nodes are named by their index in Compiled::schemas, which is always lower.
struct SchemaNode {
  std::string type = "kObject";  ///< enumerator of spec::Type
  std::string format = "kNone";  ///< enumerator of spec::Format
  std::string description;
  std::string default_json;
  std::string example_json;
  std::vector<std::string> enum_values;
  std::map<std::string, std::string> numbers;  ///< member of spec::Schema to C++ literal
  std::string pattern;
  std::vector<std::pair<std::string, int>> properties;
  std::vector<std::string> required;
  std::optional<int> additional;
  std::string key_format = "kNone";
  std::optional<int> items;
  bool one_of_members = false;
  std::vector<std::string> list_map_keys;
  std::vector<Rule> rules;
};

struct Column {
  std::string name, type, json_path, description;
  int priority = 0;
};

struct Kind {
  std::string group, version, kind, plural, singular, description, scale_spec_path,
      scale_status_path;
  std::vector<std::string> short_names;
  std::vector<Column> columns;
  int root = 0;
};

struct Compiled {
  std::vector<SchemaNode> schemas;
  std::vector<Kind> kinds;
};

/// The tables of all documents; problems go to `diagnostics`, and then the tables mean nothing.
Compiled compile(const std::vector<yaml::Document>& documents, Diagnostics& diagnostics);

}  // namespace autocache::schemagen
