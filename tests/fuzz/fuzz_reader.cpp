// Any bytes through the reader, and what it read through the writer and the reader again.

#include "base/json.h"
#include "base/text.h"
#include "fuzz/require.h"
#include "yaml/codes.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"
#include "yaml/writer.h"

#include <cstdint>
#include <string>

namespace {

using namespace autocache;

bool is_known(std::string_view code) {
  for (const yaml::Code& known : yaml::kCodes) {
    if (known.code == code) return true;
  }
  return false;
}

void check(const Diagnostic& diagnostic) {
  AC_REQUIRE(is_known(diagnostic.code));
  AC_REQUIRE(!diagnostic.message.empty());
  AC_REQUIRE(diagnostic.at.line >= 0 && diagnostic.at.column >= 0);
  AC_REQUIRE(is_utf8(format(diagnostic)));
}

void check(const Position& at, const Source& source) {
  AC_REQUIRE(at.source == &source);
  AC_REQUIRE(at.line >= 1 && at.column >= 1);
  // Behind the last character at most: an absent value stands there.
  AC_REQUIRE(static_cast<std::size_t>(at.column) <= utf8_length(source.line(at.line)) + 2);
}

void check(const yaml::Node& node, const Source& source) {
  check(node.at, source);
  AC_REQUIRE(is_utf8(node.scalar));
  AC_REQUIRE(node.kind == yaml::Kind::kScalar || node.scalar.empty());
  AC_REQUIRE(node.kind == yaml::Kind::kSequence || node.items.empty());
  AC_REQUIRE(node.kind == yaml::Kind::kMapping || node.members.empty());
  for (const yaml::Node& item : node.items) check(item, source);
  for (const yaml::Member& member : node.members) {
    check(member.key_at, source);
    AC_REQUIRE(is_utf8(member.key));
    AC_REQUIRE(node.members.size() > 50 || node.find(member.key) != nullptr);
    check(member.value, source);
  }
}

void check_round_trip(const Json& value) {
  std::string text;
  yaml::write(value, text);
  const yaml::ReadResult again = yaml::read(make_source("written", text));
  AC_REQUIRE(again.diagnostics.empty());
  AC_REQUIRE(again.documents.size() == 1);
  AC_REQUIRE(yaml::to_json(again.documents[0].root).dump() == value.dump());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A tenth of the default limits, so that a bomb stays below 256 MB with AddressSanitizer too.
  yaml::ReadOptions options;
  options.max_nodes /= 10;
  options.max_bytes /= 10;
  const SourcePtr source =
      make_source("input", std::string(reinterpret_cast<const char*>(data), size));
  const yaml::ReadResult result = yaml::read(source, options);
  for (const Diagnostic& diagnostic : result.diagnostics) check(diagnostic);
  for (const yaml::Document& document : result.documents) {
    if (document.root.members.size() + document.root.items.size() < 1000) {
      check(document.root, *source);
    }
    const Json value = yaml::to_json(document.root);
    if (!has_errors(result.diagnostics) && !value.is_null()) check_round_trip(value);
  }
  return 0;
}
