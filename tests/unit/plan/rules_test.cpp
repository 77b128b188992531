// The table test of the rules: one edit each and what it must do. Every rule has a row.

#include "plan/rules.h"

#include "support/catch.h"
#include "unit/plan/support.h"

#include <set>
#include <string>

using namespace autocache;
using namespace autocache::plan;
using namespace autocache::plan::testing;

namespace {

/// Checks one row and returns the rules that decided in it.
std::set<std::string> check_row(const Plan& plan,
                                const std::string& rule,
                                const std::string& impact) {
  std::set<std::string> rules;
  for (const Change& change : plan.changes) {
    UNSCOPED_INFO(manifest::to_string(change.object)
                  << " " << change.path << " " << change.rule << " " << to_string(change.impact));
    rules.emplace(change.rule);
  }
  CHECK(to_string(plan.impact) == impact);
  if (rule.empty()) {
    CHECK(plan.changes.empty());
  } else {
    CHECK(rules.contains(rule));
  }
  return rules;
}

Json edit(const Json& object, const Json& paths, const Json& values) {
  if (!paths.is_array()) return edited(object, paths.get<std::string>(), values);
  Json made = object;
  for (std::size_t i = 0; i < paths.size(); ++i)
    made = edited(made, paths[i].get<std::string>(), values[i]);
  return made;
}

std::set<std::string> check_manifest_rows(int& rows) {
  const Json table = read_rows("rows.json");
  std::set<std::string> seen;
  for (const Json& row : table["rows"]) {
    ++rows;
    INFO(row.dump());
    const Json& object = table["objects"][row[0].get<std::string>()];
    Json after = Json::object();
    const bool whole = row[1] == "";
    if (!whole) after = edit(object, row[1], row[2]);
    const bool add = whole && row[2] == "$add";
    Request wanted = request(add ? "" : object.dump(), add     ? object.dump()
                                                       : whole ? ""
                                                               : after.dump());
    if (row.size() > 5) wanted.options.kube.minor = row[5].value("kube", 34);
    seen.merge(check_row(plan_of(wanted), row[3].get<std::string>(), row[4].get<std::string>()));
  }
  return seen;
}

std::set<std::string> check_spec_rows(int& rows) {
  const Json table = read_rows("spec_rows.json");
  std::set<std::string> seen;
  for (const Json& row : table["rows"]) {
    ++rows;
    INFO(row.dump());
    const Json& spec = table["specs"][row[0].get<std::string>()];
    Request wanted = request(spec.dump(), edit(spec, row[1], row[2]).dump());
    if (row.size() > 5 && row[5].contains("bytes"))
      wanted.options.bytes = row[5]["bytes"].get<std::int64_t>();
    const Plan plan = plan_of(wanted);
    seen.merge(check_row(plan, row[3].get<std::string>(), row[4].get<std::string>()));
    if (row.size() > 5 && row[5].contains("moved")) {
      REQUIRE(plan.slots.size() == 1);
      CHECK(plan.slots[0].moved == row[5]["moved"].get<int>());
    }
  }
  return seen;
}

std::string config_text(const Json& row, std::size_t column) {
  const std::string engine = row[0].get<std::string>();
  const std::string image =
      (engine == "autocache" ? "autocache:" : engine + ":") + row[1].get<std::string>();
  const Json labels = {{"app.kubernetes.io/instance", "cache"},
                       {"app.kubernetes.io/managed-by", "autocache"}};
  const Json config = {{"apiVersion", "v1"},
                       {"kind", "ConfigMap"},
                       {"metadata", {{"name", "cache-config"}, {"labels", labels}}},
                       {"data", {{"autocache.conf", row[column].get<std::string>()}}}};
  const Json set = {
      {"apiVersion", "apps/v1"},
      {"kind", "StatefulSet"},
      {"metadata", {{"name", "cache"}, {"labels", labels}}},
      {"spec",
       {{"selector", Json::object()},
        {"template", {{"spec", {{"containers", {{{"name", "cache"}, {"image", image}}}}}}}}}}};
  return config.dump() + "\n---\n" + set.dump();
}

std::set<std::string> check_config_rows(int& rows) {
  const Json table = read_rows("spec_rows.json");
  std::set<std::string> seen;
  for (const Json& row : table["config"]) {
    ++rows;
    INFO(row.dump());
    const Plan plan = plan_of(config_text(row, 2), config_text(row, 3));
    seen.merge(check_row(plan, row[4].get<std::string>(), row[5].get<std::string>()));
  }
  return seen;
}

}  // namespace

TEST_CASE("one edit each has its impact, and every rule has a row") {
  int rows = 0;
  std::set<std::string> seen = check_manifest_rows(rows);
  seen.merge(check_spec_rows(rows));
  seen.merge(check_config_rows(rows));
  CHECK(rows >= 120);
  for (const auto table : rule_tables()) {
    for (const Rule& rule : table) {
      INFO(rule.id);
      CHECK(seen.contains(std::string(rule.id)));
    }
  }
}

TEST_CASE("rules have unique names, a source, and something to do where the server refuses") {
  std::set<std::string> names;
  for (const auto table : rule_tables()) {
    for (const Rule& rule : table) {
      INFO(rule.id);
      CHECK(names.emplace(rule.id).second);
      CHECK(!rule.source.empty());
      CHECK(!rule.effect.empty());
      const bool refused = rule.effect.find("refuses this update") != std::string_view::npos;
      CHECK((!refused || !rule.todo.empty()));
      CHECK((!refused || rule.impact >= Impact::kRecreate));
    }
  }
}
