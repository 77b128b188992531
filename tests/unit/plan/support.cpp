#include "unit/plan/support.h"

#include "support/catch.h"

#include <fstream>
#include <sstream>

namespace autocache::plan::testing {

Request request(const std::string& before, const std::string& after) {
  Request made;
  made.before = {"old.yaml", {make_source("old.yaml", before)}};
  made.after = {"new.yaml", {make_source("new.yaml", after)}};
  made.allow_empty = true;
  return made;
}

Plan plan_of(const Request& wanted) {
  Outcome outcome = make_plan(wanted);
  for (const Diagnostic& diagnostic : outcome.diagnostics) UNSCOPED_INFO(format(diagnostic));
  REQUIRE(outcome.plan);
  return std::move(*outcome.plan);
}

Plan plan_of(const std::string& before, const std::string& after) {
  return plan_of(request(before, after));
}

const Change* change_by(const Plan& plan, std::string_view rule) {
  for (const Change& change : plan.changes) {
    if (change.rule == rule) return &change;
  }
  return nullptr;
}

Json edited(Json object, const std::string& pointer, const Json& value) {
  const Json::json_pointer place(pointer);
  if (value != "$remove") {
    object[place] = value;
    return object;
  }
  Json& parent = object[place.parent_pointer()];
  if (parent.is_array()) {
    parent.erase(std::stoul(place.back()));
  } else {
    parent.erase(place.back());
  }
  return object;
}

Json read_rows(const std::string& name) {
  std::ifstream file("tests/unit/plan/" + name);
  std::stringstream text;
  text << file.rdbuf();
  Json rows = Json::parse(text.str(), nullptr, false);
  REQUIRE(!rows.is_discarded());
  return rows;
}

const std::string kSpec = R"(apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata:
  name: cache
  namespace: shop
spec:
  engine: redis
  engineVersion: "7.2"
  image: redis:7.2
  replicas: 3
  storage:
    enabled: true
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string rendered(const std::string& spec) {
  Request wanted = request("", spec);
  const Plan plan = plan_of(wanted);
  std::string text;
  for (const Step& step : plan.steps) {
    if (step.phase == "apply") text = manifest::write(step.objects, manifest::Format::kYaml);
  }
  REQUIRE(!text.empty());
  return text;
}

const Step* step_of(const Plan& plan, std::string_view phase) {
  for (const Step& step : plan.steps) {
    if (step.phase == phase) return &step;
  }
  return nullptr;
}

}  // namespace autocache::plan::testing
