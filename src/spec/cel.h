#pragma once

// The rules of the schemas (x-kubernetes-validations), evaluated by us: the same text that the CRD
// carries, so that a rule is written once. A subset of the Common Expression Language
// (github.com/google/cel-spec): literals, lists, `self`, member and index access, operators, `? :`,
// `in`, has(), all/exists/exists_one/map/filter, size, string functions, int(), string(), type()
// and Kubernetes' quantity().

#include "base/json_fwd.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace autocache::spec {

namespace cel {
struct Expression;
}

enum class Verdict {
  kHolds,
  kBroken,
  kError,      ///< evaluation failed (a missing member, a wrong type); the API server refuses the
               ///< object then too
  kMalformed,  ///< the rule itself cannot be read: a fault of the schema, which a test excludes
};

/// Evaluates rules; each is parsed once for the lifetime of this object.
class Rules {
 public:
  Rules();
  ~Rules();
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;

  /// What `rule` says about `self`. A rule about a change (`oldSelf`) holds. `rule` must stay
  /// alive: it is known by its address.
  Verdict check(std::string_view rule, const Json& self);

 private:
  std::map<const char*, std::unique_ptr<const cel::Expression>> parsed_;
};

}  // namespace autocache::spec
