#pragma once

// Plans from texts, and the tables of rows that the tests share with the end-to-end test.

#include "base/json.h"
#include "plan/plan.h"

#include <string>
#include <utility>
#include <vector>

namespace autocache::plan::testing {

/// A request with one text a side; empty texts are accepted.
Request request(const std::string& before, const std::string& after);

/// The plan, which must be without errors.
Plan plan_of(const Request& request);
Plan plan_of(const std::string& before, const std::string& after);

/// The first change that this rule decided; null if there is none.
const Change* change_by(const Plan& plan, std::string_view rule);

/// `object` with the value at a JSON pointer set ("$remove": removed). Missing parents are made.
Json edited(Json object, const std::string& pointer, const Json& value);

/// A file of tests/unit/plan.
Json read_rows(const std::string& name);

/// A stored cache of three Redis 7.2 nodes, `cache` in the namespace `shop`.
extern const std::string kSpec;

/// `text` with the first `from` replaced; fails where there is none.
std::string replaced(std::string text, const std::string& from, const std::string& to);

/// What `spec` renders to, without hook Jobs, as YAML.
std::string rendered(const std::string& spec);

/// The first step of a phase; null if there is none.
const Step* step_of(const Plan& plan, std::string_view phase);

}  // namespace autocache::plan::testing
