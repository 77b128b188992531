#include "render/flux.h"

#include "base/json.h"
#include "base/sha256.h"

#include <string>

namespace autocache::render {

namespace {

bool is_sync_job(const Json& object) {
  if (object.value("kind", "") != "Job") {
    return false;
  }
  const Json labels = object["metadata"].value("labels", Json::object());
  return labels.value("app.kubernetes.io/component", "") == "sync";
}

}  // namespace

void finish_for_flux(std::vector<Json>& objects) {
  std::string deployed;
  for (Json& object : objects) {
    object["metadata"]["annotations"]["kustomize.toolkit.fluxcd.io/substitute"] = "disabled";
    if (object.value("kind", "") != "Job") {
      deployed += object.dump();
    }
  }
  for (Json& object : objects) {
    if (is_sync_job(object)) {
      object["spec"]["template"]["metadata"]["annotations"]["cache.autocache.io/deployed"] =
          sha256_hex(deployed);
    }
  }
}

}  // namespace autocache::render
