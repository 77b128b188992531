#include "base/quantity.h"

#include "support/catch.h"

#include <utility>

using namespace autocache;

TEST_CASE("quantities take the form that the API server stores") {
  const std::pair<const char*, const char*> table[] = {
      {"1.5Gi", "1536Mi"},  {"1000m", "1"},        {"0.5", "500m"},
      {"1024Mi", "1Gi"},    {"1000M", "1G"},       {"2048Ki", "2Mi"},
      {"1.5", "1500m"},     {"10Gi", "10Gi"},      {"0", "0"},
      {"0Mi", "0"},         {"1e3", "1e3"},        {"1E", "1E"},
      {"100m", "100m"},     {"1Ki", "1Ki"},        {"512", "512"},
      {"0.5Ki", "512"},     {"1.1Ki", "1126400m"}, {"12e6", "12e6"},
      {"1000000", "1M"},    {"+5", "5"},           {"-1.5Gi", "-1536Mi"},
      {"100n", "100n"},     {"0.1n", "1n"},        {"1Ei", "1Ei"},
      {"1000Ki", "1000Ki"}, {"0.0001", "100u"},    {"5.", "5"},
      {".5", "500m"},       {"007", "7"},          {"1e0", "1"}};
  for (const auto& [text, wanted] : table) {
    INFO(text);
    const auto parsed = Quantity::parse(text);
    REQUIRE(parsed);
    CHECK(parsed->canonical() == wanted);
    CHECK(Quantity::parse(parsed->canonical()) == parsed);
  }
}

TEST_CASE("what Kubernetes refuses is refused") {
  for (const char* bad : {"", ".", "Gi", "1 Gi", "1gb", "1GB", "1kb", "1K", "0x10", "1_000", "1e",
                          "1e+", "--1", "1..5", "1Gi "}) {
    INFO(bad);
    CHECK(!Quantity::parse(bad));
  }
}

TEST_CASE("quantities compare and convert by value") {
  CHECK(Quantity::parse("1Gi") == Quantity::parse("1024Mi"));
  CHECK(*Quantity::parse("1G") < *Quantity::parse("1Gi"));
  CHECK(Quantity::parse("1.5Gi")->value() == 1610612736);
  CHECK(Quantity::parse("100m")->value() == 1);
  CHECK(Quantity::parse("1500m")->milli_value() == 1500);
  CHECK(Quantity::parse("-100m")->value() == 0);
}
