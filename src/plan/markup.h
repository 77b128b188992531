#pragma once

// What the HTML page and the SVG document share.

#include "plan/model.h"

#include <string>
#include <string_view>

namespace autocache::plan {

/// Rectangles of a bar over all slots, 16384 wide and `height` high: what stays (class "stay"),
/// arrives ("come") and leaves ("go").
std::string slot_rectangles(const ShardSlots& shard, int height);

/// The shards to draw: all up to `limit`; beyond it those that give or take first.
std::vector<const ShardSlots*> shards_to_draw(const SlotSection& section, std::size_t limit);

}  // namespace autocache::plan
