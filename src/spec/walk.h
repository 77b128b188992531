#pragma once

// A YAML value and its schema, side by side: types, limits, formats and defaults. Knows single
// fields and the rules that the schema itself carries, nothing else.

#include "base/diagnostic.h"
#include "base/json_fwd.h"
#include "base/pattern.h"
#include "spec/cel.h"
#include "spec/frame.h"
#include "spec/schema.h"
#include "yaml/node.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace autocache::spec {

/// Reads values against schemas as the API server does. One object serves many documents, so that
/// patterns and rules are compiled once.
class Walk {
 public:
  explicit Walk(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Fills `object` with the value, defaulted and with canonical quantities, and `written` with the
  /// value as it stands in the source; both in schema order, keys of maps sorted. False if the
  /// value is not usable; every reason is reported.
  bool read(const Schema& schema,
            const yaml::Node& node,
            const Frame& frame,
            Json& object,
            Json& written);

  /// Reports a problem of the value at `frame`, whose place is `at`.
  void error(std::string_view code,
             const Position& at,
             const Frame& frame,
             std::string message,
             std::string hint = {});
  void warning(std::string_view code,
               const Position& at,
               const Frame& frame,
               std::string message,
               std::string hint = {});

 private:
  bool read_object(const Schema&, const yaml::Node&, const Frame&, Json& object, Json& written);
  bool read_map(const Schema&, const yaml::Node&, const Frame&, Json& object, Json& written);
  bool read_array(const Schema&, const yaml::Node&, const Frame&, Json& object, Json& written);
  bool read_scalar(const Schema&, const yaml::Node&, const Frame&, Json& object, Json& written);
  bool check_ambiguous(const Schema&, const yaml::Node&, const Frame&);
  bool check_text(const Schema&, const yaml::Node&, const Frame&, Json& object);
  bool check_number(const Schema&, const yaml::Node&, const Frame&, double value);
  bool check_one_of(const Schema&, const yaml::Node&, const Frame&, const Json& written);
  bool check_list_keys(const Schema&, const yaml::Node&, const Frame&, const Json& object);
  bool check_rules(const Schema&, const yaml::Node&, const Frame&, const Json& object);
  bool unknown_field(const Schema&, const yaml::Member&, const Frame&);
  const Pattern& pattern(std::string_view text);

  Diagnostics& diagnostics_;
  Rules rules_;
  std::map<std::string_view, Pattern> patterns_;
};

/// The default of `schema` with the defaults of what is inside; null if it has none.
Json default_value(const Schema& schema);

}  // namespace autocache::spec
