#pragma once

// The one entrance: two inputs as text to a plan, and a plan to each kind of report. Pure: no
// files, git, clock or terminal.

#include "base/diagnostic.h"
#include "base/source.h"
#include "plan/model.h"
#include "render/render.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace autocache::plan {

/// One side: specs of ours, Kubernetes objects as files state them or as `kubectl get -o yaml|json`
/// prints them (Lists too), in any mixture. `label` stands for it in reports.
struct Input {
  std::string label;
  std::vector<SourcePtr> sources;
};

struct Request {
  Input before;
  Input after;
  Options options;
  /// CLUSTER NODES of the running cache; null: an even layout is assumed.
  SourcePtr current_nodes;
  /// The namespace of what states none; empty: it stays open and matches any.
  std::string name_space;
  /// How the hook's Jobs are rendered. Nothing: as on the other side, where that is manifests, else
  /// not at all.
  std::optional<render::Hooks> hooks;
  /// Registry host of the hook image where specs are rendered; empty: as released.
  std::string image_registry;
  std::size_t max_bytes = std::size_t{64} * 1024 * 1024;
  /// Accept a side without any object: a first install, or an end.
  bool allow_empty = false;
};

struct Outcome {
  /// Nothing if there was an error.
  std::optional<Plan> plan;
  Diagnostics diagnostics;
};

/// Reads, renders and compares both sides. Every problem of both is reported.
Outcome make_plan(const Request& request);

/// The plan from sides that are read already; `hooks` are the new side's hook Jobs and accounts.
Plan make_plan(const Side& before,
               const Side& after,
               const Options& options,
               const std::vector<Json>& hooks = {});

enum class Detail {
  kPlan,  ///< impact, changes, slots, steps
  kDiff,  ///< the fields alone
};

/// Aligned text for a terminal.
std::string to_text(const Plan& plan, Detail detail, Colour colour);

/// The JSON report, `formatVersion` 1 (docs/plan.md). Members are only ever added.
std::string to_json_text(const Plan& plan);

/// A comment for a pull request.
std::string to_markdown(const Plan& plan);

/// One page without any reference to elsewhere.
std::string to_html(const Plan& plan);

/// Who owns which slots before and after, and what moves, as one SVG document; of all caches, one
/// below the other.
std::string to_svg(const Plan& plan);

/// The folders to apply one after the other, by path: `1-gate/02-job-cache-gate.yaml` ..., and
/// `RUNBOOK.md`.
std::map<std::string, std::string> to_files(const Plan& plan);

/// Every rule in the order in which they are tried, as a Markdown table: the middle of
/// docs/impact-rules.md.
std::string rules_markdown();

}  // namespace autocache::plan
