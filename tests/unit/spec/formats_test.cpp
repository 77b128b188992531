#include "spec/formats.h"

#include "support/catch.h"

#include <initializer_list>

namespace autocache::spec {
namespace {

void accepts(Format format, std::initializer_list<const char*> texts) {
  for (const auto* text : texts) {
    INFO(text);
    CHECK_FALSE(check_format(format, text));
  }
}

void refuses(Format format, std::initializer_list<const char*> texts) {
  for (const auto* text : texts) {
    INFO(text);
    CHECK(check_format(format, text));
  }
}

TEST_CASE("DNS names are those of RFC 1123") {
  accepts(Format::kDnsLabel, {"a", "0", "a-b", "a0", "0a"});
  refuses(Format::kDnsLabel, {"", "-a", "a-", "A", "a.b", "a_b", "a b", "\xc3\xa4"});
  const std::string label(63, 'a');
  CHECK_FALSE(check_format(Format::kDnsLabel, label));
  CHECK(check_format(Format::kDnsLabel, label + "a"));
  accepts(Format::kDnsSubdomain, {"a", "a.b", "a-b.c0", "0.0"});
  refuses(Format::kDnsSubdomain, {"", ".", "a.", ".a", "a..b", "a.-b", "A.b"});
  CHECK(check_format(Format::kDnsSubdomain, std::string(254, 'a')));
}

TEST_CASE("label keys and values are those of Kubernetes") {
  accepts(Format::kLabelKey, {"a", "A_b.c-d", "example.com/a", "a.b-c/0", "1"});
  refuses(Format::kLabelKey, {"", "/a", "a/", "a/b/c", "-a", "a_", "Example.com/a", "a b", "a:b"});
  accepts(Format::kLabelValue, {"", "a", "A_b.c-d", "0"});
  refuses(Format::kLabelValue, {"-a", "a.", "a b", "a/b", "\xc3\xa4"});
}

TEST_CASE("image references are read as container runtimes read them") {
  accepts(
      Format::kImage,
      {"redis", "redis:7", "library/redis", "docker.io/library/redis:7.4.1-alpine", "localhost/a",
       "localhost:5000/a/b:c", "registry.example.com:443/a__b/c.d-e---f:1_2", "[::1]:5000/a",
       "a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
       "a:b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"});
  refuses(Format::kImage,
          {"", ":", "a:", "a:b:c", "a//b", "/a", "a/", "A", "a b", "a@", "a@sha256:12", "a_.b",
           "a..b", "a:-b", "host:port/a", "https://a/b", "a___b", "a:b/"});
}

TEST_CASE("schedules are those of CronJobs") {
  accepts(Format::kCron,
          {"* * * * *", "*/5 * * * *", "0 0 1 1 0", "59 23 31 12 6", "0-30/2,45 * * * *",
           "0 3 * jan-mar MON,fri", "@daily", "? ? ? ? ?", "0  3 * * *"});
  refuses(Format::kCron, {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *",
                          "* * * 13 *", "* * * * 7", "5-1 * * * *", "*/0 * * * *", "a * * * *",
                          "@never", "-1 * * * *", "1- * * * *", ", * * * *", "*/ * * * *"});
}

TEST_CASE("names of environment variables") {
  accepts(Format::kEnvName, {"A", "_a", "a.b-c", ".a", "-"});
  refuses(Format::kEnvName, {"", "1A", "A=B", "A B", ".", "..", "..a"});
}

TEST_CASE("absolute paths") {
  accepts(Format::kPath, {"/", "/a/b", "/a..b", "/a/"});
  refuses(Format::kPath, {"", "a", "./a", "/a/../b", "/.."});
}

TEST_CASE("quantities, durations and memory sizes are those of their own readers") {
  accepts(Format::kQuantity, {"1", "1Gi", "500m", "1.5", "1e3", "-1"});
  refuses(Format::kQuantity, {"", "1gb", "1 Gi", "Gi", "0x1"});
  accepts(Format::kDuration, {"0", "90s", "1h30m", "1.5h", "10ms"});
  refuses(Format::kDuration, {"", "90", "5 m", "-1s", "1d"});
  accepts(Format::kMemorySize, {"0", "1024", "100mb", "1GB", "5k"});
  refuses(Format::kMemorySize, {"", "1Gi", "80%", "-1", "1.5gb", "mb"});
}

TEST_CASE("a long text is cut in messages") {
  const auto problem = check_format(Format::kDnsLabel, std::string(200, 'A'));
  REQUIRE(problem);
  CHECK(problem->message == "\"" + std::string(80, 'A') + "...\" is no DNS label");
}

}  // namespace
}  // namespace autocache::spec
