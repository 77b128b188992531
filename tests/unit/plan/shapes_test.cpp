// Manifests come from anywhere: whatever shape a part of one has, it is compared or refused.

#include "support/catch.h"
#include "unit/plan/support.h"

#include <random>
#include <vector>

using namespace autocache;
using namespace autocache::plan;
using namespace autocache::plan::testing;

namespace {

void collect(Json& value, std::vector<Json*>& out) {
  out.push_back(&value);
  if (!value.is_structured()) return;
  for (Json& child : value) collect(child, out);
}

/// `object` with something else in one random place.
Json damaged(const Json& object, std::mt19937& random) {
  static const std::vector<Json> kOthers = {nullptr,
                                            true,
                                            -1,
                                            1e30,
                                            "",
                                            "text",
                                            Json::array(),
                                            Json::array({nullptr}),
                                            Json::array({"a", 1}),
                                            Json::array({Json::array()}),
                                            Json::object(),
                                            {{"", nullptr}},
                                            {{"name", Json::array()}}};
  Json made = object;
  std::vector<Json*> places;
  collect(made, places);
  *places[random() % places.size()] = kOthers[random() % kOthers.size()];
  return made;
}

}  // namespace

TEST_CASE("an object of any shape is compared or refused at its place") {
  std::mt19937 random(11);
  const Json rows = read_rows("rows.json");
  const Json specs = read_rows("spec_rows.json");
  std::vector<Json> objects;
  for (const Json& object : rows["objects"]) objects.push_back(object);
  for (const Json& spec : specs["specs"]) objects.push_back(spec);
  int compared = 0;
  for (int round = 0; round < 2000; ++round) {
    const Json& object = objects[random() % objects.size()];
    Json live = object;
    if (round % 2 == 0) live["metadata"]["uid"] = "1";
    const Json wrong = damaged(damaged(live, random), random);
    INFO(wrong.dump());
    const Outcome outcome = make_plan(round % 4 < 2 ? request(object.dump(), wrong.dump())
                                                    : request(wrong.dump(), object.dump()));
    REQUIRE((outcome.plan.has_value() || has_errors(outcome.diagnostics)));
    if (!outcome.plan) continue;
    ++compared;
    CHECK(!to_json_text(*outcome.plan).empty());
    CHECK(!to_html(*outcome.plan).empty());
  }
  CHECK(compared > 500);
}
