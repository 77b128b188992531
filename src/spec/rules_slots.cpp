// slotPlan: every slot has one owner, and each owner exists.

#include "base/json.h"
#include "base/number.h"
#include "spec/codes.h"
#include "spec/get.h"
#include "spec/rules.h"
#include "spec/say.h"

#include <algorithm>

namespace autocache::spec {
namespace {

constexpr int kSlots = 16384;

struct Range {
  int first = 0;
  int last = 0;
  std::string key;
};

std::string text_of(int first, int last) {
  return first == last ? "slot " + std::to_string(first)
                       : "slots " + std::to_string(first) + "-" + std::to_string(last);
}

std::string pointer_of(std::string_view key) {
  return pointer_join("/spec/slotPlan", key);
}

std::optional<int> number(std::string_view text) {
  return text.starts_with('-') ? std::nullopt : parse_number<int>(text);
}

std::optional<Range> read_range(const RuleContext& context, const std::string& key) {
  const auto dash = key.find('-');
  const auto first = number(std::string_view(key).substr(0, dash));
  const auto last =
      dash == std::string::npos ? first : number(std::string_view(key).substr(dash + 1));
  if (!first || !last) {
    context.error(code::kSlotRange, pointer_of(key), in_quotes(key) + " is no range of slots",
                  "write a range as in 0-8191, or one slot");
    return std::nullopt;
  }
  if (*last >= kSlots || *first > *last) {
    context.error(
        code::kSlotRange, pointer_of(key),
        *last >= kSlots ? "slots go from 0 to 16383" : "starts after its end",
        *last >= kSlots ? "" : "write " + std::to_string(*last) + "-" + std::to_string(*first));
    return std::nullopt;
  }
  return Range{*first, *last, key};
}

/// Reports overlaps and gaps of `ranges`, which are ordered by their first slot.
void check_cover(const RuleContext& context, const std::vector<Range>& ranges) {
  int next = 0;
  const Range* widest = nullptr;
  std::string gaps;
  int missing = 0;
  const auto gap = [&](int first, int last) {
    if (first <= last) {
      gaps += (gaps.empty() ? "" : ", ") + std::to_string(first) +
              (first == last ? "" : "-" + std::to_string(last));
      missing += last - first + 1;
    }
  };
  for (const auto& range : ranges) {
    if (widest != nullptr && range.first < next) {
      context.error(code::kSlotOverlap, pointer_of(range.key),
                    text_of(range.first, std::min(range.last, next - 1)) +
                        (range.first == std::min(range.last, next - 1) ? " is" : " are") + " in " +
                        in_quotes(widest->key) + " too");
    }
    gap(next, range.first - 1);
    if (range.last + 1 > next) {
      next = range.last + 1;
      widest = &range;
    }
  }
  gap(next, kSlots - 1);
  if (!gaps.empty()) {
    context.error(
        code::kSlotGap, "/spec/slotPlan",
        missing == 1 ? "slot " + gaps + " has no owner" : "slots " + gaps + " have no owner",
        "every slot from 0 to 16383 needs one");
  }
}

std::string all_shards(const std::string& prefix, std::int64_t count) {
  return count == 1 ? "the only shard is " + prefix + "0"
                    : "shards are " + prefix + "0 to " + prefix + std::to_string(count - 1);
}

}  // namespace

void check_slot_plan(const RuleContext& context) {
  const auto& plan = get(context.spec(), {"slotPlan"});
  if (!plan.is_object()) {
    return;
  }
  const auto shards = shards_of(context.spec());
  std::vector<bool> owns(shards ? static_cast<std::size_t>(shards->count) : 0);
  std::vector<Range> ranges;
  bool readable = true;
  for (const auto& entry : plan.items()) {
    if (auto range = read_range(context, entry.key())) {
      ranges.push_back(std::move(*range));
    } else {
      readable = false;
    }
    const auto owner = get_text(plan, {entry.key()});
    if (!shards || context.name().empty()) {
      continue;
    }
    const auto prefix = context.name() + "-";
    const auto shard =
        owner.starts_with(prefix) ? number(owner.substr(prefix.size())) : std::nullopt;
    if (shard && *shard < shards->count && prefix + std::to_string(*shard) == owner) {
      owns[static_cast<std::size_t>(*shard)] = true;
    } else {
      context.error(code::kSlotShard, pointer_of(entry.key()),
                    "there is no shard " + in_quotes(owner), all_shards(prefix, shards->count));
    }
  }
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
    return a.first != b.first ? a.first < b.first : a.last > b.last;
  });
  if (readable) {
    check_cover(context, ranges);
  }
  for (std::size_t i = 0; i < owns.size() && readable; ++i) {
    if (!owns[i]) {
      context.warning(
          code::kSlotShard, "/spec/slotPlan",
          "gives no slot to shard " + in_quotes(context.name() + "-" + std::to_string(i)));
      break;
    }
  }
}

}  // namespace autocache::spec
