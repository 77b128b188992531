#include "plan/plan.h"
#include "plan/report.h"

#include <cmath>

namespace autocache::plan {
namespace {

Json or_null(const std::optional<Json>& value) {
  return value ? *value : Json(nullptr);
}

Json change_json(const Change& change) {
  Json out = {{"object", manifest::to_string(change.object)},
              {"path", change.path},
              {"before", or_null(change.before)},
              {"after", or_null(change.after)},
              {"impact", to_string(change.impact)},
              {"rule", change.rule},
              {"display", change.display},
              {"effect", change.effect}};
  if (!change.todo.empty()) out["todo"] = change.todo;
  return out;
}

Json section_json(const SlotSection& section) {
  Json shards = Json::array();
  for (const ShardSlots& shard : section.shards) {
    shards.push_back({{"name", shard.name},
                      {"before", to_string(shard.before)},
                      {"after", to_string(shard.after)}});
  }
  Json moves = Json::array();
  for (const NamedMove& move : section.moves) {
    moves.push_back({{"from", move.from},
                     {"to", move.to},
                     {"slots", to_string(move.slots)},
                     {"count", move.slots.size()}});
  }
  Json out = {{"namespace", section.name_space}, {"name", section.name},
              {"moved", section.moved},          {"basis", section.basis},
              {"shards", std::move(shards)},     {"moves", std::move(moves)}};
  const Estimate& estimate = section.estimate;
  if (estimate.keys || estimate.bytes || estimate.seconds) {
    Json& made = out["estimate"] = Json::object();
    if (estimate.keys) made["keys"] = *estimate.keys;
    if (estimate.bytes) made["bytes"] = *estimate.bytes;
    if (estimate.seconds) made["seconds"] = static_cast<std::int64_t>(std::ceil(*estimate.seconds));
    if (!estimate.basis.empty()) made["basis"] = estimate.basis;
  }
  return out;
}

Json step_json(const Step& step, const std::string& folder) {
  Json out = {{"phase", step.phase}, {"title", step.title}, {"byHand", step.by_hand}};
  if (!step.detail.empty()) out["detail"] = step.detail;
  if (!folder.empty()) out["folder"] = folder;
  if (!step.commands.empty()) {
    Json& commands = out["commands"] = Json::array();
    for (const std::string& command : step.commands)
      commands.push_back(with_folder(command, folder));
  }
  if (!step.pods.empty()) out["pods"] = step.pods;
  return out;
}

}  // namespace

std::string to_json_text(const Plan& plan) {
  Json changes = Json::array();
  for (const Change& change : plan.changes) changes.push_back(change_json(change));
  Json caches = Json::array();
  for (const SlotSection& section : plan.slots) caches.push_back(section_json(section));
  Json steps = Json::array();
  const auto folders = folders_of(plan);
  for (std::size_t i = 0; i < plan.steps.size(); ++i)
    steps.push_back(step_json(plan.steps[i], folders[i]));
  const Json report = {{"formatVersion", 1},
                       {"impact", to_string(plan.impact)},
                       {"old", plan.old_label},
                       {"new", plan.new_label},
                       {"changes", std::move(changes)},
                       {"slots", {{"moved", moved_slots(plan)}, {"caches", std::move(caches)}}},
                       {"restarts", restarted_pods(plan)},
                       {"steps", std::move(steps)},
                       {"warnings", plan.warnings}};
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace autocache::plan
