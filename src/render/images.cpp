#include "render/images.h"

namespace autocache::render {

namespace {

constexpr std::string_view kRegistry = "ghcr.io";
constexpr std::string_view kRepository = "/autocache/autocache-hook";
constexpr std::string_view kPodInterface = ":pod-v1";

std::string image(std::string_view registry, std::string_view tag) {
  std::string out(registry.empty() ? kRegistry : registry);
  out += kRepository;
  out += tag;
  return out;
}

}  // namespace

std::string pod_hook_image(std::string_view registry) {
  return image(registry, kPodInterface);
}

std::string job_hook_image(std::string_view registry) {
  return image(registry, ":" AUTOCACHE_VERSION);
}

}  // namespace autocache::render
