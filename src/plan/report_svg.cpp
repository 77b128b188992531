#include "base/escape.h"
#include "plan/markup.h"
#include "plan/plan.h"
#include "plan/report.h"

#include <fmt/format.h>

namespace autocache::plan {
namespace {

constexpr int kWidth = 960;
constexpr int kLabel = 170;
constexpr int kNumbers = 150;
constexpr int kBar = kWidth - kLabel - kNumbers;
constexpr int kRow = 26;
constexpr int kHead = 64;
constexpr std::size_t kMaxRows = 128;

constexpr std::string_view kStyle = R"(<style>
text{font:14px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:16px}.dim{fill:#59636e}.number{text-anchor:end}
.paper{fill:#fff}.track{fill:#eaeef2}.stay{fill:#8c959f}.come{fill:#1a7f37}.go{fill:#cf222e;fill-opacity:.45}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.dim{fill:#9198a1}.paper{fill:#0d1117}.track{fill:#21262d}.stay{fill:#6e7681}.come{fill:#3fb950}.go{fill:#f85149;fill-opacity:.55}}
</style>)";

std::string legend(int y) {
  std::string out;
  int x = kLabel;
  for (const auto& [name, text] :
       {std::pair("stay", "stays"), std::pair("come", "arrives"), std::pair("go", "leaves")}) {
    out += fmt::format(
        R"(<rect class="{}" x="{}" y="{}" width="12" height="12"/><text class="dim" x="{}" y="{}">{}</text>)",
        name, x, y - 11, x + 18, y, text);
    x += 90;
  }
  return out;
}

std::string section_svg(const SlotSection& section, int top, std::size_t rows) {
  std::string out = fmt::format(R"x(<g transform="translate(0 {})">)x", top);
  out += fmt::format(R"(<text class="title" x="12" y="22">{}</text>)",
                     escape_xml("Slots of " + section.name + ": " + slots_text(section)));
  out += legend(48);
  int y = kHead;
  for (const ShardSlots* shard : shards_to_draw(section, rows)) {
    out += fmt::format(R"(<text x="12" y="{}">{}</text>)", y + 16,
                       escape_xml(show(Json(shard->name), 22)));
    out += fmt::format(
        R"(<svg x="{}" y="{}" width="{}" height="18" viewBox="0 0 16384 18" preserveAspectRatio="none"><rect class="track" width="16384" height="18"/>{}</svg>)",
        kLabel, y + 2, kBar, slot_rectangles(*shard, 18));
    out += fmt::format(R"(<text class="number" x="{}" y="{}">{} → {}</text>)", kWidth - 12, y + 16,
                       shard->before.size(), shard->after.size());
    y += kRow;
  }
  if (section.shards.size() > rows) {
    out += fmt::format(R"(<text class="dim" x="12" y="{}">and {} more shards</text>)", y + 16,
                       section.shards.size() - rows);
  }
  return out + "</g>";
}

int height_of(const SlotSection& section) {
  const std::size_t rows =
      std::min(section.shards.size(), kMaxRows) + (section.shards.size() > kMaxRows ? 1 : 0);
  return kHead + kRow * static_cast<int>(rows) + 16;
}

}  // namespace

std::string to_svg(const Plan& plan) {
  int height = 16;
  std::string body;
  for (const SlotSection& section : plan.slots) {
    body += section_svg(section, height, kMaxRows);
    height += height_of(section);
  }
  if (plan.slots.empty()) {
    body = R"(<text x="12" y="28">No slots move.</text>)";
    height = 44;
  }
  return fmt::format(
             R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-label="Slot map" style="max-width:100%;height:auto">{2}<rect class="paper" width="{0}" height="{1}"/>{3}</svg>)",
             kWidth, height, kStyle, body) +
         "\n";
}

}  // namespace autocache::plan
