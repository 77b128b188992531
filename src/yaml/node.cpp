#include "yaml/node.h"

#include <algorithm>

namespace autocache::yaml {

const Node* Node::find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [key](const Member& member) { return member.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

}  // namespace autocache::yaml
