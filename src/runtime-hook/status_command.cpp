#include "base/json.h"
#include "runtime-hook/cluster_commands.h"
#include "runtime-hook/reader.h"
#include "runtime-hook/status.h"

#include <algorithm>

namespace autocache::hook {

ExitCode run_status(Session& session) {
  TopologyReader reader(*session.transport, session.clock, session.desired);
  while (true) {
    const Snapshot now = reader.read(ReadOptions{});
    const ClusterStatus status = make_status(now, session.desired);
    if (session.options.watch && session.options.output == OutputFormat::kText) {
      session.world.out << "\x1b[H\x1b[J";
    }
    if (session.options.output == OutputFormat::kJson) {
      session.world.out << status_json(status).dump(session.options.watch ? -1 : 2) << '\n'
                        << std::flush;
    } else {
      session.world.out << status_table(status) << std::flush;
    }
    if (!session.options.watch) {
      const bool read = std::any_of(now.members.begin(), now.members.end(),
                                    [](const Member& m) { return m.place >= 0; });
      return read ? ExitCode::kDone : ExitCode::kFailed;
    }
    if (session.world.stop()) {
      return ExitCode::kDone;
    }
    session.clock.sleep_until(session.clock.now() +
                              std::chrono::duration_cast<Duration>(session.options.interval));
  }
}

}  // namespace autocache::hook
