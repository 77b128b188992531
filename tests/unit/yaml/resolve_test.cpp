#include "yaml/resolve.h"

#include "base/json.h"
#include "support/catch.h"
#include "yaml/reader.h"

#include <cmath>
#include <limits>
#include <string>

namespace autocache::yaml {
namespace {

constexpr Resolved kString{ScalarType::kString, false};

Resolved plain(std::string_view text) {
  return resolve(text, Style::kPlain);
}

Json value_of(const std::string& plain_scalar) {
  const ReadResult result = read(make_source("t.yaml", "v: " + plain_scalar + "\n"));
  REQUIRE(result.diagnostics.empty());
  return to_json(result.documents.at(0).root).at("v");
}

struct Case {
  const char* text;
  Json value;
  bool ambiguous;
};

// Each row was checked against kubectl 1.34; tests/property compares thousands more with it.
TEST_CASE("plain scalars are what kubectl reads, and ambiguous where YAML 1.2 reads otherwise") {
  constexpr bool kSame = false;
  constexpr bool kDiffers = true;
  const double infinity = std::numeric_limits<double>::infinity();
  const Case cases[] = {
      {"~", nullptr, kSame},
      {"null", nullptr, kSame},
      {"Null", nullptr, kSame},
      {"NULL", nullptr, kSame},
      {"nULL", "nULL", kSame},
      {"true", true, kSame},
      {"True", true, kSame},
      {"TRUE", true, kSame},
      {"tRUE", "tRUE", kSame},
      {"false", false, kSame},
      {"FALSE", false, kSame},
      {"yes", true, kDiffers},
      {"Yes", true, kDiffers},
      {"YES", true, kDiffers},
      {"yEs", "yEs", kSame},
      {"y", true, kDiffers},
      {"Y", true, kDiffers},
      {"on", true, kDiffers},
      {"ON", true, kDiffers},
      {"no", false, kDiffers},
      {"n", false, kDiffers},
      {"N", false, kDiffers},
      {"off", false, kDiffers},
      {"Off", false, kDiffers},
      {"0", 0, kSame},
      {"-0", 0, kSame},
      {"00", 0, kSame},
      {"07", 7, kSame},
      {"+5", 5, kSame},
      {"-12", -12, kSame},
      {"010", 8, kDiffers},
      {"-010", -8, kDiffers},
      {"0644", 420, kDiffers},
      {"08", 8.0, kDiffers},
      {"09.5", 9.5, kSame},
      {"0o17", 15, kSame},
      {"0O17", 15, kDiffers},
      {"-0o17", -15, kDiffers},
      {"0x1F", 31, kSame},
      {"0X1F", 31, kDiffers},
      {"-0x1F", -31, kDiffers},
      {"0b101", 5, kDiffers},
      {"0b-1", -1, kDiffers},
      {"0b2", "0b2", kSame},
      {"0x", "0x", kSame},
      {"1_000", 1000, kDiffers},
      {"1__0_", 10, kDiffers},
      {"_1", "_1", kSame},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max(), kSame},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min(), kSame},
      {"18446744073709551615", std::numeric_limits<std::uint64_t>::max(), kSame},
      {"18446744073709551616", 18446744073709551616.0, kDiffers},
      {"-9223372036854775809", -9223372036854775809.0, kDiffers},
      {"0x1FFFFFFFFFFFFFFFF", "0x1FFFFFFFFFFFFFFFF", kDiffers},
      {"1.5", 1.5, kSame},
      {"1.", 1.0, kSame},
      {".5", 0.5, kSame},
      {"+.5", 0.5, kSame},
      {"1e3", 1000.0, kSame},
      {"1E+3", 1000.0, kSame},
      {"1e", "1e", kSame},
      {"1_0.5", 10.5, kDiffers},
      {".1_0", 0.1, kDiffers},
      {"._1", "._1", kSame},
      {"1e1000", "1e1000", kDiffers},
      {"1e-1000", 0.0, kSame},
      {".5e1000", ".5e1000", kDiffers},
      {".inf", infinity, kSame},
      {"+.Inf", infinity, kSame},
      {"-.INF", -infinity, kSame},
      {"infinity", "infinity", kSame},
      {"1.2.3", "1.2.3", kSame},
      {"1,000", "1,000", kSame},
      {"12:30", "12:30", kSame},
      {"12:30:45", "12:30:45", kSame},
      {"2001-01-01", "2001-01-01", kSame},
      {"2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00", kSame},
      {"=", "=", kSame},
      {"<<", "<<", kSame},
      {"None", "None", kSame},
      {"redis", "redis", kSame},
  };
  for (const Case& row : cases) {
    CAPTURE(row.text);
    const Json value = value_of(row.text);
    CHECK(value == row.value);
    CHECK(value.type_name() == std::string(row.value.type_name()));
    CHECK(value.is_number_float() == row.value.is_number_float());
    CHECK(plain(row.text).ambiguous == row.ambiguous);
  }
}

TEST_CASE("not a number is a float in every reading") {
  for (const char* text : {".nan", ".NaN", ".NAN"}) {
    CHECK(plain(text) == Resolved{ScalarType::kFloat, false});
    CHECK(std::isnan(value_of(text).get<double>()));
  }
  CHECK(plain("nan") == kString);
}

TEST_CASE("an absent value is null") {
  CHECK(plain("") == Resolved{ScalarType::kNull, false});
  CHECK(value_of("") == nullptr);
}

TEST_CASE("a quoted or block scalar is a string whatever it says") {
  for (const char* text : {"", "yes", "0644", "null", "1e3", "~"}) {
    CHECK(resolve(text, Style::kQuoted) == kString);
    CHECK(resolve(text, Style::kBlock) == kString);
  }
  CHECK(value_of("\"yes\"") == "yes");
  CHECK(value_of("'0644'") == "0644");
}

TEST_CASE("keys that are no strings become text as in kubectl") {
  CHECK(key_text("name", Style::kPlain) == "name");
  CHECK(key_text("yes", Style::kPlain) == "true");
  CHECK(key_text("off", Style::kPlain) == "false");
  CHECK(key_text("0x10", Style::kPlain) == "16");
  CHECK(key_text("-010", Style::kPlain) == "-8");
  CHECK(key_text("1.0", Style::kPlain) == "1");
  CHECK(key_text("1.10", Style::kPlain) == "1.1");
  CHECK(key_text("1e3", Style::kPlain) == "1000");
  CHECK(key_text("1e6", Style::kPlain) == "1e+06");
  CHECK(key_text("0.00001", Style::kPlain) == "1e-05");
  CHECK(key_text(".inf", Style::kPlain) == ".inf");
  CHECK(key_text("-.Inf", Style::kPlain) == "-.inf");
  CHECK(key_text(".NaN", Style::kPlain) == ".nan");
  CHECK(key_text("1e1000", Style::kPlain) == "1e1000");
  CHECK(key_text("yes", Style::kQuoted) == "yes");
}

TEST_CASE("a document becomes the JSON that kubectl makes of it") {
  const ReadResult result = read(make_source(
      "t.yaml", "z: [1, yes, {a: 0x10}, []]\non: {}\n\"a\": |\n  t\nb: 18446744073709551615\n"));
  REQUIRE(result.diagnostics.empty());
  CHECK(to_json(result.documents.at(0).root).dump() ==
        R"({"z":[1,true,{"a":16},[]],"true":{},"a":"t\n","b":18446744073709551615})");
}

}  // namespace
}  // namespace autocache::yaml
