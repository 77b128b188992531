#pragma once

// The names of our own images.

#include <string>
#include <string_view>

namespace autocache::render {

/// The image whose program runs inside Pods (`prepare`, `probe`, `prestop`). Its tag is the version
/// of that interface, not of autocache, so that a new autocache restarts no Pod. `registry`, if not
/// empty, replaces the registry host.
std::string pod_hook_image(std::string_view registry);

/// The image of the hook Jobs, released with this version of autocache.
std::string job_hook_image(std::string_view registry);

}  // namespace autocache::render
