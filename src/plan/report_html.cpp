#include "base/escape.h"
#include "base/text.h"
#include "plan/markup.h"
#include "plan/plan.h"
#include "plan/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace autocache::plan {
namespace {

constexpr std::size_t kMaxRows = 256;

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--ink:#1f2328;--dim:#59636e;--paper:#fff;--card:#f6f8fa;--line:#d1d9e0;--track:#eaeef2;--stay:#8c959f;--come:#1a7f37;--go:#cf222e;
--none:#59636e;--live:#1a7f37;--in-place:#0969da;--rolling-restart:#9a6700;--scale:#8250df;--recreate:#bc4c00;--data-loss:#cf222e}
@media(prefers-color-scheme:dark){:root{--ink:#f0f6fc;--dim:#9198a1;--paper:#0d1117;--card:#151b23;--line:#3d444d;--track:#21262d;--stay:#6e7681;--come:#3fb950;--go:#f85149;
--none:#9198a1;--live:#3fb950;--in-place:#4493f8;--rolling-restart:#d29922;--scale:#ab7df8;--recreate:#f0883e;--data-loss:#f85149}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.25rem 1rem 3rem}h1{font-size:1.35rem;margin:0 0 .25rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:2rem 0 .75rem}h3{font-size:.95rem;margin:0;padding:.6rem .9rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
p{margin:.4rem 0}.dim{color:var(--dim)}code,pre{font:.85rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.badge{display:inline-block;padding:.05rem .55rem;border-radius:1rem;border:1.5px solid currentColor;font-size:.8rem;font-weight:600;white-space:nowrap}
.top .badge{font-size:1.05rem;padding:.15rem .9rem}.none{color:var(--none)}.live{color:var(--live)}.in-place{color:var(--in-place)}.rolling-restart{color:var(--rolling-restart)}.scale{color:var(--scale)}.recreate{color:var(--recreate)}.data-loss{color:var(--data-loss)}
.warn{border-left:4px solid var(--rolling-restart);background:var(--card);padding:.6rem .9rem;margin:.75rem 0;border-radius:0 .4rem .4rem 0}
.card{border:1px solid var(--line);border-radius:.5rem;margin:0 0 1rem;overflow:hidden}.card h3{background:var(--card)}
.change{padding:.7rem .9rem;border-top:1px solid var(--line)}.card h3+.change{border-top:0}.effect{display:flex;flex-wrap:wrap-reverse;gap:.3rem .6rem;align-items:baseline;justify-content:space-between}.effect p{margin:0;flex:1 1 16rem}
.values{margin:.5rem 0 .35rem;display:grid;gap:.2rem}.values code{overflow-wrap:anywhere;padding:.15rem .45rem;border-radius:.3rem;background:var(--card);border-left:3px solid var(--line)}.values .name{padding:0;background:none;border:0;font-weight:600}.values .old{border-color:var(--go)}.values .new{border-color:var(--come)}
.row{display:grid;grid-template-columns:minmax(5rem,9rem) 1fr 7.5rem;gap:.6rem;align-items:center;margin:.25rem 0;font-size:.9rem}.row svg{width:100%;height:1.1rem;display:block;border-radius:.2rem}.row span:first-child{overflow-wrap:anywhere}.row .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.track{fill:var(--track)}.stay{fill:var(--stay)}.come{fill:var(--come)}.go{fill:var(--go);fill-opacity:.5}.legend{display:flex;gap:1.2rem;font-size:.85rem;color:var(--dim)}.legend i{display:inline-block;width:.8rem;height:.8rem;border-radius:.15rem;margin-right:.35rem;vertical-align:-.05rem}
summary{cursor:pointer;font-size:.9rem;margin:.6rem 0 0}ul{margin:.3rem 0;padding-left:1.4rem;font-size:.9rem}ul li{margin:.2rem 0;overflow-wrap:anywhere}ol{padding-left:1.4rem}li{margin:.8rem 0}pre{background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.6rem .8rem;overflow-x:auto;margin:.4rem 0}
@media(max-width:34rem){.row{grid-template-columns:1fr auto}.row svg{grid-column:1/-1;grid-row:2}pre{white-space:pre-wrap;overflow-wrap:anywhere}}
)";

std::string badge(Impact impact) {
  return fmt::format(R"(<span class="badge {0}">{0}</span>)", to_string(impact));
}

void write_field(const Change& change, std::string& out) {
  if (change.path.empty()) {
    out += fmt::format("<p>{}</p>", mark_of(change) == "+" ? "created" : "deleted");
    return;
  }
  out += fmt::format(R"(<div class="values"><code class="name">{}</code>)",
                     escape_xml(change.display));
  if (change.before)
    out += fmt::format(R"(<code class="old">− {}</code>)", escape_xml(show(change.before, 400)));
  if (change.after)
    out += fmt::format(R"(<code class="new">+ {}</code>)", escape_xml(show(change.after, 400)));
  out += "</div>";
}

void write_changes(const Plan& plan, std::string& out) {
  out += "<h2>Changes</h2>\n";
  const Change* last = nullptr;
  for (std::size_t i = 0; i < plan.changes.size(); ++i) {
    const Change& change = plan.changes[i];
    if (last == nullptr || last->object != change.object) {
      if (last != nullptr) out += "</section>\n";
      out += fmt::format(R"(<section class="card"><h3>{}</h3>)",
                         escape_xml(manifest::to_string(change.object)));
    }
    if (!continues(plan, i)) {
      out += fmt::format(R"(<div class="change"><div class="effect"><p>{}</p>{}</div>)",
                         escape_xml(change.effect), badge(change.impact));
      if (!change.todo.empty())
        out += fmt::format("<p><strong>To do:</strong> {}</p>", escape_xml(change.todo));
    }
    write_field(change, out);
    if (i + 1 == plan.changes.size() || !continues(plan, i + 1)) out += "</div>\n";
    last = &change;
  }
  out += "</section>\n";
}

/// Who gives what to whom, folded up.
void write_moves(const SlotSection& section, std::string& out) {
  if (section.moves.empty()) return;
  out += "<details><summary>Moves</summary><ul>\n";
  const std::size_t count = std::min(section.moves.size(), kMaxRows);
  for (std::size_t i = 0; i < count; ++i) {
    const NamedMove& move = section.moves[i];
    out += fmt::format("<li>{} → {}: {} slots <code>{}</code></li>\n", escape_xml(move.from),
                       escape_xml(move.to), move.slots.size(),
                       escape_xml(show(Json(to_string(move.slots)), 400)));
  }
  out += "</ul>";
  if (count < section.moves.size())
    out += fmt::format("<p class=\"dim\">and {} more moves</p>", section.moves.size() - count);
  out += "</details>\n";
}

void write_slots(const SlotSection& section, std::string& out) {
  out +=
      fmt::format("<h2>Slots of {}</h2><p>{}</p><p class=\"dim\">{}</p>", escape_xml(section.name),
                  escape_xml(slots_text(section)), escape_xml(section.basis));
  out +=
      R"x(<p class="legend"><span><i style="background:var(--stay)"></i>stays</span><span><i style="background:var(--come)"></i>arrives</span><span><i style="background:var(--go);opacity:.5"></i>leaves</span></p>)x";
  for (const ShardSlots* shard : shards_to_draw(section, kMaxRows)) {
    out += fmt::format(
        R"(<div class="row"><span>{0}</span><svg viewBox="0 0 16384 10" preserveAspectRatio="none" role="img" aria-label="{0}: {1} slots before, {2} after"><rect class="track" width="16384" height="10"/>{3}</svg><span class="n">{1} → {2}</span></div>)",
        escape_xml(shard->name), shard->before.size(), shard->after.size(),
        slot_rectangles(*shard, 10));
    out += '\n';
  }
  if (section.shards.size() > kMaxRows)
    out += fmt::format("<p class=\"dim\">and {} more shards</p>", section.shards.size() - kMaxRows);
  write_moves(section, out);
}

void write_steps(const Plan& plan, std::string& out) {
  out += "<h2>Steps</h2>\n<ol>\n";
  const auto folders = folders_of(plan);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    out +=
        fmt::format("<li><strong>{}</strong>{}", escape_xml(step.title),
                    step.by_hand ? R"( <span class="badge rolling-restart">by hand</span>)" : "");
    if (!step.detail.empty()) {
      for (const std::string_view line : split(step.detail, '\n'))
        out += fmt::format("<p class=\"dim\">{}</p>", escape_xml(line));
    }
    if (!step.pods.empty())
      out += fmt::format("<p>Pods, in this order: {}</p>", escape_xml(join(step.pods, ", ")));
    if (!step.commands.empty()) {
      out += "<pre>";
      for (const std::string& command : step.commands)
        out += escape_xml(with_folder(command, folders[i])) + '\n';
      out += "</pre>";
    }
    out += "</li>\n";
  }
  out += "</ol>\n";
}

}  // namespace

std::string to_html(const Plan& plan) {
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += R"(<meta name="viewport" content="width=device-width,initial-scale=1">)";
  out += fmt::format("\n<title>{}: {} to {}</title>\n<style>{}</style>\n</head>\n<body><main>\n",
                     to_string(plan.impact), escape_xml(plan.old_label), escape_xml(plan.new_label),
                     kStyle);
  out +=
      fmt::format(R"(<div class="top"><h1>{} → {}</h1><p>{} {}</p><p class="dim">{}.</p></div>)",
                  escape_xml(plan.old_label), escape_xml(plan.new_label), badge(plan.impact),
                  meaning_of(plan.impact), plan.changes.empty() ? "No changes" : count_text(plan));
  out += '\n';
  for (const std::string& warning : plan.warnings)
    out += fmt::format("<p class=\"warn\"><strong>Warning:</strong> {}</p>\n", escape_xml(warning));
  for (const SlotSection& section : plan.slots) write_slots(section, out);
  if (!plan.steps.empty()) write_steps(plan, out);
  if (!plan.changes.empty()) write_changes(plan, out);
  return out + "</main></body>\n</html>\n";
}

}  // namespace autocache::plan
