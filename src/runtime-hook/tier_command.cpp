#include "base/json.h"
#include "runtime-hook/cluster_commands.h"
#include "runtime-hook/planner_world.h"
#include "runtime-hook/reader.h"

#include <map>
#include <string>
#include <vector>

namespace autocache::hook {
namespace {

constexpr std::chrono::milliseconds kCommandTimeout{5000};

/// Live directives of one server: what differs is set, and read back.
class NodeTier {
 public:
  NodeTier(Session& session, const Snapshot& snapshot, int member)
      : session_(session),
        name_(describe(snapshot, member)),
        member_(snapshot.members[static_cast<std::size_t>(member)]),
        at_(snapshot.places[static_cast<std::size_t>(member_.place)].at) {}

  bool apply() {
    bool fine = true;
    for (const auto& [directive, value] : wanted_config(session_.desired, member_)) {
      const auto found = member_.config.find(directive);
      if (found == member_.config.end()) {
        session_.log->warn("directive_unknown", "the server does not know this directive",
                           {{"node", name_},
                            {"directive", directive},
                            {"product", to_string(member_.product, member_.version)}});
      } else if (found->second != value) {
        fine = change(directive, found->second, value) && fine;
      }
    }
    return fine;
  }

 private:
  bool change(const std::string& directive, const std::string& from, const std::string& to) {
    if (session_.options.dry_run) {
      session_.world.out << Json{{"step", "set_config"},
                                 {"node", name_},
                                 {"directive", directive},
                                 {"from", from},
                                 {"to", to}}
                                .dump()
                         << '\n';
      return true;
    }
    const Outcome set =
        session_.transport->call({at_, {"CONFIG", "SET", directive, to}, 0, kCommandTimeout});
    const Outcome read =
        session_.transport->call({at_, {"CONFIG", "GET", directive}, 0, kCommandTimeout});
    const bool applied =
        set && set->is_ok() && read && read->elements.size() == 2 && read->elements[1].text == to;
    const std::string problem = !set              ? set.error().message
                                : set->is_error() ? set->text
                                                  : "the server kept another value";
    if (applied) {
      session_.log->info("directive_set", "applied and read back",
                         {{"node", name_}, {"directive", directive}, {"from", from}, {"to", to}});
    } else {
      session_.log->error(
          "directive_not_set", "cannot be changed while the server runs",
          {{"node", name_}, {"directive", directive}, {"to", to}, {"error", problem}});
    }
    return applied;
  }

  Session& session_;
  std::string name_;
  const Member& member_;
  Endpoint at_;
};

}  // namespace

ExitCode run_tier(Session& session) {
  TopologyReader reader(*session.transport, session.clock, session.desired);
  ReadOptions read;
  read.config = {"*"};
  const Snapshot now = reader.read(read);
  const Roster roster = classify(now, session.desired);
  bool fine = true;
  int servers = 0;
  int fixed = 0;
  for (const int member : roster.member_of_node) {
    if (member < 0) {
      fine = false;
      continue;
    }
    ++servers;
    if (now.members[static_cast<std::size_t>(member)].product == Product::kAutocache) {
      ++fixed;
    } else {
      fine = NodeTier(session, now, member).apply() && fine;
    }
  }
  if (fixed != 0) {
    session.log->warn(
        "tier_not_live",
        "the AutoCache server takes its tier policy from flags only (CONFIG SET answers OK and "
        "changes nothing): it "
        "moves keys between its tiers itself, and a change needs a restart of its Pods",
        {{"nodes", fixed}});
  }
  if (!fine) {
    session.log->error("tier_failed", "not every node has the wanted configuration",
                       {{"nodes", servers}, {"wanted", session.desired.nodes.size()}});
    return ExitCode::kFailed;
  }
  session.log->info("tier_done", "every node has the wanted configuration", {{"nodes", servers}});
  return ExitCode::kDone;
}

}  // namespace autocache::hook
