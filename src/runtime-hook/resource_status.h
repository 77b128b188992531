#pragma once

// The `status` of the AutoCache resource that a run of the hook leaves behind. Pure: what was seen
// of the cluster and the resource as it is now go in, the new status comes out.

#include "base/json_fwd.h"
#include "runtime-hook/status.h"

#include <string>

namespace autocache::hook {

/// How far the run is that reports.
enum class RunPhase {
  kWorking,  ///< it has begun
  kDone,
  kFailed,   ///< safe to repeat
  kRefused,  ///< a person must look
};

/// What a run says about itself.
struct RunState {
  RunPhase phase = RunPhase::kDone;
  /// A sentence for people; empty if there is nothing to say.
  std::string message;
  /// RFC 3339, whole seconds, as metav1.Time is written.
  std::string now;
};

/// The status subresource (schemas/autocache.v1alpha1.yaml). `resource` is the AutoCache object as
/// the API server has it: its generation is the one observed, and a condition that does not change
/// keeps its lastTransitionTime (Kubernetes API conventions, "Typical status properties").
/// Ready: all slots are served and every desired node answers. Progressing: a run is at work.
/// Degraded: there are problems, or the run did not get through.
Json resource_status(const ClusterStatus& cluster, const Json& resource, const RunState& run);

}  // namespace autocache::hook
