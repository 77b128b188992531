#include "runtime-hook/status_writer.h"

#include "base/json.h"
#include "runtime-hook/api_server.h"
#include "runtime-hook/reader.h"

#include <fmt/format.h>

namespace autocache::hook {
namespace {

constexpr std::chrono::seconds kTimeout{10};
constexpr int kOk = 200;
constexpr int kNotFound = 404;

/// metav1.Time has whole seconds.
std::string now_in_seconds() {
  const std::string text = utc_timestamp();
  return text.substr(0, text.find('.')) + "Z";
}

/// What the API server says went wrong, from its Status object.
std::string reason_of(const ApiReply& reply) {
  const Json body = Json::parse(reply.body, nullptr, false);
  const bool told = body.is_object() && body.contains("message") && body["message"].is_string();
  return fmt::format("HTTP {}{}", reply.code,
                     told ? ": " + body["message"].get<std::string>() : std::string());
}

std::string try_to_write(Session& session, RunPhase phase, const std::string& message) {
  const auto server = api_server_from(session.world.environment);
  if (!server) {
    return server.error();
  }
  const Desired& desired = session.desired;
  const std::string name_space =
      desired.namespace_.empty() ? session.world.environment("POD_NAMESPACE") : desired.namespace_;
  if (name_space.empty()) {
    return "the namespace is unknown: neither the desired state nor POD_NAMESPACE says it";
  }
  const std::string path = fmt::format(
      "/apis/cache.autocache.io/v1alpha1/namespaces/{}/autocaches/{}", name_space, desired.name);
  const auto found = call(*server, {"GET", path, "", ""}, kTimeout);
  if (!found) {
    return found.error();
  }
  if (found->code == kNotFound) {
    session.log->info("no_resource", "there is no AutoCache resource to write a status to",
                      {{"namespace", name_space}, {"name", desired.name}});
    return "";
  }
  const Json resource = Json::parse(found->body, nullptr, false);
  if (found->code != kOk || !resource.is_object()) {
    return reason_of(*found);
  }
  TopologyReader reader(*session.transport, session.clock, desired);
  const ClusterStatus cluster = make_status(reader.read(ReadOptions{}), desired);
  const Json patch{
      {"status", resource_status(cluster, resource, {phase, message, now_in_seconds()})}};
  const auto written = call(
      *server, {"PATCH", path + "/status", "application/merge-patch+json", patch.dump()}, kTimeout);
  if (!written) {
    return written.error();
  }
  return written->code == kOk ? "" : reason_of(*written);
}

}  // namespace

void write_status(Session& session, RunPhase phase, const std::string& message) {
  if (!session.options.status || session.options.dry_run) {
    return;
  }
  const std::string problem = try_to_write(session, phase, message);
  if (!problem.empty()) {
    session.log->warn("status_not_written", "the status of the resource was not written",
                      {{"error", problem}});
  }
}

}  // namespace autocache::hook
