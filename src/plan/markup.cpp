#include "plan/markup.h"

#include <fmt/format.h>

#include <algorithm>

namespace autocache::plan {
namespace {

void add_rectangles(const hook::SlotSet& slots,
                    std::string_view name,
                    int height,
                    std::string& out) {
  for (const hook::SlotRange range : slots.ranges()) {
    out += fmt::format(
        R"(<rect class="{}" x="{}" width="{}" height="{}"><title>{}: {}</title></rect>)", name,
        range.first, range.size(), height,
        name == "stay"   ? "stays"
        : name == "come" ? "arrives"
                         : "leaves",
        to_string(range));
  }
}

}  // namespace

std::string slot_rectangles(const ShardSlots& shard, int height) {
  std::string out;
  add_rectangles(shard.before & shard.after, "stay", height, out);
  add_rectangles(shard.after - shard.before, "come", height, out);
  add_rectangles(shard.before - shard.after, "go", height, out);
  return out;
}

std::vector<const ShardSlots*> shards_to_draw(const SlotSection& section, std::size_t limit) {
  std::vector<const ShardSlots*> all;
  for (const ShardSlots& shard : section.shards) all.push_back(&shard);
  if (all.size() <= limit) return all;
  std::stable_partition(all.begin(), all.end(),
                        [](const ShardSlots* shard) { return !(shard->before == shard->after); });
  all.resize(limit);
  return all;
}

}  // namespace autocache::plan
