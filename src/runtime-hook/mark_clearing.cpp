#include "runtime-hook/mark_clearing.h"

#include "runtime-hook/cluster_nodes.h"
#include "runtime-hook/migrate_command.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace autocache::hook {
namespace {

constexpr int kLane = 10;
constexpr Duration kPoll{4000};
/// A source speaks in its next clusterCron(), a tenth of a second later at most.
constexpr Duration kPatience{2'000'000};
constexpr std::chrono::milliseconds kTimeout{5000};
/// More than enough: the destination has no keys of most of them.
constexpr std::size_t kChoice = 32;
constexpr const char* kCoverage = "cluster-require-full-coverage";

/// One destination and its sources.
class Destination {
 public:
  Destination(MoveContext& context, MoveNode node) : context_(context), node_(std::move(node)) {}

  void add(const MoveNode& source) {
    if (find(source.id) == sources_.end()) {
      sources_.push_back({source, -1, {}, State::kUnknown});
    }
  }

  void start() {
    std::vector<Request> requests{at(node_, {"CONFIG", "GET", kCoverage}),
                                  at(node_, {"CLUSTER", "NODES"})};
    for (const Source& source : sources_) {
      requests.push_back(at(source.node, {"CLUSTER", "NODES"}));
    }
    ask(std::move(requests), [this](Outcomes& outcomes) {
      const std::vector<Reply>& pair = outcomes[0]->elements;
      full_ = pair.size() == 2 && pair[1].text == "yes";
      const std::vector<NodeLine> here = read_cluster_nodes(outcomes[1]);
      Argv script{"EVAL", kForgetSlotsScript, "0"};
      for (std::size_t i = 0; i < sources_.size(); ++i) {
        script.push_back(sources_[i].node.id);
        script.push_back(choice(sources_[i].node.id, read_cluster_nodes(outcomes[i + 2]), here));
      }
      std::vector<Request> open;
      if (full_) {
        open.push_back(at(node_, {"CONFIG", "SET", kCoverage, "no"}));
      }
      ask(std::move(open), [this, script = std::move(script)](Outcomes&) { forget(script); });
    });
  }

  /// The slots that may come here from `source`, once all is done.
  [[nodiscard]] SlotSet clear(const std::string& source) const {
    const auto it = find(source);
    return it->state == State::kHeard ? it->clear : SlotSet();
  }
  /// Why the others may not.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  using Outcomes = std::vector<Outcome>;
  enum class State { kUnknown, kForgotten, kHeard };
  struct Source {
    MoveNode node;
    /// The one that the destination has forgotten.
    int slot = -1;
    /// What the destination takes for the source's, and what it owns itself.
    SlotSet clear;
    State state = State::kUnknown;
  };

  [[nodiscard]] std::vector<Source>::const_iterator find(const std::string& source) const {
    return std::find_if(sources_.begin(), sources_.end(),
                        [&](const Source& other) { return other.node.id == source; });
  }

  static Request at(const MoveNode& node, Argv argv) {
    return {node.endpoint, std::move(argv), kLane, kTimeout};
  }

  /// `then` is called with the answers if all are good; else that was all.
  void ask(std::vector<Request> requests, MoveLoop::Then then) {
    context_.loop.exchange(std::move(requests), [this, then = std::move(then)](Outcomes& outcomes) {
      for (const Outcome& outcome : outcomes) {
        if (std::string problem = problem_of(outcome); !problem.empty()) {
          problem_ = std::move(problem);
          restore_coverage();
          return;
        }
      }
      then(outcomes);
    });
  }

  void restore_coverage() {
    if (std::exchange(full_, false)) {
      context_.loop.exchange(
          {at(node_, {"CONFIG", "SET", kCoverage, "yes"})}, [this](Outcomes& outcomes) {
            if (std::string problem = problem_of(outcomes[0]); !problem.empty()) {
              problem_ = std::move(problem);
            }
          });
    }
  }

  /// Slots that both ends give to the source; those that the destination imports come last, because
  /// it closes a slot that it forgets.
  static std::string choice(const std::string& source,
                            const std::vector<NodeLine>& there,
                            const std::vector<NodeLine>& here) {
    SlotSet imported;
    for (const OpenMark& open : open_slots(here)) {
      if (open.kind == OpenKind::kImporting) {
        imported.insert(open.slot);
      }
    }
    const SlotSet shown = owned_slots(there, source) & owned_slots(here, source);
    std::vector<int> slots = (shown - imported).slots();
    slots.resize(std::min(slots.size(), kChoice));
    const std::vector<int> last = (shown & imported).slots();
    slots.insert(slots.end(), last.begin(), last.end());
    std::string text;
    for (const int slot : slots) {
      text += std::to_string(slot) + " ";
    }
    return text;
  }

  void forget(const Argv& script) {
    ask({at(node_, script)}, [this](Outcomes& outcomes) {
      until_ = context_.loop.now() + kPatience;
      for (std::size_t i = 0; i < sources_.size() && i < outcomes[0]->elements.size(); ++i) {
        sources_[i].slot = static_cast<int>(outcomes[0]->elements[i].integer);
        sources_[i].state = State::kForgotten;
      }
      introduce();
    });
  }

  /// An introduction says at once what the source claims; should it get lost, the next ping does.
  void introduce() {
    std::vector<Request> requests;
    for (const Source& source : sources_) {
      requests.push_back(
          at(source.node, {"CLUSTER", "MEET", node_.address, std::to_string(node_.endpoint.port),
                           std::to_string(node_.endpoint.bus_port)}));
    }
    context_.loop.exchange(std::move(requests), [this](Outcomes&) { look(); });
  }

  void look() {
    ask({at(node_, {"CLUSTER", "NODES"})}, [this](Outcomes& outcomes) {
      const std::vector<NodeLine> nodes = read_cluster_nodes(outcomes[0]);
      const SlotSet own = owned_slots(nodes, node_.id);
      bool missing = false;
      for (Source& source : sources_) {
        const SlotSet shown = owned_slots(nodes, source.node.id);
        // None was forgotten if all are on their way, with keys on this side: they have to go on.
        if (source.state == State::kForgotten && (source.slot < 0 || shown.contains(source.slot))) {
          source.state = State::kHeard;
          source.clear = shown | own;
        }
        missing = missing || source.state == State::kForgotten;
      }
      if (missing && context_.loop.now() < until_) {
        context_.loop.at(context_.loop.now() + kPoll, [this] { look(); });
      } else {
        put_back(nodes);
      }
    });
  }

  /// A source that is silent gets its slot back, marked as it may be, unless somebody has claimed
  /// it meanwhile.
  void put_back(const std::vector<NodeLine>& nodes) {
    SlotSet claimed;
    for (const NodeLine& node : nodes) {
      claimed |= slots_of_line(node).owned_set();
    }
    problem_ = to_string(node_.endpoint) + " takes another node for the owner: looking again";
    std::vector<Request> requests;
    for (const Source& source : sources_) {
      if (source.state == State::kForgotten) {
        problem_ = to_string(source.node.endpoint) + " is silent on the cluster bus: looking again";
        if (!claimed.contains(source.slot)) {
          requests.push_back(at(
              node_, {"CLUSTER", "SETSLOT", std::to_string(source.slot), "NODE", source.node.id}));
        }
      }
    }
    context_.loop.exchange(std::move(requests), [this](Outcomes&) { restore_coverage(); });
  }

  MoveContext& context_;
  const MoveNode node_;
  std::vector<Source> sources_;
  /// The destination has cluster-require-full-coverage yes.
  bool full_ = false;
  TimePoint until_;
  std::string problem_;
};

}  // namespace

const char* const kForgetSlotsScript = R"lua(
local nodes = '\n' .. redis.call('CLUSTER', 'NODES')
local function forget(source, choice)
  local shown = string.match(nodes, '\n' .. source .. ' [^\n]*connected([^\n]*)') or ''
  for slot in string.gmatch(choice, '%d+') do
    slot = tonumber(slot)
    for first, last in string.gmatch(shown, '(%d+)%-?(%d*)') do
      if slot >= tonumber(first) and slot <= (tonumber(last) or tonumber(first))
          and redis.call('CLUSTER', 'COUNTKEYSINSLOT', slot) == 0 then
        redis.call('CLUSTER', 'DELSLOTS', slot)
        return slot
      end
    end
  end
  return -1
end
local forgotten = {}
for i = 1, #ARGV, 2 do forgotten[#forgotten + 1] = forget(ARGV[i], ARGV[i + 1]) end
return forgotten
)lua";

std::vector<Move> clear_marks(MoveContext& context, std::vector<Move> moves) {
  std::map<std::string, std::unique_ptr<Destination>> destinations;
  for (const Move& move : moves) {
    if (move.destination.keeps_marks) {
      auto& destination = destinations[move.destination.id];
      if (!destination) {
        destination = std::make_unique<Destination>(context, move.destination);
      }
      destination->add(move.source);
    }
  }
  for (const auto& [id, destination] : destinations) {
    destination->start();
  }
  context.loop.run();
  for (Move& move : moves) {
    if (const auto it = destinations.find(move.destination.id); it != destinations.end()) {
      const SlotSet clear = it->second->clear(move.source.id);
      const std::string& problem = it->second->problem();
      for (const int slot : (move.slots - clear).slots()) {
        context.failed(move.source, move.destination, slot, problem, is_permanent_error(problem));
      }
      move.slots &= clear;
    }
  }
  std::erase_if(moves, [](const Move& move) { return move.slots.empty(); });
  return moves;
}

}  // namespace autocache::hook
