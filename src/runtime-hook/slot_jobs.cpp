#include "runtime-hook/slot_jobs.h"

#include <utility>

namespace autocache::hook {

std::vector<SlotJob> read_slot_jobs(const Reply& reply) {
  std::vector<SlotJob> jobs;
  for (const Reply& entry : reply.elements) {
    SlotJob job;
    for (std::size_t i = 0; i + 1 < entry.elements.size(); i += 2) {
      const std::string& key = entry.elements[i].text;
      const std::string& value = entry.elements[i + 1].text;
      if (key == "name") {
        job.name = value;
      } else if (key == "operation") {
        job.operation = value;
      } else if (key == "target_node") {
        job.target = value;
      } else if (key == "state") {
        job.state = value;
      } else if (key == "message") {
        job.message = value;
      } else if (key == "slot_ranges") {
        job.slots = parse_slots(value).value_or(SlotSet());
      }
    }
    jobs.push_back(std::move(job));
  }
  return jobs;
}

}  // namespace autocache::hook
