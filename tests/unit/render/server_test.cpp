// The server: its configuration, command line, probes and security.

#include "rendered.h"

namespace autocache::testing {
namespace {

using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Words words(const Json& list) {
  return list.get<Words>();
}

bool has_word(const Json& list, const std::string& word) {
  const Words all = words(list);
  return std::find(all.begin(), all.end(), word) != all.end();
}

const Json* mount(const Json& container, const std::string& name) {
  for (const Json& each : container["volumeMounts"])
    if (each["name"] == name) return &each;
  return nullptr;
}

TEST_CASE("the plainest cluster is one container of the stock image per Pod") {
  const Rendered& out = render_spec(kRedis);
  CHECK(out.pod()["containers"].size() == 1);
  CHECK(!out.pod().contains("initContainers"));
  CHECK(!has(out.text(), "autocache-hook"));
  CHECK(words(out.server()["command"]) == Words{"redis-server"});
  CHECK(words(out.server()["args"]) ==
        Words{"/etc/autocache/autocache.conf", "--cluster-announce-ip", "$(POD_IP)",
              "--cluster-announce-hostname", "$(POD_NAME).cache-headless.$(POD_NAMESPACE).svc"});
}

TEST_CASE("each server is asked by its own client, without a shell") {
  CHECK(words(render_spec(kRedis + "port: 7000\n").server()["readinessProbe"]["exec"]["command"]) ==
        Words{"redis-cli", "-e", "-p", "7000", "ping"});
  CHECK(words(render_spec(kValkey).server()["readinessProbe"]["exec"]["command"]) ==
        Words{"valkey-cli", "-e", "-p", "6379", "ping"});
  for (const std::string& spec : {std::string("image: autocache:1\n"), kRedis62}) {
    const Json& probe = render_spec(spec).server()["readinessProbe"];
    CHECK(!probe.contains("exec"));
    CHECK(probe["tcpSocket"]["port"] == "redis");
  }
  CHECK(!render_spec(kRedis).server()["livenessProbe"].contains("exec"));
}

TEST_CASE("Redis 6.2 gets nothing that came with Redis 7") {
  const Rendered& out = render_spec(kRedis62);
  CHECK(!has(out.config(), "cluster-port"));
  CHECK(!has_word(out.server()["args"], "--cluster-announce-hostname"));
  CHECK(out.server()["env"].size() == 1);
}

TEST_CASE("the version is the stated one, else that of the image's tag") {
  const auto has_port = [](const std::string& spec) {
    return has(render_spec(spec).config(), "cluster-port");
  };
  CHECK(
      !has_port("engine: redis\nimage: registry.example.com:5000/redis\nengineVersion: \"6.2\"\n"));
  CHECK(has_port("engine: redis\nimage: registry.example.com:5000/redis\n"));
  CHECK(!has_port("engine: redis\nimage: redis:6.2.14-alpine\n"));
  CHECK(has_port("engine: redis\nimage: redis:latest\n"));
  CHECK(has_port("engine: redis\nimage: redis:6.2\nengineVersion: \"7.2\"\n"));
}

TEST_CASE("only directives that need a restart change the checksum on the Pods") {
  const std::string before = render_spec(kRedis).checksum();
  CHECK(
      render_spec(kRedis + "config: {maxMemory: 1gb, maxMemoryPolicy: allkeys-lru}\n").checksum() ==
      before);
  CHECK(render_spec(kRedis + "config: {custom: {hz: \"50\"}}\n").checksum() == before);
  CHECK(render_spec(kRedis + "config: {custom: {io-threads: \"4\"}}\n").checksum() != before);
  CHECK(render_spec(kRedis + "config: {databases: 4}\n").checksum() != before);
  // What the table does not know, a module's for example, is applied by a restart.
  CHECK(render_spec(kRedis + "config: {custom: {search.threads: \"4\"}}\n").checksum() != before);
}

TEST_CASE("the version decides whether a directive needs a restart") {
  const auto changes = [](const std::string& image) {
    return render_spec(image + "config: {custom: {io-threads: \"4\"}}\n").checksum() !=
           render_spec(image).checksum();
  };
  CHECK(changes("engine: valkey\nimage: valkey/valkey:8.1\n"));
  CHECK(!changes(kValkey));
}

TEST_CASE("the AutoCache server takes every directive from its file, so all need a restart") {
  const std::string base = "image: autocache:1\n";
  CHECK(render_spec(base + "config: {maxMemory: 1gb}\n").checksum() !=
        render_spec(base).checksum());
}

TEST_CASE("the order of custom directives has no meaning") {
  CHECK(render_spec(kRedis + "config: {custom: {hz: \"1\", activedefrag: \"no\"}}\n").text() ==
        render_spec(kRedis + "config: {custom: {activedefrag: \"no\", hz: \"1\"}}\n").text());
}

TEST_CASE("persistence decides directives, volume and a writable root") {
  const Rendered& none = render_spec(kRedis);
  CHECK(has(none.config(), "\nsave \"\"\n"));
  CHECK(has(none.config(), "\nappendonly no\n"));
  // nodes.conf must not outlive the data: both are in the container's own layer.
  CHECK(has(none.config(), "\ndir /tmp\n"));
  CHECK(mount(none.server(), "data") == nullptr);
  CHECK(none.server()["securityContext"]["readOnlyRootFilesystem"] == false);
  CHECK(!none.get("StatefulSet", "cache")["spec"].contains("volumeClaimTemplates"));

  const auto stored = [](const std::string& mode) {
    return render_spec(kRedis + "storage: {enabled: true, persistenceMode: " + mode + "}\n");
  };
  CHECK(has(stored("RDB").config(), "\ndir /data\n"));
  CHECK(has(stored("RDB").config(), "\nsave 3600 1 300 100 60 10000\n"));
  CHECK(has(stored("RDB").config(), "\nappendonly no\n"));
  CHECK(has(stored("AOF").config(), "\nsave \"\"\n"));
  CHECK(has(stored("AOF").config(), "\nappendonly yes\n"));
  CHECK(has(stored("Both").config(), "\nsave 3600 1 300 100 60 10000\n"));
  CHECK(has(stored("Both").config(), "\nappendonly yes\n"));
  CHECK(mount(stored("RDB").server(), "data") != nullptr);
  CHECK(stored("RDB").server()["securityContext"]["readOnlyRootFilesystem"] == true);
}

TEST_CASE("a password is never in the output, and brings the hook into the Pods") {
  const Rendered& out =
      render_spec(kRedis + "auth: {enabled: true, passwordSecret: pw, passwordKey: key}\n");
  const Json& prepare = out.pod()["initContainers"][0];
  CHECK(prepare["name"] == "prepare");
  CHECK(has_word(prepare["args"], "/run/secrets/autocache/password"));
  CHECK(words(out.server()["args"])[0] == "/run/autocache/autocache.conf");
  CHECK(out.server()["readinessProbe"]["exec"]["command"][0] == "/run/autocache/autocache-hook");
  CHECK(mount(out.server(), "password") != nullptr);
  CHECK(!has(out.text(), "requirepass"));
  CHECK(!out.server().contains("lifecycle"));
  bool found = false;
  for (const Json& volume : out.pod()["volumes"]) {
    if (volume["name"] != "password") continue;
    found = true;
    CHECK(volume["secret"]["secretName"] == "pw");
    CHECK(volume["secret"]["items"][0]["key"] == "key");
  }
  CHECK(found);
}

TEST_CASE("a primary with replicas hands over before it stops") {
  const std::string shards = "replicas: 4\nreplicasPerShard: 1\n";
  const Rendered& redis = render_spec(kRedis + shards);
  CHECK(redis.server("cache-0")["lifecycle"]["preStop"]["exec"]["command"][1] == "prestop");
  CHECK(redis.pod("cache-0")["terminationGracePeriodSeconds"] == 120);
  const Rendered& valkey8 = render_spec("engine: valkey\nimage: valkey/valkey:8.1\n" + shards);
  CHECK(valkey8.server("cache-0").contains("lifecycle"));
  const Rendered& valkey9 = render_spec(kValkey + shards);
  CHECK(valkey9.server("cache-0").contains("lifecycle"));
  CHECK(has(valkey9.config(), "\nshutdown-on-sigterm failover\n"));
  CHECK(!has(render_spec(kValkey + "replicas: 4\n").text(), "autocache-hook"));
}

TEST_CASE("a Pod with replicas is ready once it has found its cluster") {
  const Rendered& out = render_spec(kValkey + "replicas: 4\nreplicasPerShard: 1\n");
  const Json& probe = out.server("cache-0")["readinessProbe"]["exec"]["command"];
  CHECK(has_word(probe, "readiness"));
  CHECK(has_word(probe, "cache-headless:6379@16379"));
}

TEST_CASE("a new replica does not wait for others that could share its copy") {
  const auto config = [](const std::string& server, const std::string& more) {
    return render_spec(server + "replicas: 6\n" + more).config();
  };
  const std::string redis_6 = "engine: redis\nimage: redis:6.2\n";
  const std::string delay = "\nrepl-diskless-sync-delay ";
  const std::string enough = "\nrepl-diskless-sync-max-replicas ";
  CHECK(!has(config(kRedis, ""), "diskless"));
  for (const std::string& server : {redis_6, kRedis, kValkey}) {
    CHECK(has(config(server, "replicasPerShard: 1\n"), delay + "0\n"));
    CHECK(!has(config(server, "replicasPerShard: 1\n"), enough));
    CHECK(!has(config(server, "replicasPerShard: 2\n"), delay));
  }
  CHECK(has(config(kRedis, "replicasPerShard: 2\n"), enough + "2\n"));
  // Redis 6.2 does not start with a directive that it does not know.
  CHECK(!has(config(redis_6, "replicasPerShard: 2\n"), enough));
  const std::string stated =
      "replicasPerShard: 1\nconfig: {custom: {repl-diskless-sync-delay: \"7\"}}\n";
  CHECK(has(config(kRedis, stated), delay + "7\n"));
  CHECK(!has(config(kRedis, stated), delay + "0\n"));
}

TEST_CASE("the hook image of Pods has the version of its own interface") {
  const std::string auth = kRedis + "auth: {enabled: true, passwordSecret: pw}\n";
  CHECK(render_spec(auth).pod()["initContainers"][0]["image"] ==
        "ghcr.io/autocache/autocache-hook:pod-v1");
  render::Options options;
  options.image_registry = "registry.example.com:5000";
  CHECK(render_spec(auth, options).pod()["initContainers"][0]["image"] ==
        "registry.example.com:5000/autocache/autocache-hook:pod-v1");
  CHECK(render_spec(auth + "hook: {image: mine:1}\n").pod()["initContainers"][0]["image"] ==
        "mine:1");
}

TEST_CASE("the AutoCache server listens on and announces the address of its Pod") {
  const Rendered& out = render_spec("image: autocache:1\nport: 7000\nclusterPort: 17000\n");
  CHECK(words(out.server()["command"]) == Words{"/autocache"});
  CHECK(words(out.server()["args"]) == Words{"--config", "/etc/autocache/autocache.conf", "--addr",
                                             ":7000", "--cluster-enabled", "--cluster-port",
                                             "17000", "--bind", "$(POD_IP)", "--data-dir", "/tmp",
                                             "--drain-timeout", "110s"});
}

TEST_CASE("tiers become limits, claims, flags and references") {
  const Rendered& out = render_spec(
      "image: autocache:1\n"
      "tieredStorage:\n"
      "  enabled: true\n"
      "  hotTier: {capacity: 1Gi}\n"
      "  warmTier: {capacity: 20Gi, storageClassName: nvme}\n"
      "  coldTier: {s3: {endpoint: https://s3.example.com, bucket: cold, region: eu, "
      "credentialsSecret: keys}}\n");
  CHECK(has(out.config(), "\nmaxmemory 1gb\n"));
  CHECK(out.server()["resources"]["limits"]["memory"] == "1280Mi");
  CHECK(has_word(out.server()["args"], "--tiered-enabled"));
  CHECK(has_word(out.server()["args"], "/warm"));
  CHECK(!has_word(out.server()["args"], "--persist-enabled"));
  const Json& claim = out.get("StatefulSet", "cache")["spec"]["volumeClaimTemplates"][0];
  CHECK(claim["metadata"]["name"] == "warm");
  CHECK(claim["spec"]["resources"]["requests"]["storage"] == "20Gi");
  CHECK(claim["spec"]["storageClassName"] == "nvme");
  CHECK(mount(out.server(), "warm") != nullptr);
  bool referred = false;
  for (const Json& each : out.server()["env"])
    if (each["name"] == "AWS_SECRET_ACCESS_KEY") {
      referred = true;
      CHECK(each["valueFrom"]["secretKeyRef"]["name"] == "keys");
    }
  CHECK(referred);
}

TEST_CASE("what the spec says goes before what a tier implies") {
  const std::string tier =
      "image: autocache:1\ntieredStorage: {enabled: true, hotTier: {capacity: 1Gi}}\n";
  const Rendered& out =
      render_spec(tier + "resources: {limits: {memory: 2Gi}}\nconfig: {maxMemory: 900mb}\n");
  CHECK(has(out.config(), "\nmaxmemory 900mb\n"));
  CHECK(out.server()["resources"]["limits"]["memory"] == "2Gi");
}

TEST_CASE("every container meets the restricted Pod Security Standard") {
  const Rendered& out = render_spec(kRedis +
                                    "auth: {enabled: true, passwordSecret: pw}\n"
                                    "initContainers: [{name: a, image: one}]\n"
                                    "sidecars: [{name: b, image: two}, {name: c, image: three, "
                                    "securityContext: {runAsUser: 5}}]\n");
  const Json& pod = out.pod();
  CHECK(pod["securityContext"]["runAsNonRoot"] == true);
  CHECK(pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault");
  for (const Json& container : {pod["initContainers"][0], pod["initContainers"][1],
                                pod["containers"][0], pod["containers"][1]}) {
    INFO(container["name"]);
    CHECK(container["securityContext"]["allowPrivilegeEscalation"] == false);
    CHECK(container["securityContext"]["capabilities"].dump() == R"({"drop":["ALL"]})");
  }
  // One with a context of its own keeps it as it is.
  CHECK(pod["containers"][2]["securityContext"].dump() == R"({"runAsUser":5})");
}

TEST_CASE("given security attributes are added to the defaults") {
  const Rendered& out =
      render_spec(kRedis +
                  "podSecurityContext: {runAsUser: 1001, seccompProfile: {type: RuntimeDefault}}\n"
                  "securityContext: {readOnlyRootFilesystem: true}\n");
  CHECK(out.pod()["securityContext"]["runAsUser"] == 1001);
  CHECK(out.pod()["securityContext"]["runAsNonRoot"] == true);
  CHECK(out.server()["securityContext"]["readOnlyRootFilesystem"] == true);
  CHECK(out.server()["securityContext"]["allowPrivilegeEscalation"] == false);
}

}  // namespace
}  // namespace autocache::testing
